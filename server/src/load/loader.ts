/** What a loader is: it opens a destination, where the tables live. `loader.suite.ts` proves it of each. */
import type { z } from 'zod'
import type {
  QueryRequest,
  QueryResult,
  StatementRequest,
  StatementResult,
  StatementWork,
  TableStatus,
  ViewDraft,
  ViewFault,
} from '../query.ts'
import type { Books, LogRange, RowBatch, Table } from '../rows.ts'
import type { DateRange } from '../sources.ts'
import type { Logger } from '../telemetry.ts'

export interface Loader<S extends z.ZodType = z.ZodType> {
  readonly title: string
  readonly settings: S
  /**
   * Connects and checks the right to write. The logger is told what an operator must know of the destination's own troubles.
   * @throws MillraceError `destination_unavailable`, `destination_refused`.
   */
  open(settings: z.output<S>, signal: AbortSignal, logger?: Logger): Promise<Destination>
}

/** Rows that wait until all that belong to them are there. */
export interface Aside {
  /** That they belong to. */
  readonly attempt: string
  /** When the events of which they are were received, ms since 1970 UTC. */
  readonly receivedAt: number
}

/** Rows that are to take the place of others, and whose. */
export interface Replacing extends Aside {
  /** Id of the job. */
  readonly job: string
  /** Id of the input. */
  readonly source: string
  /** Both ends included. */
  readonly range: DateRange
}

export interface Replaced {
  /** Rows that were written aside for it. */
  readonly rows: number
  /** Rows that are gone. */
  readonly replaced: number
}

export interface Destination {
  /**
   * Takes a partition over: raises its fencing epoch, so that whoever held it before can no longer write, and tells the first
   * offset that is not loaded yet; 0 for a partition never seen.
   */
  claim(partition: number): Promise<bigint>
  /**
   * The first offset that a power cut might take back: the log must be kept from here on. At most the position; 0 while unknown.
   * DuckDB: the position at its last CHECKPOINT.
   */
  durablePosition(partition: number): Promise<bigint>
  /** Lets `tell` know from now on whenever durable positions may have moved. One is told, the last. */
  onDurable(tell: () => void): void
  /** Makes what was written durable at once, instead of when it is due. Tells nobody where it cannot; safe to repeat. */
  makeDurable(): Promise<void>
  /** Creates the table, or adds and widens columns until it holds `table`, keeping every value; never drops or narrows. Safe to repeat. */
  evolve(table: Table): Promise<void>
  /**
   * Writes the rows of all tables, adds the books to the partition's, and moves the position to `range.end`, or does nothing.
   * A range that starts before the position was written already and is skipped whole. In a table with a primary key a row replaces
   * those with its key that came before it; how many were replaced is added to the partition's books as `replaced`.
   * Rows of an attempt to replace others are written aside, where nobody sees them.
   * @throws MillraceError `destination_unavailable`: repeat later; `schema_conflict`: somebody altered the table;
   * `fenced`: another process has claimed the partition; `position_lost`: the destination fell back behind the range, so claim the
   * partition again and go on from its position.
   */
  write(tables: readonly RowBatch[], range: LogRange, books: Books, aside?: Aside): Promise<void>
  /**
   * Lets what was written aside for the attempt take the place of all rows of its source and days, in one transaction with the books
   * and the position, as `write`; once for each attempt. What other attempts of the job left aside is thrown away, and what is of events
   * received days before these: its replacement never ended. The rows that are gone are added to the
   * books as `replaced`. Rows of a source have its id in `_source`, their day in `_day`, and those of several days the last in
   * `_last_day`: they are replaced where all of their days are. @throws MillraceError as `write`.
   */
  replace(replacing: Replacing, range: LogRange, books: Books): Promise<void>
  /** What a replacement did; undefined where it has not been made. Remembered for some days. */
  replaced(attempt: string): Promise<Replaced | undefined>
  /** Days of rows that a replacement of these days would have to cut: each from its first to its last. */
  undivided(source: string, range: DateRange): Promise<readonly DateRange[]>
  /** Rows that were written aside and are neither in a table nor thrown away. */
  aside(): Promise<number>
  /**
   * Gives columns of rows that are there a value where they are null: all columns of the batch but the keys, by which rows are known.
   * All of it or nothing; safe to repeat. @returns how many rows were changed. @throws MillraceError as `write`.
   */
  fill(batch: RowBatch, keys: readonly string[]): Promise<number>
  /** The partition's position and cumulative books, as of one moment. */
  books(partition: number): Promise<{ position: bigint; books: Books }>
  /**
   * How many offsets before the position hold no event that was received: a repair of the log gave them up, or their loss was
   * accepted. `write` counts those that a range leaves out.
   */
  skipped(partition: number): Promise<bigint>
  /** Gives the events from the position up to `end` up for lost. Nothing where they are loaded; safe to repeat. */
  skipTo(partition: number, end: bigint): Promise<void>
  /** One read-only statement, on a connection of its own, inside a read-only transaction. @throws MillraceError `invalid_sql`, `query_*`. */
  query(request: QueryRequest): Promise<QueryResult>
  /**
   * One statement of a user's into a table of its own, all of it or nothing. What takes long runs beside the loading, which waits for
   * the end alone. The target is new, or was made by a statement before, or has no rows: never a table that events fill.
   * @throws MillraceError `invalid_sql`, `query_*`, `destination_unavailable`; what `signal` was aborted with.
   */
  statement(request: StatementRequest, signal: AbortSignal): Promise<StatementResult>
  /** What became of the statement with this mark in the last days, where it was carried out: the mark is as durable as what it wrote. */
  statementDone(mark: string): Promise<StatementResult | undefined>
  /** What can be told of a statement before it runs; of one that writes, its target. @throws MillraceError `invalid_sql`, `query_refused`. */
  checkStatement(work: StatementWork): Promise<{ target: string | undefined }>
  /**
   * Drops a table with its rows, for good, whoever fills it. @returns how many rows it had; undefined where there is no such table.
   * @throws MillraceError `destination_unavailable`.
   */
  dropTable(name: string): Promise<number | undefined>
  /** How many rows of events went with tables that were dropped. */
  droppedRows(): Promise<number>
  /**
   * Makes the views that were set before what is given: those that are new or different are made, those that are not there any more
   * dropped, each by itself between two writes. One that cannot be made is told and holds up nothing; the one before it stays.
   * Never takes the place of a table, or of a view that it did not make. Safe to repeat.
   */
  setViews(views: readonly ViewDraft[]): Promise<ViewFault[]>
  /**
   * Every table that Millrace or a statement made, with its columns as the destination has them and its number of rows: as it was counted
   * when the destination wrote to it last, unless it is to be counted anew.
   */
  tables(options?: { readonly countsAnew?: boolean }): Promise<TableStatus[]>
  /** Makes what was written durable (see `durablePosition`) and gives everything back. */
  close(): Promise<void>
}
