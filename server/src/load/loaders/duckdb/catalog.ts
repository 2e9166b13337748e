/** What tables there are, as DuckDB says. Millrace's are in the schema `main`. */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Column, ColumnType, Table } from '../../../rows.ts'
import { foldCase, quoteText } from './sql.ts'

/** Tables by their name in lower case, since DuckDB takes names that differ only in case for the same: all, or those named. */
export async function readTables(connection: DuckDBConnection, names?: readonly string[]): Promise<Map<string, Table>> {
  const which = names === undefined ? '' : `AND tables.table_name IN (${names.map(quoteText).join(', ')})`
  const reader = await connection.runAndReadAll(
    `SELECT tables.table_name, column_name, data_type
     FROM duckdb_columns() AS columns JOIN duckdb_tables() AS tables USING (database_oid, table_oid)
     WHERE tables.database_name = current_database() AND tables.schema_name = 'main' ${which}
     ORDER BY tables.table_name, column_index`,
  )
  const tables = new Map<string, { name: string; columns: Column[] }>()
  for (const [table, name, type] of reader.getRows() as string[][]) {
    const key = foldCase(table!)
    if (!tables.has(key)) tables.set(key, { name: table!, columns: [] })
    tables.get(key)!.columns.push({ name: name!, type: type as ColumnType })
  }
  return tables
}
