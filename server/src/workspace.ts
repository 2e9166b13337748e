/** What the main thread holds of one workspace: its log, and its restream queue beside the pipeline's own hold on it. */
import type { DataFolder } from './data-folder.ts'
import { MillraceError } from './errors.ts'
import { type FileLog, openFileLog } from './log/files/file-log.ts'
import type { LogAppend } from './log/log.ts'
import { purgeBefore } from './restream/purge.ts'
import { openRestreamQueue, type RestreamQueue } from './restream/queue.ts'
import { openRestreamRuns, type RestreamRuns } from './restream/runs.ts'
import type { RestreamFilter, RestreamLimits } from './restream.ts'
import type { Logger } from './telemetry.ts'

export interface Workspace {
  readonly id: string
  /** Folder of the destination's file and the restream queue. */
  readonly folder: string
  readonly log: FileLog
  readonly restream: RestreamQueue
  readonly restreamLimits: RestreamLimits
  readonly restreamRuns: RestreamRuns
  /** First offset that the destination has not loaded, as last told. */
  position: bigint
  /** First offset that must be kept. */
  durable: bigint
  /** First offset that is not archived, and is kept as long as there is room; undefined: nothing is archived. */
  archived: bigint | undefined
  /** When the log had no room the last time, ms of `performance.now`. */
  fullAt: number
  /** When the destination was asked for its sake, likewise. */
  askedAt: number
  /** Why its destination could not be opened: its log takes events all the same. */
  broken: MillraceError | undefined
  /** Why the pipeline stands still, where somebody must act. */
  stopped: string | undefined
  /** Why the pipeline cannot go on for the moment; it tries again by itself. */
  held: string | undefined
  /** Why nothing may be appended, although the log could: what was acknowledged would never be loaded. */
  refused: MillraceError | undefined
}

export interface HoldParts {
  readonly folder: DataFolder
  readonly limits: LogLimits
  readonly restreamLimits: RestreamLimits
  readonly logger: Logger
}

export interface LogLimits {
  readonly diskBudgetBytes: number
  readonly retentionAgeMs: number
}

type Append = (workspace: Workspace, record: Omit<LogAppend, 'partition'>) => Promise<bigint>

/** @throws MillraceError of the log, `log_corrupt` for example; `workspace_unavailable`: the log is well, its restream queue is not. */
export async function holdWorkspace(
  id: string,
  { folder, limits, restreamLimits, logger }: HoldParts,
  append: Append,
): Promise<Workspace> {
  const log = await openFileLog({ folder: folder.log(id), partitions: 1, settings: limits, logger })
  try {
    const place = folder.workspace(id)
    const restream = openRestreamQueue(`${place}/restream.db`, { limits: restreamLimits })
    const workspace: Workspace = {
      id,
      folder: place,
      log,
      restream,
      restreamLimits,
      restreamRuns: openRuns(`${place}/restream.db`, {
        append: (count, body) => append(workspace, { count, body }),
        position: () => workspace.position,
      }),
      position: 0n,
      durable: 0n,
      archived: undefined,
      fullAt: Number.NEGATIVE_INFINITY,
      askedAt: Number.NEGATIVE_INFINITY,
      broken: undefined,
      stopped: undefined,
      held: undefined,
      refused: undefined,
    }
    return workspace
  } catch (reason) {
    await log.close()
    throw unavailable(id, reason as Error)
  }
}

export async function releaseWorkspace({ restreamRuns, log, restream }: Workspace): Promise<void> {
  await restreamRuns.close()
  await log.close()
  restream.close()
}

/** Whether it may pass by itself, and is worth another try: who puts a damaged file right would be disturbed by one. */
export function mayPass({ cause }: MillraceError): boolean {
  return cause instanceof MillraceError && cause.retryable
}

/** What callers are told of a workspace that could not be opened. */
export function unavailable(id: string, reason: Error): MillraceError {
  if (reason instanceof MillraceError && reason.code === 'workspace_unavailable') return reason
  const { hint, retryable } = reason instanceof MillraceError ? reason : { hint: undefined, retryable: false }
  const next = retryable ? 'It is tried again by itself.' : `Then say \`millrace workspaces reopen ${id}\`.`
  return new MillraceError('workspace_unavailable', `The workspace ${id} could not be opened: ${reason.message}`, {
    cause: reason,
    hint: `${hint ?? 'Put right what the message tells of.'} ${next}`,
  })
}

/** Throws away what waits of the filter at offsets before `end`, a little at a time, and returns how many. */
export async function purgeWaiting({ folder }: Workspace, filter: RestreamFilter, end: bigint): Promise<number> {
  const queue = openRestreamQueue(`${folder}/restream.db`, { waitMs: 5 })
  try {
    return await purgeBefore(end, filter, queue)
  } finally {
    queue.close()
  }
}

/** Runs have a hold of their own on the queue, by which the thread waits neither for the disk nor for another thread. */
function openRuns(path: string, parts: Omit<Parameters<typeof openRestreamRuns>[0], 'queue'>): RestreamRuns {
  const queue = openRestreamQueue(path, { waitMs: 5, isDurable: false })
  const runs = openRestreamRuns({ ...parts, queue })
  return {
    ...runs,
    async close() {
      await runs.close()
      queue.close()
    },
  }
}
