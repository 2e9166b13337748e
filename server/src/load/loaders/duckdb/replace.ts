/**
 * Rows that take the place of others all at once. Until then they wait in tables of their own, one for each batch that was written:
 *
 *   _millrace.aside (part, job, attempt, table_name, primary_key, rows, written_at): its rows are in _millrace.aside_<part>; written at
 *   is when their events were received
 *   _millrace.replacements (attempt, rows, replaced, made_at): those that were made. Times: ms since 1970 UTC
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Column, RowBatch, Table } from '../../../rows.ts'
import type { DateRange } from '../../../sources.ts'
import type { Aside, Replaced, Replacing } from '../../loader.ts'
import { readTables } from './catalog.ts'
import { readDerived } from './derived.ts'
import { systemSchema } from './partitions.ts'
import type { RowWriter } from './row-source.ts'
import { foldCase, quoteName } from './sql.ts'
import { widening } from './widening.ts'

const dayMs = 86_400_000
/** Events received so long before the end of another replacement are of a job that never came to its own: it appends all of them at once. */
const asideMs = 3 * dayMs
const rememberedMs = 30 * dayMs

export async function createReplacements(connection: DuckDBConnection): Promise<void> {
  await connection.run(
    `CREATE TABLE IF NOT EXISTS ${systemSchema}.aside (part BIGINT NOT NULL, job VARCHAR NOT NULL, attempt VARCHAR NOT NULL,
     table_name VARCHAR NOT NULL, primary_key VARCHAR NOT NULL, rows BIGINT NOT NULL, written_at BIGINT NOT NULL)`,
  )
  await connection.run(
    `CREATE TABLE IF NOT EXISTS ${systemSchema}.replacements (attempt VARCHAR NOT NULL, rows BIGINT NOT NULL, replaced BIGINT NOT NULL,
     made_at BIGINT NOT NULL)`,
  )
}

/** Inside the caller's transaction. An attempt's id is that of its job, a point, and more. */
export async function writeAside(
  { writer, rowSource }: RowWriter,
  batch: RowBatch,
  { attempt, receivedAt }: Aside,
): Promise<void> {
  const { name, columns, primaryKey = [] } = batch.table
  const last = await writer.runAndReadAll(`SELECT coalesce(max(part), 0) FROM ${systemSchema}.aside`)
  const part = (last.getRows()[0]![0] as bigint) + 1n
  await rowSource.with(batch, (relation) => writer.run(`CREATE TABLE ${partName(part)} AS SELECT * FROM ${relation}`))
  await writer.run(`INSERT INTO ${systemSchema}.aside VALUES ($1, $2, $3, $4, $5, $6, $7)`, [
    part,
    jobOf(attempt),
    attempt,
    name,
    JSON.stringify(primaryKey.filter((key) => columns.some((column) => column.name === key))),
    BigInt(batch.rowCount),
    BigInt(receivedAt),
  ])
}

/** The tables that the rows of an attempt need, as `evolveTable` takes them: columns that are there already keep their types. */
export async function tablesNeeded(connection: DuckDBConnection, attempt: string): Promise<Table[]> {
  const parts = (await readParts(connection)).filter((part) => part.attempt === attempt)
  const existing = await readTables(connection)
  const needed: Table[] = []
  for (const { part, table } of parts) {
    const there = new Map(existing.get(foldCase(table))?.columns.map(({ name, type }) => [foldCase(name), type]))
    const columns = await columnsOf(connection, part)
    needed.push({
      name: table,
      columns: columns.map(({ name, type }) => ({ name, type: there.get(foldCase(name)) ?? type })),
    })
  }
  return needed
}

/**
 * Inside the caller's transaction. Nothing where it was made before: its own rows would go, and none come.
 * @returns how many rows are gone, rows aside that were thrown away included.
 */
export async function replaceRows(
  writer: DuckDBConnection,
  { job, attempt, receivedAt, source, range }: Replacing,
): Promise<number> {
  if ((await readReplaced(writer, attempt)) !== undefined) return 0
  const parts = await readParts(writer)
  const tables = await readTables(writer)
  const derived = await readDerived(writer)
  let replaced = 0
  for (const table of tables.values())
    if (!derived.has(foldCase(table.name)) && hasTraces(table))
      replaced += await removeDays(writer, table, source, range)
  let rows = 0
  for (const part of parts.filter((one) => one.attempt === attempt)) {
    replaced += await moveIn(writer, part, tables.get(foldCase(part.table))!)
    rows += part.rows
  }
  const now = Date.now()
  const left = parts.filter(
    (one) => one.attempt !== attempt && (one.job === job || one.receivedAt < receivedAt - asideMs),
  )
  let thrownAway = 0
  for (const one of left) thrownAway += one.rows
  for (const { part } of [...left, ...parts.filter((one) => one.attempt === attempt)]) {
    await writer.run(`DROP TABLE ${partName(part)}`)
    await writer.run(`DELETE FROM ${systemSchema}.aside WHERE part = $1`, [part])
  }
  await writer.run(`INSERT INTO ${systemSchema}.replacements VALUES ($1, $2, $3, $4)`, [
    ...[attempt, BigInt(rows), BigInt(replaced), BigInt(now)],
  ])
  await writer.run(`DELETE FROM ${systemSchema}.replacements WHERE made_at < $1`, [BigInt(now - rememberedMs)])
  return replaced + thrownAway
}

export async function readReplaced(connection: DuckDBConnection, attempt: string): Promise<Replaced | undefined> {
  const sql = `SELECT rows, replaced FROM ${systemSchema}.replacements WHERE attempt = $1`
  const [row] = (await connection.runAndReadAll(sql, [attempt])).getRows()
  return row && { rows: Number(row[0]), replaced: Number(row[1]) }
}

