/** The shapes in which a destination is asked and answers, shared by whoever asks and whoever opens it. */
import type { Table } from './rows.ts'

export interface QueryRequest {
  readonly sql: string
  readonly parameters?: readonly (string | number | boolean | null)[]
  /** Rows answered at most. */
  readonly rowsMax: number
  readonly timeoutMs: number
}

export interface QueryResult {
  readonly columns: readonly { name: string; type: string }[]
  /** Values as JSON can carry them: integers beyond ±2^53 and decimals as text, times as ISO 8601, JSON columns as text. */
  readonly rows: readonly (readonly QueryValue[])[]
  /** Whether there were more rows than `rowsMax`. */
  readonly truncated: boolean
}

export type QueryValue = null | boolean | number | string | QueryValue[] | { [key: string]: QueryValue }

export interface TableStatus extends Table {
  readonly rowCount: number
  /** Whether a statement of a user's makes it, rather than events. */
  readonly isDerived: boolean
}

/** A view: its name, and one SELECT of the destination, of the program's own making. */
export interface ViewDraft {
  readonly name: string
  readonly sql: string
}

/** A view that could not be made. */
export interface ViewFault {
  readonly name: string
  readonly message: string
}

/** A statement whose result goes into one table, the target; nothing else is written. */
export interface StatementRequest {
  readonly work: StatementWork
  readonly target: string
  readonly timeoutMs: number
  /** What it can be asked for by afterwards, whoever is there then; unique in the destination. */
  readonly mark?: string
}

export type StatementWork =
  /** One SELECT, whose rows replace the target's, are added to them, or replace those with the same key. */
  | { readonly kind: 'select'; readonly sql: string; readonly mode: 'replace' | 'append' }
  | { readonly kind: 'select'; readonly sql: string; readonly mode: 'upsert'; readonly key: readonly string[] }
  /** One INSERT, UPDATE, DELETE or CREATE TABLE AS of the target. */
  | { readonly kind: 'write'; readonly sql: string }
  /** The target becomes the newest row of each key of another table: by a column, the loaded last among equals; or loaded last. */
  | { readonly kind: 'newest'; readonly from: string; readonly key: readonly string[]; readonly by: string | null }

export interface StatementResult {
  /** Rows written, changed or deleted. */
  readonly rowCount: number
}
