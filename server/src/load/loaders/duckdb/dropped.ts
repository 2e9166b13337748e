/**
 * Tables that a person has dropped, so that the books still tell where their rows are:
 *
 *   _millrace.dropped (name, row_count, dropped_at): a table of events and how many rows went with it. Dropped at: ms since 1970 UTC
 *
 * The list changes in the transaction that drops the table.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { readDerived } from './derived.ts'
import { systemSchema } from './partitions.ts'
import { foldCase, quoteName } from './sql.ts'
import { inTransaction } from './transaction.ts'

export async function createDropped(connection: DuckDBConnection): Promise<void> {
  await connection.run(
    `CREATE TABLE IF NOT EXISTS ${systemSchema}.dropped (name VARCHAR NOT NULL, row_count BIGINT NOT NULL, dropped_at BIGINT NOT NULL)`,
  )
}

/** See `Destination.dropTable`. */
export function dropTable(connection: DuckDBConnection, name: string): Promise<number | undefined> {
  return inTransaction(connection, async () => {
    if (!(await isThere(connection, name))) return undefined
    const table = `main.${quoteName(name)}`
    const rowCount = await numberOf(connection, `SELECT count(*) FROM ${table}`)
    const isDerived = (await readDerived(connection)).has(foldCase(name))
    await connection.run(`DROP TABLE ${table}`)
    if (isDerived) await connection.run(`DELETE FROM ${systemSchema}.derived WHERE lower(name) = lower($1)`, [name])
    else
      await connection.run(`INSERT INTO ${systemSchema}.dropped VALUES ($1, $2, $3)`, [
        name,
        BigInt(rowCount),
        BigInt(Date.now()),
      ])
    return rowCount
  })
}

/** See `Destination.droppedRows`. */
export function readDroppedRows(connection: DuckDBConnection): Promise<number> {
  return numberOf(connection, `SELECT coalesce(sum(row_count), 0) FROM ${systemSchema}.dropped`)
}

/** By its very name: DuckDB itself would take another case for the same. */
async function isThere(connection: DuckDBConnection, name: string): Promise<boolean> {
  const reader = await connection.runAndReadAll(
    `SELECT 1 FROM duckdb_tables()
     WHERE database_name = current_database() AND schema_name = 'main' AND table_name = $1`,
    [name],
  )
  return reader.getRows().length > 0
}

async function numberOf(connection: DuckDBConnection, sql: string): Promise<number> {
  const reader = await connection.runAndReadAll(sql)
  return Number(reader.getRows()[0]![0])
}
