/** What the control plane asks of the data plane; `main.ts` answers. Offsets are those of the workspace's log. */
import type { Readable } from 'node:stream'
import type { ArchiveConfig, ArchiveStatus, ArchiveTarget } from '../archive.ts'
import type { Backfill, BackfillRequest } from '../backfills.ts'
import type { LiveListener } from '../live.ts'
import type { EventTypeStatistics, MappingMode } from '../mappings.ts'
import type { MetricSeries, MetricsRequest } from '../minute-metrics.ts'
import type { Channel, NotificationDraft } from '../notifications.ts'
import type { QueryRequest, QueryResult, StatementWork, TableStatus, ViewDraft, ViewFault } from '../query.ts'
import type { MonthUsage } from '../quotas.ts'
import type { Resource } from '../resources.ts'
import type { RestreamCluster, RestreamEntry, RestreamFilter, RestreamRun, RestreamStatus } from '../restream.ts'
import type { Books, BooksCheck, Table } from '../rows.ts'
import type { Sample, SampleCount, SampleFilter as SampleQuery } from '../samples.ts'
import type { JobLogLine, RawPage } from '../sources.ts'
import type { WorkspaceTransforms } from './data-plane-transforms.ts'
import type { StoredMapping } from './mappings.ts'

export interface DataPlane {
  /** Makes a new workspace able to take events; safe to repeat. */
  openWorkspace(workspace: string): Promise<void>
  /** Stops a workspace: what its log holds and is not loaded stays there. Safe to repeat. */
  closeWorkspace(workspace: string): Promise<void>
  /** @throws MillraceError `invalid_sql`, `query_*`, `destination_unavailable`. */
  query(workspace: string, request: QueryRequest): Promise<QueryResult>
  /** What can be told of a statement before it runs; of one that writes, its target. @throws MillraceError `invalid_sql`, `query_refused`. */
  checkStatement(workspace: string, work: StatementWork): Promise<{ target: string | undefined }>
  /** Runs what is due and what somebody wants run. */
  readonly scheduler: QueryScheduler
  /** Runs the jobs of sources that are due and that somebody wants run. */
  readonly jobs: JobRunner
  /** Keeps raw events in a store of objects. */
  readonly archives: WorkspaceArchives
  destination(workspace: string): DestinationDescription
  tables(workspace: string): Promise<readonly TableStatus[]>
  /** Brings the tables of metadata in its destination up to now. @throws MillraceError `query_refused`: events fill one of that name. */
  refreshMetadata(workspace: string): Promise<void>
  /** Makes these the views that there are; those that could not be made. See `Destination`. */
  setViews(workspace: string, views: readonly ViewDraft[]): Promise<readonly ViewFault[]>
  /** Tells of workspaces whose tables, or columns, are others than before: once they are so. */
  watchTables(tell: (workspace: string) => void): void
  status(workspace: string): Promise<WorkspaceStatus>
  /** Recomputes the books from the log and the tables. Reads the whole log. */
  verify(workspace: string): Promise<BooksCheck>
  restream(workspace: string): WorkspaceRestream
  transforms(workspace: string): WorkspaceTransforms
  mappings(workspace: string): WorkspaceMappings
  /**
   * Creates a table, or adds and widens columns. @throws MillraceError `invalid_mapping`: a name, or what is known of a column, is
   * against it; `schema_conflict`: it cannot become that without a loss.
   */
  evolveTable(workspace: string, table: Table): Promise<void>
  /** Drops a table, for good; who fills it makes it anew. @returns how many rows it had; undefined where there is none. */
  dropTable(workspace: string, table: string): Promise<number | undefined>
  /** What is kept of a workspace to be looked at. @throws MillraceError `not_found`. */
  observations(workspace: string): WorkspaceObservations
  /** What it took in this month. */
  monthUsage(workspace: string): MonthUsage
  /** How an input that goes and fetches is connected; undefined where it is no such input, or stopped. */
  connection(inputId: string): InputConnection | undefined
}

/** What is told of a destination. */
export interface DestinationDescription {
  /** Of its loader in the catalog. */
  readonly type: string
  readonly title: string
  /** Without secrets: of each only that it is set. */
  readonly settings: Readonly<Record<string, unknown>>
}

export interface QueryScheduler {
  /** A schedule or a run is new: looks at them at once. */
  wake(): void
  /** Stops a run that is under way; resolves when it has ended. Safe to repeat. */
  stop(workspace: string, run: string): Promise<void>
}

export interface WorkspaceArchives {
  /** Begins to archive a workspace by this config; null: ends it. In force when it resolves. */
  set(workspace: string, config: ArchiveConfig | null): Promise<void>
  /** Undefined: it has none. */
  status(workspace: string): Promise<ArchiveStatus | undefined>
  /** @throws MillraceError `object_store_refused`, `object_store_unavailable`, `forbidden`: why nothing can be written there. */
  test(workspace: string, target: ArchiveTarget): Promise<void>
}

