/** What the main thread and the pipeline's thread say to each other. */
import { MessagePort, type Worker } from 'node:worker_threads'
import { type BirpcReturn, createBirpc } from 'birpc'
import type { Backfill, BackfillRequest } from './backfills.ts'
import { type ErrorCode, type FieldError, MillraceError } from './errors.ts'
import type { LivePick, LiveWatcher } from './live.ts'
import type { Replaced } from './load/loader.ts'
import type { SharedLog } from './log/files/shared.ts'
import type { Mapping } from './map/mapping.ts'
import type { EventTypeStatistics, MappingMode } from './mappings.ts'
import type { FailureKind } from './observe/failure-kinds.ts'
import type { Progress } from './pipeline.ts'
import type {
  QueryRequest,
  QueryResult,
  StatementRequest,
  StatementResult,
  StatementWork,
  TableStatus,
  ViewDraft,
  ViewFault,
} from './query.ts'
import type { RestreamLimits } from './restream.ts'
import type { Books, BooksCheck, Table } from './rows.ts'
import type { DateRange } from './sources.ts'
import type { EngineState } from './transform/code-engine.ts'
import type { Deployment } from './transform.ts'

/** What the pipeline's thread does for the main thread. */
export interface PipelineCalls {
  /** Opens a workspace's destination and tells its position. */
  open(workspace: WorkspaceTask): Promise<bigint>
  /** It could not be opened: until it is, whatever is asked of it is answered by that. */
  refuse(workspace: string, why: { readonly message: string; readonly hint: string | undefined }): Promise<void>
  /** Starts the pipeline of a workspace that is open. */
  run(workspace: string): Promise<void>
  query(workspace: string, request: QueryRequest): Promise<QueryResult>
  /** See `Destination`. `id` is what `stopStatement` knows it by. @throws MillraceError `query_refused`: events fill the target. */
  statement(workspace: string, id: string, request: StatementRequest): Promise<StatementResult>
  /** Of a statement of that id in the last days: see `Destination.statementDone`. */
  statementDone(workspace: string, id: string): Promise<StatementResult | undefined>
  /** Safe to repeat. */
  stopStatement(id: string): Promise<void>
  checkStatement(workspace: string, work: StatementWork): Promise<{ target: string | undefined }>
  tables(workspace: string): Promise<TableStatus[]>
  /** See `Destination`. */
  setViews(workspace: string, views: readonly ViewDraft[]): Promise<ViewFault[]>
  books(workspace: string): Promise<{ position: bigint; durable: bigint; books: Books }>
  /** See `Destination.makeDurable`: the log needs room. */
  makeDurable(workspace: string): Promise<void>
  /** See `Mapper`. */
  setMapping(workspace: string, eventType: string, change: unknown): Promise<Mapping>
  forgetMapping(workspace: string, eventType: string): Promise<void>
  setMappingMode(workspace: string, mode: MappingMode): Promise<void>
  /** See `Mapper.setTogether`; `ticket` is what `commitMappings` is told. */
  setMappings(
    workspace: string,
    changes: readonly unknown[],
    mode: MappingMode | undefined,
    ticket: string,
  ): Promise<void>
  fieldStatistics(workspace: string, eventType: string): Promise<EventTypeStatistics | undefined>
  clearFieldStatistics(workspace: string, eventType: string): Promise<void>
  /** See `WorkspaceMappings`. */
  startBackfill(workspace: string, request: BackfillRequest): Promise<Backfill>
  backfills(workspace: string, eventType: string): Promise<readonly Backfill[]>
  backfill(workspace: string, id: string): Promise<Backfill>
  stopBackfill(workspace: string, id: string): Promise<Backfill>
  evolveTable(workspace: string, table: Table): Promise<void>
  /** See `Destination.dropTable`. */
  dropTable(workspace: string, table: string): Promise<number | undefined>
  /** See `Destination`. */
  replaced(workspace: string, attempt: string): Promise<Replaced | undefined>
  undivided(workspace: string, source: string, range: DateRange): Promise<readonly DateRange[]>
  /** See `CodeEngine.deploy`. */
  deploy(workspace: string, deployment: Deployment | undefined): Promise<void>
  resumeTransform(workspace: string): Promise<void>
  transformState(workspace: string): Promise<EngineState>
  /** The thread of users' code was started again: it is asked through this port. */
  connectGuests(port: MessagePort): Promise<void>
  /** Recomputes the books from the log, which starts at `logStart`, and the destination. */
  verify(workspace: string, logStart: bigint): Promise<BooksCheck>
  /** Who watches the events of a workspace go by, all of them. */
  watch(workspace: string, watchers: readonly LiveWatcher[]): Promise<void>
  /** Finishes the batch under way and closes the workspace; safe to repeat. */
  closeWorkspace(workspace: string): Promise<void>
  /** Gives back what starting has left in the thread's heap. */
  collectGarbage(): Promise<void>
  /** Finishes the batches under way and closes everything. */
  close(): Promise<void>
}

