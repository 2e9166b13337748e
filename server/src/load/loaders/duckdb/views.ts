/**
 * Makes the views of the program's own, each in a transaction of its own that also notes it in the list of them. DuckDB reads a view
 * anew whenever it is asked for, so that columns may be added and widened, and a table made again, while a view of it is there.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { MillraceError } from '../../../errors.ts'
import type { ViewDraft, ViewFault } from '../../../query.ts'
import type { DuckdbFile } from './duckdb-file.ts'
import { systemSchema } from './partitions.ts'
import { foldCase, quoteName } from './sql.ts'
import { inTransaction } from './transaction.ts'
import { readViews } from './view-list.ts'

/** What a view takes of the write-ahead log besides its SQL. */
const viewBytes = 1024

/** See `Destination.setViews`. */
export async function setViews(
  file: Pick<DuckdbFile, 'use' | 'committed'>,
  views: readonly ViewDraft[],
): Promise<ViewFault[]> {
  const present = await file.use(({ writer }) => readViews(writer))
  const wanted = new Set(views.map(({ name }) => foldCase(name)))
  for (const name of present.keys())
    if (!wanted.has(foldCase(name))) await file.use(({ writer }) => dropView(writer, name))
  const faults: ViewFault[] = []
  for (const view of views) {
    if (present.get(view.name) === view.sql) continue
    const fault = await file.use(({ writer }) => tryView(writer, view))
    if (fault === undefined) file.committed(view.sql.length * 2 + viewBytes)
    else faults.push({ name: view.name, message: fault })
  }
  return faults
}

/** Why it could not be made; undefined where it was. Failures that concern more than the view are thrown. */
async function tryView(connection: DuckDBConnection, view: ViewDraft): Promise<string | undefined> {
  try {
    await makeView(connection, view)
    return undefined
  } catch (error) {
    if (error instanceof MillraceError) return error.message
    if (isOfStatement(error)) return error.message
    throw error
  }
}

async function makeView(connection: DuckDBConnection, { name, sql }: ViewDraft): Promise<void> {
  if (name === '' || name.includes('\0') || sql.includes('\0')) throw refused('its name or its SQL is none')
  await inTransaction(connection, async () => {
    await refuseTaken(connection, name)
    await connection.run(`CREATE OR REPLACE VIEW main.${quoteName(name)} AS ${sql}`)
    await connection.run(`DELETE FROM ${systemSchema}.views WHERE lower(name) = lower($1)`, [name])
    await connection.run(`INSERT INTO ${systemSchema}.views VALUES ($1, $2)`, [name, sql])
  })
}

async function dropView(connection: DuckDBConnection, name: string): Promise<void> {
  await inTransaction(connection, async () => {
    await connection.run(`DROP VIEW IF EXISTS main.${quoteName(name)}`)
    await connection.run(`DELETE FROM ${systemSchema}.views WHERE name = $1`, [name])
  })
}

/** @throws MillraceError `schema_conflict`. */
async function refuseTaken(connection: DuckDBConnection, name: string): Promise<void> {
  const reader = await connection.runAndReadAll(
    `SELECT table_type FROM information_schema.tables
     WHERE table_catalog = current_database() AND table_schema = 'main' AND lower(table_name) = lower($1)
       AND lower(table_name) NOT IN (SELECT lower(name) FROM ${systemSchema}.views)`,
    [name],
  )
  const [row] = reader.getRows()
  if (row !== undefined) throw refused(`somebody else made a ${row[0] === 'VIEW' ? 'view' : 'table'} of that name`)
}

/** DuckDB's errors begin with their kind. */
function isOfStatement(error: unknown): error is Error {
  return (
    error instanceof Error &&
    /^(Binder|Catalog|Parser|Syntax|Conversion|Invalid Input|Not implemented) Error/.test(error.message)
  )
}

function refused(reason: string): MillraceError {
  return new MillraceError('schema_conflict', `The view cannot be made: ${reason}`)
}
