/** What the control plane asks of the data plane; `main.ts` answers. Offsets are those of the workspace's log. */
import type { QueryRequest, QueryResult, TableStatus } from '../query.ts'
import type { RestreamEntry, RestreamFilter, RestreamStatus } from '../restream.ts'
import type { Books, BooksCheck } from '../rows.ts'

export interface DataPlane {
  /** Makes a new workspace able to take events; safe to repeat. */
  openWorkspace(workspace: string): Promise<void>
  /** Stops a workspace: what its log holds and is not loaded stays there. Safe to repeat. */
  closeWorkspace(workspace: string): Promise<void>
  /** @throws MillraceError `invalid_sql`, `query_*`, `destination_unavailable`. */
  query(workspace: string, request: QueryRequest): Promise<QueryResult>
  tables(workspace: string): Promise<readonly TableStatus[]>
  status(workspace: string): Promise<WorkspaceStatus>
  /** Recomputes the books from the log and the tables. Reads the whole log. */
  verify(workspace: string): Promise<BooksCheck>
  restream(workspace: string): WorkspaceRestream
  /** How an input that goes and fetches is connected; undefined where it is no such input, or stopped. */
  connection(inputId: string): InputConnection | undefined
}

export interface InputConnection {
  readonly state: 'connecting' | 'connected' | 'failed'
  /** Why, where it is not connected. */
  readonly reason: string | null
  /** ms since 1970 UTC. */
  readonly since: number
}

export interface WorkspaceStatus {
  readonly partitions: readonly PartitionReport[]
  readonly restream: RestreamStatus
  /** Bytes on disk. */
  readonly disk: { readonly log: number; readonly destination: number; readonly restream: number }
}

export interface PartitionReport {
  readonly partition: number
  readonly log: {
    /** First offset that can still be read. */
    readonly start: bigint
    /** First offset not written yet. */
    readonly end: bigint
    /** When the oldest record was appended, ms since 1970 UTC; undefined in an empty log. */
    readonly oldestAt: number | undefined
  }
  /** First offset that is not loaded yet. */
  readonly position: bigint
  readonly books: Books
  /** Why nothing goes on, where that is so. */
  readonly stopped: string | undefined
}

export interface WorkspaceRestream {
  /** In the order of their offsets, after `after`. */
  list(filter: RestreamFilter, page: { after?: bigint; limit: number }): Promise<readonly RestreamEntry[]>
  get(offset: bigint): Promise<RestreamEntry | undefined>
  /** Sends the entries through the log again; a repeat sends what still waits. */
  send(filter: RestreamFilter): Promise<{ events: number }>
  /** Throws the entries away for good. */
  purge(filter: RestreamFilter): Promise<{ events: number }>
}