/** What the main thread does for the pipeline's thread. */
export interface MainCalls {
  saveMapping(workspace: string, mapping: unknown): Promise<void>
  /** Whether these versions stand. */
  commitMappings(ticket: string, versions: readonly unknown[]): Promise<boolean>
  /** Tables are there, or have columns, that were not before. */
  tablesChanged(workspace: string): void
  /** The pipeline begins at `position`; the log must be kept from `durable` on. */
  claimed(workspace: string, position: bigint, durable: bigint): void
  progress(workspace: string, progress: Progress): void
  /** The log must be kept from `durable` on, though nothing more was loaded. */
  madeDurable(workspace: string, durable: bigint): void
  /** Events of a batch were set aside. */
  failed(workspace: string, kinds: readonly FailureKind[]): void
  /** What a batch had for those who watch events go by. */
  seen(picks: readonly LivePick[]): void
  /** The users' code is paused until it is deployed again or resumed; events wait in the log. */
  transformPaused(workspace: string, reason: string): void
  /** The pipeline cannot go on for the moment and tries again by itself; told each time it has tried. */
  held(workspace: string, code: ErrorCode, reason: string): void
  /** The pipeline stopped and does not go on by itself. */
  stopped(workspace: string, reason: string): void
}

/** Everything that one workspace's pipeline needs, as it can be sent to another thread. */
export interface WorkspaceTask {
  readonly id: string
  /** Folder of the destination's file and the restream queue. */
  readonly folder: string
  /** What its reader needs in another thread. */
  readonly log: SharedLog
  readonly mappings: readonly unknown[]
  /** Of event types that have none of their own. */
  readonly mappingMode: MappingMode
  /** How much may wait in the restream queue. */
  readonly restreamLimits: RestreamLimits
  /** The newest version of the users' code. */
  readonly deployment: Deployment | undefined
}

type Port = Pick<MessagePort | Worker, 'postMessage' | 'on' | 'off'>

/**
 * Both ends of the conversation; calls wait as long as they take. A port among the arguments moves to the other side,
 * and what `moves` names of a message, its arguments or its result: the sender must not touch that again.
 */
export function openRpc<Remote extends object, Local extends object>(
  port: Port,
  local: Local,
  moves: (message: { a?: unknown[]; r?: unknown }) => ArrayBuffer[] = () => [],
): BirpcReturn<Remote, Local> {
  return createBirpc<Remote, Local>(local, {
    post(message: { a?: unknown[]; r?: unknown }) {
      const ports = (message.a ?? []).filter((argument) => argument instanceof MessagePort)
      port.postMessage(message, [...ports, ...moves(message)])
    },
    on: (listener) => port.on('message', listener),
    off: (listener) => port.off('message', listener),
    serialize: (message: { e?: unknown }) =>
      message.e === undefined ? message : { ...message, e: packError(message.e) },
    deserialize: (message: { e?: unknown }) =>
      message.e === undefined ? message : { ...message, e: unpackError(message.e as PackedError) },
    timeout: -1,
  })
}

/** A MillraceError loses its code when it is copied to another thread, so it travels in parts. */
interface PackedError {
  readonly code: ErrorCode | undefined
  readonly message: string
  readonly hint: string | undefined
  readonly fields: readonly FieldError[] | undefined
  readonly stack: string | undefined
}

function packError(error: unknown): PackedError {
  const { code, hint, fields } = error instanceof MillraceError ? error : ({} as Partial<MillraceError>)
  if (!(error instanceof Error)) return { code, message: String(error), hint, fields, stack: undefined }
  return { code, message: error.message, hint, fields, stack: error.stack }
}

function unpackError({ code, message, hint, fields, stack }: PackedError): Error {
  const details = { ...(hint !== undefined && { hint }), ...(fields !== undefined && { fields }) }
  const error = code === undefined ? new Error(message) : new MillraceError(code, message, details)
  if (stack !== undefined) error.stack = stack
  return error
}
