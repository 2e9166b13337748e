/** DuckDB's values as JSON can carry them: see `QueryResult`. */
import {
  DuckDBArrayValue,
  DuckDBDateValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
  type DuckDBValue,
  DuckDBVariantValue,
} from '@duckdb/node-api'
import type { QueryValue } from '../../../query.ts'

/** Integers beyond ±2^53, numbers that are none, and whatever JSON has no word for become text. */
export function queryValue(value: DuckDBValue): QueryValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'bigint') return isSafe(value) ? Number(value) : String(value)
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue)
    return value.isFinite ? timestampText(value.micros) : value.toString()
  if (value instanceof DuckDBDateValue) return value.toString()
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(queryValue)
  if (value instanceof DuckDBStructValue) return objectOf(Object.entries(value.entries))
  if (value instanceof DuckDBMapValue) return objectOf(value.entries.map(({ key, value }) => [String(key), value]))
  if (value instanceof DuckDBUnionValue || value instanceof DuckDBVariantValue) return queryValue(value.value)
  return value.toString()
}

function objectOf(entries: [string, DuckDBValue][]): { [key: string]: QueryValue } {
  return Object.fromEntries(entries.map(([key, value]) => [key, queryValue(value)]))
}

function isSafe(value: bigint): boolean {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
}

/** `YYYY-MM-DDThh:mm:ss[.ffffff]Z` of µs since 1970. */
function timestampText(micros: bigint): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = new Date(Number((micros - fraction) / 1000n))
  if (Number.isNaN(seconds.getTime())) return new DuckDBTimestampValue(micros).toString()
  const text = seconds.toISOString().slice(0, -'.000Z'.length)
  return fraction === 0n ? `${text}Z` : `${text}.${String(fraction).padStart(6, '0')}Z`
}