export async function countAside(connection: DuckDBConnection): Promise<number> {
  const reader = await connection.runAndReadAll(`SELECT coalesce(sum(rows), 0)::BIGINT FROM ${systemSchema}.aside`)
  return Number(reader.getRows()[0]![0])
}

/** Each once, in order. */
export async function readUndivided(
  connection: DuckDBConnection,
  source: string,
  range: DateRange,
): Promise<DateRange[]> {
  const found = new Map<string, DateRange>()
  const derived = await readDerived(connection)
  for (const table of (await readTables(connection)).values()) {
    if (derived.has(foldCase(table.name)) || !hasTraces(table) || !has(table, '_last_day', 'DATE')) continue
    const reader = await connection.runAndReadAll(
      `SELECT DISTINCT strftime(_day, '%Y-%m-%d'), strftime(_last_day, '%Y-%m-%d') FROM main.${quoteName(table.name)}
       WHERE _source = $1 AND _last_day IS NOT NULL AND _day <= $3::DATE AND _last_day >= $2::DATE
       AND (_day < $2::DATE OR _last_day > $3::DATE)`,
      [source, range.start, range.end],
    )
    for (const [start, end] of reader.getRows() as string[][])
      found.set(`${start} ${end}`, { start: start!, end: end! })
  }
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, days]) => days)
}

async function removeDays(
  writer: DuckDBConnection,
  table: Table,
  source: string,
  { start, end }: DateRange,
): Promise<number> {
  const last = has(table, '_last_day', 'DATE') ? 'coalesce(_last_day, _day)' : '_day'
  const { rowsChanged } = await writer.run(
    `DELETE FROM main.${quoteName(table.name)} WHERE _source = $1 AND _day >= $2::DATE AND ${last} <= $3::DATE`,
    [source, start, end],
  )
  return rowsChanged
}

interface Part {
  readonly part: bigint
  readonly job: string
  readonly attempt: string
  readonly table: string
  readonly primaryKey: readonly string[]
  readonly rows: number
  readonly receivedAt: number
}

/** @returns how many rows were replaced by ones of the same key, or never written. */
async function moveIn(writer: DuckDBConnection, { part, primaryKey, rows }: Part, table: Table): Promise<number> {
  const into = `main.${quoteName(table.name)}`
  const types = new Map(table.columns.map(({ name, type }) => [foldCase(name), type]))
  const columns = await columnsOf(writer, part)
  const names = columns.map(({ name }) => quoteName(name)).join(', ')
  const values = columns.map((column) => asType(column, types.get(foldCase(column.name)) ?? column.type)).join(', ')
  if (primaryKey.length === 0) {
    await writer.run(`INSERT INTO ${into} (${names}) SELECT ${values} FROM ${partName(part)}`)
    return 0
  }
  const keys = primaryKey.map(quoteName)
  const isSame = keys.map((key) => `${into}.${key} = given.${key}`).join(' AND ')
  const given = `(SELECT ${columns.map((column) => `${asType(column, types.get(foldCase(column.name)) ?? column.type)} AS ${quoteName(column.name)}`).join(', ')}, rowid AS _millrace_place FROM ${partName(part)})`
  const { rowsChanged: replaced } = await writer.run(
    `DELETE FROM ${into} WHERE EXISTS (SELECT 1 FROM ${given} AS given WHERE ${isSame})`,
  )
  const { rowsChanged: written } = await writer.run(
    `INSERT INTO ${into} (${names}) SELECT ${names} FROM ${given}
     QUALIFY row_number() OVER (PARTITION BY ${keys.join(', ')} ORDER BY _millrace_place DESC) = 1 ORDER BY _millrace_place`,
  )
  return replaced + rows - written
}

/** The table may have been made anew meanwhile, so that a value does not fit: then there is none. */
function asType({ name, type }: Column, wanted: Column['type']): string {
  const value = quoteName(name)
  if (type === wanted) return value
  return widening(type, wanted)?.of(value) ?? `TRY_CAST(${value} AS ${wanted})`
}

async function readParts(connection: DuckDBConnection): Promise<Part[]> {
  const reader = await connection.runAndReadAll(
    `SELECT part, job, attempt, table_name, primary_key, rows, written_at FROM ${systemSchema}.aside ORDER BY part`,
  )
  return reader.getRows().map(([part, job, attempt, table, primaryKey, rows, receivedAt]) => ({
    ...{ part: part as bigint, job: job as string, attempt: attempt as string, table: table as string },
    ...{ primaryKey: JSON.parse(primaryKey as string) as string[], rows: Number(rows), receivedAt: Number(receivedAt) },
  }))
}

async function columnsOf(connection: DuckDBConnection, part: bigint): Promise<Column[]> {
  const reader = await connection.runAndReadAll(
    `SELECT column_name, data_type FROM duckdb_columns()
     WHERE database_name = current_database() AND schema_name = '${systemSchema}' AND table_name = 'aside_${part}'
     ORDER BY column_index`,
  )
  return (reader.getRows() as string[][]).map(([name, type]) => ({ name: name!, type: type as Column['type'] }))
}

function partName(part: bigint): string {
  return `${systemSchema}.aside_${part}`
}

/** An attempt is named by its job, a point, and what tells it from the others. */
function jobOf(attempt: string): string {
  return attempt.split('.', 1)[0]!
}

/** A table of old may have columns of these names that fields of events fill. */
function hasTraces(table: Table): boolean {
  return has(table, '_source', 'VARCHAR') && has(table, '_day', 'DATE')
}

function has({ columns }: Table, column: string, of: Column['type']): boolean {
  return columns.some(({ name, type }) => name === column && type === of)
}