export interface JobRunner {
  /** A schedule or a job is new: looks at them at once. */
  wake(): void
  /** Cancels a job that is under way; resolves when it has ended. Safe to repeat. */
  cancel(workspace: string, job: string): Promise<void>
  /** Stops jobs that are under way and paused: they wait again. Resolves when they have stopped; safe to repeat. */
  pause(workspace: string, jobs: readonly string[]): Promise<void>
  /** Begins no more jobs of a workspace; those under way wait again. Resolves when they have stopped; safe to repeat. */
  rest(workspace: string): Promise<void>
  /** Ends that. */
  goOn(workspace: string): void
  /**
   * What the settings of a source could choose from; they have their secrets.
   * @throws MillraceError `invalid_request`, `source_unavailable`, `forbidden`.
   */
  discover(workspace: string, type: string, settings: Readonly<Record<string, unknown>>): Promise<readonly Resource[]>
  /** From the line `from` (0 is the first) on. */
  log(job: JobPlace, from: number, limit: number): Promise<readonly JobLogLine[]>
  rawPages(job: JobPlace): Promise<readonly RawPage[]>
  /** @throws MillraceError `not_found`. */
  rawPage(job: JobPlace, name: string): Promise<{ bytes: number; stream: Readable }>
}

export interface JobPlace {
  readonly workspace: string
  readonly source: string
  readonly id: string
}

export interface WorkspaceObservations {
  metrics(request: MetricsRequest): Promise<readonly MetricSeries[]>
  /** Newest first. */
  samples(filter: SampleQuery, limit: number): Promise<readonly Sample[]>
  sampleCounts(): Promise<readonly SampleCount[]>
  /** Says something to the workspace; it is listed when it resolves, unless the disk is full. */
  notify(draft: NotificationDraft): Promise<void>
  /** Sends a test at once; why it did not arrive, null where it did. */
  testChannel(channel: Channel): Promise<string | null>
  /** Listens until the returned function is called. @throws MillraceError `overloaded`: enough others do. */
  watch(listener: LiveListener): () => void
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
  /** The largest first, after `after`. */
  clusters(page: {
    after?: { readonly count: number; readonly fingerprint: string }
    limit: number
  }): Promise<readonly RestreamCluster[]>
  cluster(fingerprint: string): Promise<RestreamCluster | undefined>
  /** How many entries of the filter wait, and the offset behind the last of the queue: what is set aside later lies at or behind it. */
  waiting(filter: RestreamFilter): Promise<{ count: number; end: bigint }>
  /** Throws the entries before `end` away for good. */
  purge(filter: RestreamFilter, end: bigint): Promise<{ events: number }>
  /** Begins to send the entries through the log again, in the background. @throws MillraceError `conflict`: another run is under way. */
  startRun(filter: RestreamFilter, limits: { readonly eventsPerSecondMax?: number }): Promise<RestreamRun>
  /** One that has ended stays as it is. @throws MillraceError `not_found`. */
  stopRun(id: number): Promise<RestreamRun>
  /** @throws MillraceError `not_found`. */
  run(id: number): Promise<RestreamRun>
  /** The newest first, from `before` (exclusive) on. */
  runs(page: { before?: number; limit: number }): Promise<readonly RestreamRun[]>
}

/** The mappings that are in force. Changes count from the next batch on. */
export interface WorkspaceMappings {
  /** @throws MillraceError `invalid_mapping` with `fields`; nothing is changed then. */
  set(eventType: string, change: unknown): Promise<StoredMapping>
  /**
   * Several at once, null: removed, under a default mode. `commit` is given the new versions, keeps them and says whether they stand; it
   * must not wait for anything that the pipeline does.
   * @throws MillraceError `invalid_mapping` with `fields` like `click.fields.0.type`; what `commit` throws. Nothing is changed then.
   */
  setTogether(
    changes: readonly (readonly [eventType: string, change: unknown])[],
    options: { mode?: MappingMode; commit: (versions: readonly StoredMapping[]) => Promise<boolean> },
  ): Promise<void>
  /** @throws MillraceError `not_found`. */
  forget(eventType: string): Promise<void>
  setMode(mode: MappingMode): Promise<void>
  /** A tree of fields; undefined where nothing was seen. */
  statistics(eventType: string): Promise<EventTypeStatistics | undefined>
  clearStatistics(eventType: string): Promise<void>
  /**
   * Begins to fill columns of rows that are there from the events that the log still has, beside the loading.
   * @throws MillraceError `not_found`: no such mapping; `invalid_request`: no such column; `conflict`: another one is under way.
   */
  startBackfill(request: BackfillRequest): Promise<Backfill>
  /** Those since the start of the process, the last few: newest first. */
  backfills(eventType: string): Promise<readonly Backfill[]>
  /** @throws MillraceError `not_found`. */
  backfill(id: string): Promise<Backfill>
  /** Resolves when it has ended. One that had ended stays as it is. @throws MillraceError `not_found`. */
  stopBackfill(id: string): Promise<Backfill>
}
