/**
 * The one shape in which rows travel from the mapper to a loader: columns, not rows.
 *
 * A column of n rows is a validity bitmap and its values:
 *
 *   valid    Uint8Array of ceil(n / 8); bit i % 8 of byte i >> 3 is 1 where row i has a value, 0 where it is null
 *   values   by type, the place of a null row holding 0 or no text
 *     BOOLEAN          Uint8Array(n)      0 or 1
 *     BIGINT           BigInt64Array(n)
 *     DOUBLE           Float64Array(n)
 *     TIMESTAMP        BigInt64Array(n)   µs since 1970-01-01T00:00:00Z
 *     DATE             Int32Array(n)      days since 1970-01-01
 *     VARCHAR          TextValues         well-formed UTF-8
 *     JSON             TextValues         one valid JSON text a value
 *     DECIMAL(38,s)    TextValues         -?digits[.digits], at most s digits after the point
 */

export type ColumnType =
  | 'BOOLEAN'
  | 'BIGINT'
  | 'DOUBLE'
  | `DECIMAL(38,${number})`
  | 'TIMESTAMP'
  | 'DATE'
  | 'VARCHAR'
  | 'JSON'

export interface Column {
  /** Fit for SQL as it is once quoted; unique in its table whatever the case. */
  readonly name: string
  readonly type: ColumnType
}

export interface Table {
  readonly name: string
  readonly columns: readonly Column[]
  /** Names of columns by which a newer row replaces an older one: at least one, none of them ever null. Absent: every row stays. */
  readonly primaryKey?: readonly string[]
}

/** Text of row i: `bytes.subarray(offsets[i], offsets[i + 1])`. */
export interface TextValues {
  /** n + 1 ascending places in `bytes`. */
  readonly offsets: Uint32Array
  readonly bytes: Uint8Array
}

export type ColumnValues = Uint8Array | BigInt64Array | Float64Array | Int32Array | TextValues

export interface ColumnData {
  readonly valid: Uint8Array
  readonly values: ColumnValues
}

/** Rows of one table; `columns[i]` holds the values of `table.columns[i]`. At most {@link rowsPerBatchMax} rows. */
export interface RowBatch {
  readonly table: Table
  readonly rowCount: number
  readonly columns: readonly ColumnData[]
}

export const rowsPerBatchMax = 100_000

/** Offsets of one partition: `start` is the first, `end` the first that no longer belongs to it. */
export interface LogRange {
  readonly partition: number
  readonly start: bigint
  readonly end: bigint
}

/** What became of the events of a range. `received + split = loaded + dropped + discarded + restreamed + duplicate`. */
export interface Books {
  /** Events of the range, unreadable and restreamed ones included. */
  received: number
  /** Of those, how many were sent through again from the restream queue. */
  resent: number
  /** Additional events that users' code made of one. */
  split: number
  /** Events that users' code dropped. */
  dropped: number
  /** Events that the mapping discards. */
  discarded: number
  /** Events that became a row. */
  loaded: number
  /** Events set aside in the restream queue. */
  restreamed: number
  /** Events that had gone through before: a restreamed event sent twice. */
  duplicate: number
  /** Rows that newer ones of the same primary key replaced: `rows in the tables = loaded - replaced`. The destination counts them. */
  replaced: number
}

export const emptyBooks: Readonly<Books> = {
  received: 0,
  resent: 0,
  split: 0,
  dropped: 0,
  discarded: 0,
  loaded: 0,
  restreamed: 0,
  duplicate: 0,
  replaced: 0,
}

/** What comes in less what becomes of it: 0 where the books balance. */
export function imbalanceOf(books: Books): number {
  const { received, split, loaded, dropped, discarded, restreamed, duplicate } = books
  return received + split - loaded - dropped - discarded - restreamed - duplicate
}

/** What comes out when the books are recomputed. */
export interface BooksCheck {
  readonly isBalanced: boolean
  /** One line for each thing compared. */
  readonly findings: readonly BooksFinding[]
}

export interface BooksFinding {
  readonly what: string
  readonly expected: string
  readonly found: string
  readonly isRight: boolean
}
