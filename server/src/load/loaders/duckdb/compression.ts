/**
 * How columns that every table has are compressed, said when a table is made. Of its own, DuckDB tries every way on each column of
 * each group of rows and takes what came out smallest: ids are all different, so a dictionary of them is made in vain, and labels come
 * again and again, so symbols are looked for in vain. Where the way that is said does not do, DuckDB takes none.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Column } from '../../../rows.ts'

const ways = new Map([
  ['_id', 'fsst'],
  ['_input', 'dictionary'],
  ['_event_type', 'dictionary'],
])

export type CompressionOf = (column: Column) => string

/** What is to be said behind a column's type. Nothing in a file of a newer format, which somebody else made: it knows other ways. */
export async function readCompression(connection: DuckDBConnection): Promise<CompressionOf> {
  const reader = await connection.runAndReadAll(
    `SELECT tags['storage_version'] FROM duckdb_databases() WHERE database_name = current_database()`,
  )
  if (reader.getRows()[0]?.[0] !== knownFormat) return () => ''
  return ({ name, type }) => {
    const way = type === 'VARCHAR' ? ways.get(name) : undefined
    return way === undefined ? '' : ` USING COMPRESSION ${way}`
  }
}

/** The format in which DuckDB makes a file of its own. */
const knownFormat = 'v1.0.0+'
