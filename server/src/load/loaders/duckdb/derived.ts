/**
 * Tables that users' statements make, in the schema `main` beside those that events fill, and the list that tells them apart:
 *
 *   _millrace.derived (name, made_at): its rows are no events. Made at: ms since 1970 UTC
 *
 * The list changes in the transaction that makes the table.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { MillraceError } from '../../../errors.ts'
import { systemSchema } from './partitions.ts'
import { foldCase, quoteName } from './sql.ts'

export async function createDerived(connection: DuckDBConnection): Promise<void> {
  await connection.run(
    `CREATE TABLE IF NOT EXISTS ${systemSchema}.derived (name VARCHAR NOT NULL, made_at BIGINT NOT NULL)`,
  )
}

/** Their names in lower case. */
export async function readDerived(connection: DuckDBConnection): Promise<Set<string>> {
  const reader = await connection.runAndReadAll(`SELECT name FROM ${systemSchema}.derived`)
  return new Set(reader.getRows().map(([name]) => foldCase(String(name))))
}

/**
 * Makes sure, inside the caller's transaction, that a statement may write the table, and puts it on the list.
 * @returns whether the table is there. @throws MillraceError `query_refused`: events fill it; `invalid_sql`: it is no name.
 */
export async function takeTarget(connection: DuckDBConnection, name: string): Promise<boolean> {
  checkName(name)
  const there = await presentName(connection, name)
  if (there !== undefined && there !== name)
    throw refusedTarget(name, `there is a table ${there}, the same but for case`)
  if ((await readDerived(connection)).has(foldCase(name))) return there !== undefined
  if (there !== undefined && (await hasRows(connection, name)))
    throw refusedTarget(name, 'it holds rows that no statement has made')
  await connection.run(`INSERT INTO ${systemSchema}.derived VALUES ($1, $2)`, [name, BigInt(Date.now())])
  return there !== undefined
}

/** @throws MillraceError `schema_conflict`: a statement makes the table, so that no rows of events go there. */
export async function refuseDerived(connection: DuckDBConnection, name: string): Promise<void> {
  if (!(await readDerived(connection)).has(foldCase(name))) return
  throw new MillraceError('schema_conflict', `The table ${name} is made by a scheduled query`, {
    hint: 'Map the events to a table with another name.',
  })
}

function checkName(name: string): void {
  const isReserved = /^(_millrace|semantic_|harmonised_)/.test(foldCase(name))
  const isName = name !== '' && !name.includes('\0') && name.isWellFormed() && !isReserved
  if (!isName) throw new MillraceError('invalid_sql', `A table cannot be named ${JSON.stringify(name)}`)
}

/** As it is written, of a table or a view. */
async function presentName(connection: DuckDBConnection, name: string): Promise<string | undefined> {
  const reader = await connection.runAndReadAll(
    `SELECT table_name FROM information_schema.tables
     WHERE table_catalog = current_database() AND table_schema = 'main' AND lower(table_name) = lower($1)`,
    [name],
  )
  const [row] = reader.getRows()
  return row && String(row[0])
}

async function hasRows(connection: DuckDBConnection, name: string): Promise<boolean> {
  const reader = await connection.runAndReadAll(`SELECT 1 FROM main.${quoteName(name)} LIMIT 1`)
  return reader.getRows().length > 0
}

function refusedTarget(name: string, reason: string): MillraceError {
  return new MillraceError('query_refused', `The table ${name} cannot be written by a statement: ${reason}`, {
    hint: 'Name another table.',
  })
}
