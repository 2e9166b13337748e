/**
 * Which statements have been carried out, for whoever was gone before it was told:
 *
 *   _millrace.statements (mark, row_count, done_at): ms since 1970 UTC
 *
 * A mark is written in the transaction of its statement; those of days ago go with the next.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { StatementResult } from '../../../query.ts'
import { systemSchema } from './partitions.ts'

/** A server that is down for longer has its runs told as failed, though one may have been carried out. */
const keptMs = 7 * 24 * 3_600_000

export async function createMarks(connection: DuckDBConnection): Promise<void> {
  await connection.run(
    `CREATE TABLE IF NOT EXISTS ${systemSchema}.statements (mark VARCHAR NOT NULL, row_count BIGINT NOT NULL, done_at BIGINT NOT NULL)`,
  )
}

/** Inside the caller's transaction. */
export async function writeMark(connection: DuckDBConnection, mark: string, rowCount: number): Promise<void> {
  const now = Date.now()
  await connection.run(`DELETE FROM ${systemSchema}.statements WHERE done_at < $1`, [BigInt(now - keptMs)])
  await connection.run(`INSERT INTO ${systemSchema}.statements VALUES ($1, $2, $3)`, [
    mark,
    BigInt(rowCount),
    BigInt(now),
  ])
}

/** See `Destination.statementDone`. */
export async function readMark(connection: DuckDBConnection, mark: string): Promise<StatementResult | undefined> {
  const sql = `SELECT row_count FROM ${systemSchema}.statements WHERE mark = $1`
  const [row] = (await connection.runAndReadAll(sql, [mark])).getRows()
  return row && { rowCount: Number(row[0]) }
}
