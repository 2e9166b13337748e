/** Brings a table to the columns that a mapping asks for: creates, adds and widens, in one transaction; never drops or narrows. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { MillraceError } from '../../../errors.ts'
import type { Column, Table } from '../../../rows.ts'
import { foldCase, readTables } from './catalog.ts'
import { loadFailure } from './failures.ts'
import { quoteName } from './sql.ts'
import { inTransaction } from './transaction.ts'
import { widen } from './widening.ts'

/** @throws MillraceError `schema_conflict`: the table cannot become that without losing something; `destination_unavailable`. */
export async function evolveTable(connection: DuckDBConnection, table: Table): Promise<void> {
  checkNames(table)
  const existing = (await readTables(connection)).get(foldCase(table.name))
  const statements = existing === undefined ? [createStatement(table)] : alterStatements(existing, table)
  if (statements.length === 0) return
  // failpoint: duckdb.evolve.begin
  await inTransaction(connection, async () => {
    for (const statement of statements) await connection.run(statement)
    // failpoint: duckdb.evolve.altered
  }).catch((cause: unknown) => {
    throw loadFailure(cause)
  })
  // failpoint: duckdb.evolve.end
}

function checkNames({ name, columns }: Table): void {
  if (columns.length === 0) throw conflict(name, 'it has no columns')
  for (const text of [name, ...columns.map((column) => column.name)])
    if (text === '' || text.includes('\0') || !text.isWellFormed()) throw conflict(name, 'a name in it is no name')
  const names = new Set<string>()
  for (const column of columns) {
    if (names.has(foldCase(column.name))) throw conflict(name, `two columns are named ${column.name}, case aside`)
    names.add(foldCase(column.name))
  }
}

function createStatement({ name, columns }: Table): string {
  return `CREATE TABLE main.${quoteName(name)} (${columns.map((column) => `${quoteName(column.name)} ${column.type}`).join(', ')})`
}

function alterStatements(existing: Table, table: Table): string[] {
  if (existing.name !== table.name)
    throw conflict(table.name, `there is a table ${existing.name}, the same but for case`)
  const byName = new Map(existing.columns.map((column) => [foldCase(column.name), column]))
  return table.columns.flatMap((column) => {
    const change = columnChange(table.name, byName.get(foldCase(column.name)), column)
    return change === undefined ? [] : [`ALTER TABLE main.${quoteName(table.name)} ${change}`]
  })
}

function columnChange(table: string, existing: Column | undefined, { name, type }: Column): string | undefined {
  if (existing === undefined) return `ADD COLUMN ${quoteName(name)} ${type}`
  if (existing.name !== name)
    throw conflict(table, `there is a column ${existing.name}, the same as ${name} but for case`)
  if (existing.type === type) return undefined
  const widened = widen(quoteName(name), existing.type, type)
  if (widened === undefined) throw conflict(table, `its column ${name} is ${existing.type} and cannot become ${type}`)
  return `ALTER COLUMN ${quoteName(name)} SET DATA TYPE ${type} USING ${widened}`
}

function conflict(table: string, reason: string): MillraceError {
  return new MillraceError('schema_conflict', `The table ${table} cannot be brought to its mapping: ${reason}`)
}
