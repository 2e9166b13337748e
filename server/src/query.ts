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
}
