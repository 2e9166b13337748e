/** The workspaces of the main thread: what each holds, how far it is, and why it does not go on where it does not. */
import { hasCode, MillraceError } from './errors.ts'
import type { FileLog } from './log/files/file-log.ts'
import type { LogAppend, LogTag } from './log/log.ts'
import { openLogRoom } from './log-room.ts'
import { type LoggedBatch, readBatches } from './logged-batches.ts'
import type { RestreamQueue } from './restream/queue.ts'
import type { RestreamFilter } from './restream.ts'
import {
  type HoldParts,
  holdWorkspace,
  purgeWaiting,
  releaseWorkspace,
  unavailable,
  type Workspace,
} from './workspace.ts'

export interface Workspaces {
  /** @throws MillraceError of the log, `log_corrupt` for example; `workspace_unavailable`: the log is well, its restream queue is not. */
  open(id: string): Promise<Workspace>
  /**
   * It could not be opened, or its destination could not: that is told to whoever asks for it, until `wentWell`. A log that is open takes
   * events all the same; not an empty one, which may have been lost, since only the destination knows where events belong then.
   */
  failed(id: string, reason: Error): void
  /** Its destination is open. */
  wentWell(id: string): void
  /** Why it, or its destination, could not be opened; undefined where it is open, or unknown. */
  failureOf(id: string): MillraceError | undefined
  /** @throws MillraceError `not_found`, `workspace_unavailable`: nothing of it could be opened. */
  get(id: string): Workspace
  /** Undefined where its log is not open. */
  find(id: string): Workspace | undefined
  /** Those whose log is open. */
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

export interface WorkspaceState {
  readonly workspace: string
  readonly end: bigint
  readonly position: bigint
  readonly logBytes: number
  readonly waiting: number
  readonly isStopped: boolean
}

interface WorkspacesParts extends HoldParts {
  /** Told when a log takes nothing more, because the disk failed it. */
  readonly onFatal: (reason: Error) => void
  /** Told again and again while a log that needs room is kept for its archive alone. */
  readonly onArchiveBehind?: (id: string) => void
  /** Asked while a log has no room and its destination does not hold durably what it has loaded; then `madeDurable` is told. */
  readonly makeDurable?: (id: string) => Promise<void>
}

export function openWorkspaces(parts: WorkspacesParts): Workspaces {
  const { logger, onFatal } = parts
  const room = openLogRoom(parts)
  const workspaces = new Map<string, Workspace>()
  /** Of which nothing could be opened. */
  const closed = new Map<string, MillraceError>()
  const startedAt = Date.now()
  /** Where each log ended at the start: once that is loaded, an entry marked as sent of which nothing was seen was never sent. */
  const endsAtStart = new Map<string, bigint>()

  const get = (id: string) => {
    const workspace = workspaces.get(id)
    if (workspace === undefined) throw closed.get(id) ?? new MillraceError('not_found', `There is no workspace ${id}`)
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
      if (hasCode(error, 'storage_full')) room.make(workspace)
      throw error
    }
  }
  const trimOne = (workspace: Workspace) => stopping(workspace.log, room.trim(workspace))
  const releaseLost = ({ id, position, restream }: Workspace) => {
    const end = endsAtStart.get(id)
    if (end === undefined || position < end) return
    restream.releaseLost(startedAt)
    endsAtStart.delete(id)
  }

  return {
    async open(id) {
      const workspace = await holdWorkspace(id, parts, appendTo)
      workspaces.set(id, workspace)
      closed.delete(id)
      endsAtStart.set(id, workspace.log.status(0).end)
      return workspace
    },
    failed(id, cause) {
      const reason = unavailable(id, cause)
      const workspace = workspaces.get(id)
      if (workspace === undefined) return void closed.set(id, reason)
      const { start, end } = workspace.log.status(0)
      Object.assign(workspace, { broken: reason, position: start, durable: start })
      if (end === 0n) workspace.refused = reason
    },
    wentWell(id) {
      const workspace = get(id)
      if (workspace.refused === workspace.broken) workspace.refused = undefined
      workspace.broken = undefined
    },
    failureOf: (id) => workspaces.get(id)?.broken ?? closed.get(id),
    get,
    find: (id) => workspaces.get(id),
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
      if (workspace === undefined)
        throw closed.get(id) ?? new MillraceError('overloaded', `The workspace ${id} is not open yet`)
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
      if (room.wasFullLately(workspace))
        void trimOne(workspace).catch((reason: Error) =>
          logger.error('the log could not be trimmed', { workspace: id, reason }),
        )
    },
    archived(id, position) {
      const workspace = workspaces.get(id)
      if (workspace !== undefined) workspace.archived = position
    },
    purge: (id, filter, end) => purgeWaiting(get(id), filter, end),
    async trim() {
      for (const workspace of workspaces.values()) await trimOne(workspace)
    },
    readiness() {
      const states = new Map([...closed].map(([id, { message }]) => [id, message]))
      for (const workspace of workspaces.values()) states.set(workspace.id, reasonOf(workspace) ?? 'ready')
      return Object.fromEntries([...states].map(([id, state]) => [`workspace ${id}`, state]))
    },
    states: () =>
      [...workspaces.values()].map(({ id, log, position, restream, stopped, broken }) => {
        const { end, bytes } = log.status(0)
        const { count: waiting } = restream.status()
        return { workspace: id, end, position, logBytes: bytes, waiting, isStopped: (stopped ?? broken) !== undefined }
      }),
    async closeOne(id) {
      const workspace = workspaces.get(id)
      closed.delete(id)
      workspaces.delete(id)
      if (workspace !== undefined) await releaseWorkspace(workspace)
    },
    async close() {
      for (const workspace of workspaces.values()) await releaseWorkspace(workspace)
      workspaces.clear()
    },
  }
}

/** Why nothing goes on. */
function reasonOf({ log, refused, broken, stopped, restream, held }: Workspace): string | undefined {
  return log.status(0).stopped ?? refused?.message ?? broken?.message ?? stopped ?? fullness(restream) ?? held
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
