/** What the main thread holds of each workspace: its log, and its restream queue beside the pipeline's own hold on it. */
import type { DataFolder } from './data-folder.ts'
import { MillraceError } from './errors.ts'
import { type FileLog, openFileLog } from './log/files/file-log.ts'
import type { LogAppend } from './log/log.ts'
import type { Progress } from './pipeline.ts'
import { openRestreamQueue, type RestreamQueue } from './restream/queue.ts'
import { sendAgain } from './restream/send.ts'
import type { RestreamFilter } from './restream.ts'
import type { Logger } from './telemetry.ts'

export interface Workspace {
  readonly id: string
  /** Folder of the destination's file and the restream queue. */
  readonly folder: string
  readonly log: FileLog
  readonly restream: RestreamQueue
  /** First offset that the destination has not loaded, as last told. */
  position: bigint
  /** First offset that must be kept. */
  durable: bigint
  /** Why the pipeline stands still, where somebody must act. */
  stopped: string | undefined
}

export interface Workspaces {
  open(id: string): Promise<Workspace>
  /** @throws MillraceError `not_found`. */
  get(id: string): Workspace
  all(): Workspace[]
  append(id: string, record: Omit<LogAppend, 'partition'>): Promise<bigint>
  progressed(id: string, progress: Progress): void
  sendAgain(id: string, filter: RestreamFilter): Promise<number>
  /** Gives back what the log keeps no longer. */
  trim(): Promise<void>
  close(): Promise<void>
}

export interface LogLimits {
  readonly diskBudgetBytes: number
  readonly retentionAgeMs: number
}

export function openWorkspaces(folder: DataFolder, limits: LogLimits, logger: Logger): Workspaces {
  const workspaces = new Map<string, Workspace>()
  const startedAt = Date.now()
  /** Where each log ended at the start: once that is loaded, an entry marked as sent of which nothing was seen was never sent. */
  const endsAtStart = new Map<string, bigint>()

  const get = (id: string) => {
    const workspace = workspaces.get(id)
    if (workspace === undefined) throw new MillraceError('not_found', `There is no workspace ${id}`)
    return workspace
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
      const restream = openRestreamQueue(`${place}/restream.db`)
      const workspace = { id, folder: place, log, restream, position: 0n, durable: 0n, stopped: undefined }
      workspaces.set(id, workspace)
      endsAtStart.set(id, log.status(0).end)
      return workspace
    },
    get,
    all: () => [...workspaces.values()],
    append: (id, record) => get(id).log.append({ ...record, partition: 0 }),
    progressed(id, { range, durable }) {
      const workspace = get(id)
      workspace.position = range.end
      workspace.durable = durable
      releaseLost(workspace)
    },
    async sendAgain(id, filter) {
      const { restream: queue, log } = get(id)
      const append = (count: number, body: Uint8Array[]) => log.append({ partition: 0, count, body })
      return sendAgain(filter, { queue, append, now: Date.now })
    },
    async trim() {
      for (const { log, durable } of workspaces.values()) await log.trim(0, durable)
    },
    async close() {
      for (const { log, restream } of workspaces.values()) {
        await log.close()
        restream.close()
      }
      workspaces.clear()
    },
  }
}
