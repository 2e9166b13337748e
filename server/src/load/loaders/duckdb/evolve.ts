/** Brings a table to the columns that a mapping asks for: creates, adds and widens, in one transaction; never drops or narrows. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { MillraceError } from '../../../errors.ts'
import type { Column, Table } from '../../../rows.ts'
import type { Logger } from '../../../telemetry.ts'
import { readTables } from './catalog.ts'
import { type CompressionOf, readCompression } from './compression.ts'
import { runTelling } from './progress.ts'
import { foldCase, quoteName } from './sql.ts'
import { inTransaction } from './transaction.ts'
import { yieldingStatements } from './view-list.ts'
import { type Widening, widening } from './widening.ts'

/** @throws MillraceError `schema_conflict`: the table cannot become that without losing something; errors of DuckDB. */
export async function evolveTable(
  connection: DuckDBConnection,
  table: Table,
  { logger, tellEveryMs = 5_000 }: { logger: Logger; tellEveryMs?: number },
): Promise<void> {
  checkNames(table)
  const existing = (await readTables(connection)).get(foldCase(table.name))
  const statements =
    existing === undefined
      ? [
          ...(await yieldingStatements(connection, table.name)),
          createStatement(table, await readCompression(connection)),
        ]
      : alterStatements(existing, table, {
          rowsEnd: await rowIdEnd(connection, existing),
          compressionOf: await readCompression(connection),
        })
  if (statements.length === 0) return
  // failpoint: duckdb.evolve.begin
  await inTransaction(connection, async () => {
    await runTelling(statements, (statement) => connection.run(statement), { table: table.name, logger, tellEveryMs })
    // failpoint: duckdb.evolve.altered
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

function createStatement({ name, columns }: Table, compressionOf: CompressionOf): string {
  const made = columns.map((column) => `${quoteName(column.name)} ${column.type}${compressionOf(column)}`)
  return `CREATE TABLE main.${quoteName(name)} (${made.join(', ')})`
}

interface Change {
  readonly column: Column
  /** Undefined for a column to be added. */
  readonly widening: Widening | undefined
}

/** Behind the last row's id. Ids rise in the order of the rows. */
async function rowIdEnd(connection: DuckDBConnection, { name }: Table): Promise<number> {
  const reader = await connection.runAndReadAll(`SELECT coalesce(max(rowid), -1) + 1 FROM main.${quoteName(name)}`)
  return Number(reader.getRows()[0]![0])
}

interface CopySettings {
  readonly rowsEnd: number
  readonly compressionOf: CompressionOf
}

function alterStatements(existing: Table, table: Table, copying: CopySettings): string[] {
  if (existing.name !== table.name)
    throw conflict(table.name, `there is a table ${existing.name}, the same but for case`)
  const changes = changesOf(existing, table)
  const canAlter = changes.every((change) => change.widening?.isReplayable !== false)
  if (!canAlter) return rewriteStatements(existing, changes, copying)
  return changes.map(({ column: { name, type }, widening }) => {
    const column = quoteName(name)
    const change =
      widening === undefined
        ? `ADD COLUMN ${column} ${type}`
        : `ALTER COLUMN ${column} SET DATA TYPE ${type} USING ${widening.of(column)}`
    return `ALTER TABLE main.${quoteName(table.name)} ${change}`
  })
}

function changesOf(existing: Table, table: Table): Change[] {
  const byName = new Map(existing.columns.map((column) => [foldCase(column.name), column]))
  return table.columns.flatMap((column): Change[] => {
    const { name, type } = column
    const found = byName.get(foldCase(name))
    if (found === undefined) return [{ column, widening: undefined }]
    if (found.name !== name)
      throw conflict(table.name, `there is a column ${found.name}, the same as ${name} but for case`)
    if (found.type === type) return []
    const wider = widening(found.type, type)
    if (wider === undefined) throw conflict(table.name, `its column ${name} is ${found.type} and cannot become ${type}`)
    return [{ column, widening: wider }]
  })
}

/** Rows of a copy that are copied by one statement: between two of them it can be told how far it is. */
const rowsPerStatement = 500_000

/** Copies the table: what cannot be altered so that a replay of the write-ahead log understands it. */
function rewriteStatements(
  { name, columns }: Table,
  changes: readonly Change[],
  { rowsEnd, compressionOf }: CopySettings,
): string[] {
  const changed = new Map(changes.map((change) => [change.column.name, change]))
  const added = changes.filter((change) => change.widening === undefined).map(({ column }) => column)
  const copy: Table = {
    name: `_millrace_copy_of_${name}`,
    columns: [...columns.map((column) => changed.get(column.name)?.column ?? column), ...added],
  }
  const values = columns.map((column) => {
    const value = quoteName(column.name)
    return changed.get(column.name)?.widening?.of(value) ?? value
  })
  const into = `main.${quoteName(copy.name)} (${columns.map((column) => quoteName(column.name)).join(', ')})`
  return [
    createStatement(copy, compressionOf),
    ...Array.from({ length: Math.ceil(rowsEnd / rowsPerStatement) }, (_, part) => {
      const [start, end] = [part * rowsPerStatement, (part + 1) * rowsPerStatement]
      const rows = `main.${quoteName(name)} WHERE rowid >= ${start} AND rowid < ${end}`
      return `INSERT INTO ${into} SELECT ${values.join(', ')} FROM ${rows}`
    }),
    `DROP TABLE main.${quoteName(name)}`,
    `ALTER TABLE main.${quoteName(copy.name)} RENAME TO ${quoteName(name)}`,
  ]
}

function conflict(table: string, reason: string): MillraceError {
  return new MillraceError('schema_conflict', `The table ${table} cannot be brought to its mapping: ${reason}`)
}
