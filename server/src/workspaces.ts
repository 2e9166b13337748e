/** What the main thread holds of each workspace: its log, and its restream queue beside the pipeline's own hold on it. */
import { decodeBatch, type EventBatch } from './batch.ts'
import type { DataFolder } from './data-folder.ts'
import { hasCode, MillraceError } from './errors.ts'
import { type FileLog, openFileLog } from './log/files/file-log.ts'
import type { LogAppend, LogTag } from './log/log.ts'
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
  /** Why the pipeline stands still, where somebody must act. */
  stopped: string | undefined
  /** Why the pipeline cannot go on for the moment; it tries again by itself. */
  held: string | undefined
  /** Why nothing may be appended, although the log could: what was acknowledged would never be loaded. */
  refused: MillraceError | undefined
}

export interface Workspaces {
  open(id: string): Promise<Workspace>
  /** @throws MillraceError `not_found`. */
  get(id: string): Workspace
  all(): Workspace[]
  /**
   * Holds the log against the destination, which has loaded everything before `position`. Where the log ends before it, it was lost
   * or replaced, and events that got those offsets would go for loaded: an empty log begins at the position, any other takes nothing.
   */
  beginAt(id: string, position: bigint): Promise<void>
  append(id: string, record: Omit<LogAppend, 'partition'>): Promise<bigint>
  /** The destination has loaded everything before `position`; the log must be kept from `durable` on. */
  progressed(id: string, position: bigint, durable: bigint): void
  /** The log must be kept from `durable` on; one that had no room lately gives back at once what it may. */
  madeDurable(id: string, durable: bigint): void
  /** The archive has everything before `position`; undefined: there is none. */
  archived(id: string, position: bigint | undefined): void
  /** The batches of the log from an offset to its end of now. @throws MillraceError `log_corrupt`, `log_trimmed`. */
  readBatches(id: string, from: bigint): AsyncIterable<LoggedBatch>
  /** Tags of all logs appended at or after `since` (ms since 1970 UTC), of each log oldest first. */
  recentTags(since: number): AsyncIterable<LogTag>
  /** Throws away what waits of the filter at offsets before `end`, a little at a time, and returns how many. */
  purge(id: string, filter: RestreamFilter, end: bigint): Promise<number>
  /** Gives back what the log keeps no longer. */
  trim(): Promise<void>
  /** Each workspace: `ready`, or why nothing goes on. */
  readiness(): Record<string, string>
  /** Takes nothing more for a workspace; what it holds stays on disk. Safe to repeat. */
  closeOne(id: string): Promise<void>
  /** For the metrics. */
  states(): WorkspaceState[]
  close(): Promise<void>
}

export interface LoggedBatch {
  readonly batch: EventBatch
  /** Offset behind its last event. */
  readonly end: bigint
}

export interface WorkspaceState {
  readonly workspace: string
  readonly end: bigint
  readonly position: bigint
  readonly logBytes: number
  readonly waiting: number
  readonly isStopped: boolean
}

interface WorkspacesParts {
  readonly folder: DataFolder
  readonly limits: LogLimits
  readonly restreamLimits: RestreamLimits
  readonly logger: Logger
  /** Told when a log takes nothing more, because the disk failed it. */
  readonly onFatal: (reason: Error) => void
  /** Told again and again while a log that needs room is kept for its archive alone. */
  readonly onArchiveBehind?: (id: string) => void
  /** Asked while a log has no room and its destination does not hold durably what it has loaded; then `madeDurable` is told. */
  readonly makeDurable?: (id: string) => Promise<void>
}

interface LogLimits {
  readonly diskBudgetBytes: number
  readonly retentionAgeMs: number
}

/** Of the log's budget: from here on the log forgets history that only an archive still needs … */
const archiveShareMax = 0.9
/** … and from here on somebody is told. */
const archiveShareWarned = 0.75
/** So does a log that had no room lately, whatever its budget. */
const fullLatelyMs = 60_000
/** How often at most a destination is asked for the sake of a full log. */
const makeDurableEveryMs = 1_000

