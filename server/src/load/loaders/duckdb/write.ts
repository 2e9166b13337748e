/** Writes the rows of a range of the log, of all tables, together with the partition's position and books. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { MillraceError } from '../../../errors.ts'
import type { Books, LogRange, RowBatch, Table } from '../../../rows.ts'
import type { Aside, Replacing } from '../../loader.ts'
import { readTables } from './catalog.ts'
import { advance, fenced, readClaim } from './partitions.ts'
import { replaceRows, writeAside } from './replace.ts'
import type { RowWriter } from './row-source.ts'
import { foldCase, quoteName } from './sql.ts'
import { inTransaction } from './transaction.ts'
import { upsert } from './upsert.ts'

/** One transaction, or nothing where the range was written before. @returns how many rows it replaced. @throws MillraceError `fenced`, `position_lost`, `schema_conflict`; errors of DuckDB. */
export async function writeRange(
  { writer, rowSource }: RowWriter,
  epoch: bigint,
  batches: readonly RowBatch[],
  range: LogRange,
  books: Books,
  aside?: Aside,
): Promise<number> {
  // failpoint: duckdb.write.begin
  return inTransaction(writer, async () => {
    if (!(await isNext(writer, epoch, range))) return 0
    const filled = batches.filter(({ rowCount }) => rowCount > 0)
    const names = filled.map(({ table }) => table.name)
    if (filled.length > 0) checkTables(await readTables(writer, names), filled)
    let replaced = 0
    for (const batch of filled) {
      if (aside !== undefined) await writeAside({ writer, rowSource }, batch, aside)
      else if (batch.table.primaryKey === undefined) await insert(writer, rowSource, batch)
      else replaced += await upsert({ writer, rowSource }, batch, batch.table.primaryKey)
    }
    // failpoint: duckdb.write.rows
    await advance(writer, range, epoch, { ...books, replaced })
    // failpoint: duckdb.write.position
    return replaced
  })
}

/** In one transaction, or nothing where the range was written before: see `Destination.replace`. @returns how many rows are gone. */
export async function replaceRange(
  writer: DuckDBConnection,
  epoch: bigint,
  replacing: Replacing,
  range: LogRange,
  books: Books,
): Promise<number> {
  // failpoint: duckdb.replace.begin
  return inTransaction(writer, async () => {
    if (!(await isNext(writer, epoch, range))) return 0
    const replaced = await replaceRows(writer, replacing)
    // failpoint: duckdb.replace.rows
    await advance(writer, range, epoch, { ...books, replaced })
    return replaced
  })
}

/** Whether the range begins where the partition is; false where it was written before. @throws MillraceError `fenced`, `position_lost`. */
async function isNext(writer: DuckDBConnection, epoch: bigint, range: LogRange): Promise<boolean> {
  const held = await readClaim(writer, range.partition)
  // An epoch below ours was never ours: the claim itself was lost.
  if (held === undefined || held.epoch < epoch) throw positionLost(range, held?.position ?? 0n)
  if (held.epoch !== epoch) throw fenced(range.partition)
  if (range.start > held.position) throw positionLost(range, held.position)
  return range.start === held.position
}

async function insert(writer: DuckDBConnection, rowSource: RowWriter['rowSource'], batch: RowBatch): Promise<void> {
  const { name, columns } = batch.table
  const into = `main.${quoteName(name)} (${columns.map((column) => quoteName(column.name)).join(', ')})`
  await rowSource.with(batch, (relation) => writer.run(`INSERT INTO ${into} SELECT * FROM ${relation}`))
}

/** DuckDB would cast rows to whatever types the columns have; a table that is not as it was evolved is refused instead. */
export function checkTables(existing: ReadonlyMap<string, Table>, batches: readonly RowBatch[]): void {
  for (const { table } of batches) {
    const types = new Map(existing.get(foldCase(table.name))?.columns.map(({ name, type }) => [name, type]))
    const missing = table.columns.find(({ name, type }) => types.get(name) !== type)
    if (missing !== undefined) throw altered(table.name, missing.name, types.get(missing.name))
  }
}

function altered(table: string, column: string, type: string | undefined): MillraceError {
  const found = type === undefined ? 'is gone' : `is ${type}`
  return new MillraceError('schema_conflict', `The table ${table} was altered: its column ${column} ${found}`)
}

/** The destination went back to its last checkpoint while it was loaded: what is missing must be read from the log again. */
function positionLost({ partition, start }: LogRange, position: bigint): MillraceError {
  return new MillraceError('position_lost', `Partition ${partition} is at ${position}, before ${start}`, {
    hint: 'Claim the partition again and go on from its position.',
  })
}
