/**
 * Views of the program's own making, in the schema `main`, and the list that tells them from those of somebody else:
 *
 *   _millrace.views (name, statement): what made it, a SELECT
 *
 * The list changes in the transaction that makes or drops the view.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { systemSchema } from './partitions.ts'
import { quoteName } from './sql.ts'

export async function createViewList(connection: DuckDBConnection): Promise<void> {
  await connection.run(
    `CREATE TABLE IF NOT EXISTS ${systemSchema}.views (name VARCHAR NOT NULL, statement VARCHAR NOT NULL)`,
  )
}

/** Those that are there, with what made them. */
export async function readViews(connection: DuckDBConnection): Promise<Map<string, string>> {
  const reader = await connection.runAndReadAll(
    `SELECT name, statement FROM ${systemSchema}.views JOIN duckdb_views() AS there ON there.view_name = name
     WHERE there.database_name = current_database() AND there.schema_name = 'main'`,
  )
  return new Map(reader.getRows().map(([name, statement]) => [String(name), String(statement)]))
}

/** What makes room for a table where a view of the program's own has its name: events come first. Of nobody else's view. */
export async function yieldingStatements(connection: DuckDBConnection, table: string): Promise<string[]> {
  const reader = await connection.runAndReadAll(
    `SELECT view_name FROM duckdb_views()
     WHERE database_name = current_database() AND schema_name = 'main' AND lower(view_name) = lower($1)`,
    [table],
  )
  const [row] = reader.getRows()
  const name = row === undefined ? undefined : String(row[0])
  if (name === undefined || !(await readViews(connection)).has(name)) return []
  const literal = `'${name.replaceAll("'", "''")}'`
  return [`DROP VIEW main.${quoteName(name)}`, `DELETE FROM ${systemSchema}.views WHERE name = ${literal}`]
}