export function openWorkspaces(parts: WorkspacesParts): Workspaces {
  const { folder, limits, restreamLimits, logger, onFatal, onArchiveBehind = () => {} } = parts
  const { makeDurable = async () => {} } = parts
  const workspaces = new Map<string, Workspace>()
  const startedAt = Date.now()
  /** Where each log ended at the start: once that is loaded, an entry marked as sent of which nothing was seen was never sent. */
  const endsAtStart = new Map<string, bigint>()

  const get = (id: string) => {
    const workspace = workspaces.get(id)
    if (workspace === undefined) throw new MillraceError('not_found', `There is no workspace ${id}`)
    return workspace
  }
  /** A log that was closed says `log_stopped`, too, to whoever comes late; that is no reason to end the process. */
  const stopping = <T>(log: FileLog, work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      if (hasCode(error, 'log_stopped') && log.status(0).stopped !== undefined) onFatal(error)
      throw error
    })
  const appendTo = async (workspace: Workspace, record: Omit<LogAppend, 'partition'>) => {
    const { log, refused } = workspace
    if (refused) throw refused
    try {
      return await stopping(log, log.append({ ...record, partition: 0 }))
    } catch (error) {
      if (hasCode(error, 'storage_full')) makeRoom(workspace)
      throw error
    }
  }
  /** Where nothing more comes in, nothing more is loaded either, and the destination would be in no hurry. */
  const makeRoom = (workspace: Workspace) => {
    const now = performance.now()
    workspace.fullAt = now
    if (workspace.durable >= workspace.position || now - workspace.askedAt < makeDurableEveryMs) return
    workspace.askedAt = now
    makeDurable(workspace.id).catch((reason: Error) =>
      logger.warn('a full log waits for its destination', { workspace: workspace.id, reason }),
    )
  }
  const trimOne = (workspace: Workspace) => stopping(workspace.log, workspace.log.trim(0, floorOf(workspace)))
  /** The intake must not be held up by an archive that is dead: that one is told what it lost. */
  const floorOf = ({ id, log, durable, archived, fullAt }: Workspace): bigint => {
    if (archived === undefined || archived >= durable) return durable
    const share = log.status(0).bytes / limits.diskBudgetBytes
    const isFull = share >= archiveShareMax || performance.now() - fullAt < fullLatelyMs
    if (isFull || share >= archiveShareWarned) onArchiveBehind(id)
    return isFull ? durable : archived
  }
  const releaseLost = ({ id, position, restream }: Workspace) => {
    const end = endsAtStart.get(id)
    if (end === undefined || position < end) return
    restream.releaseLost(startedAt)
    endsAtStart.delete(id)
  }

  return {
    async open(id) {
      const log = await openFileLog({ folder: folder.log(id), partitions: 1, settings: limits, logger })
      const place = folder.workspace(id)
      const restream = openRestreamQueue(`${place}/restream.db`, { limits: restreamLimits })
      const workspace: Workspace = {
        id,
        folder: place,
        log,
        restream,
        restreamLimits,
        restreamRuns: openRuns(`${place}/restream.db`, {
          append: (count, body) => appendTo(workspace, { count, body }),
          position: () => workspace.position,
        }),
        position: 0n,
        durable: 0n,
        archived: undefined,
        fullAt: Number.NEGATIVE_INFINITY,
        askedAt: Number.NEGATIVE_INFINITY,
        stopped: undefined,
        held: undefined,
        refused: undefined,
      }
      workspaces.set(id, workspace)
      endsAtStart.set(id, log.status(0).end)
      return workspace
    },
    get,
    async beginAt(id, position) {
      const workspace = get(id)
      const { start, end, stopped } = workspace.log.status(0)
      if (position <= end || stopped !== undefined) return
      if (start === end) {
        logger.error('log lost: it goes on where the destination is', { workspace: id, end, position })
        await workspace.log.beginAt(0, position)
        endsAtStart.set(id, position)
      } else {
        workspace.refused = replacedLog(id, end, position)
        logger.error('log lost in part: nothing is taken', { workspace: id, reason: workspace.refused })
      }
    },
    all: () => [...workspaces.values()],
    async append(id, record) {
      const workspace = workspaces.get(id)
      // Whoever sends shall keep what they have: it is there, and is opened as soon as that is possible.
      if (workspace === undefined) throw new MillraceError('overloaded', `The workspace ${id} is not open yet`)
      return appendTo(workspace, record)
    },
    readBatches: (id, from) => readBatches(get(id).log, from),
    async *recentTags(since) {
      for (const { log } of workspaces.values()) yield* log.recentTags(0, since)
    },
    progressed(id, position, durable) {
      const workspace = get(id)
      Object.assign(workspace, { position, durable })
      releaseLost(workspace)
    },
    madeDurable(id, durable) {
      const workspace = workspaces.get(id)
      if (workspace === undefined || durable <= workspace.durable) return
      workspace.durable = durable
      if (performance.now() - workspace.fullAt < fullLatelyMs)
        void trimOne(workspace).catch((reason: Error) =>
          logger.error('the log could not be trimmed', { workspace: id, reason }),
        )
    },
    archived(id, position) {
      const workspace = workspaces.get(id)
      if (workspace !== undefined) workspace.archived = position
    },
    purge: (id, filter, end) => purge(`${get(id).folder}/restream.db`, filter, end),
    async trim() {
      for (const workspace of workspaces.values()) await trimOne(workspace)
    },
    readiness() {
      const states = [...workspaces.values()].map(({ id, stopped, refused, restream, log, held }) => [
        `workspace ${id}`,
        log.status(0).stopped ?? refused?.message ?? stopped ?? fullness(restream) ?? held ?? 'ready',
      ])
      return Object.fromEntries(states)
    },
    states: () =>
      [...workspaces.values()].map(({ id, log, position, restream, stopped }) => {
        const { end, bytes } = log.status(0)
        const { count: waiting } = restream.status()
        return { workspace: id, end, position, logBytes: bytes, waiting, isStopped: stopped !== undefined }
      }),
    async closeOne(id) {
      const workspace = workspaces.get(id)
      if (workspace === undefined) return
      workspaces.delete(id)
      await workspace.restreamRuns.close()
      await workspace.log.close()
      workspace.restream.close()
    },
    async close() {
      for (const { log, restream, restreamRuns } of workspaces.values()) {
        await restreamRuns.close()
        await log.close()
        restream.close()
      }
      workspaces.clear()
    },
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

async function purge(path: string, filter: RestreamFilter, end: bigint): Promise<number> {
  const queue = openRestreamQueue(path, { waitMs: 5 })
  try {
    return await purgeBefore(end, filter, queue)
  } finally {
    queue.close()
  }
}

/** Why the pipeline is held, where the queue is full. */
function fullness(restream: RestreamQueue): string | undefined {
  const { isFull, count } = restream.status()
  return isFull ? `the restream queue is full with ${count} events, and the pipeline is held` : undefined
}

function replacedLog(id: string, end: bigint, position: bigint): MillraceError {
  const message = `The log of workspace ${id} ends at event ${end}, but the destination has loaded up to event ${position}: it has lost events, or is another log`
  return new MillraceError('log_corrupt', message, {
    hint: 'Put the log back that belongs to the destination; or stop the server and say `millrace log accept-loss`.',
  })
}

/** A log that was repaired may end in a gap, where a reader would wait for ever. */
const readIdleMs = 2_000

async function* readBatches(log: FileLog, from: bigint): AsyncGenerator<LoggedBatch> {
  const { end } = log.status(0)
  if (from >= end) return
  const stop = new AbortController()
  const idle = setTimeout(() => stop.abort(), readIdleMs)
  try {
    for await (const { offset, count, body } of log.read(0, from, stop.signal)) {
      const next = offset + BigInt(count)
      yield { batch: decodeBatch(body), end: next }
      if (next >= end) return
      idle.refresh()
    }
  } finally {
    clearTimeout(idle)
    stop.abort()
  }
}
