/**
 * The table in which the destination keeps how far each partition is: position, fencing epoch and books, one row each.
 *
 *   _millrace.partitions (partition, position, epoch, received, resent, split, dropped, discarded, loaded, restreamed, duplicate,
 *   replaced)
 *   _millrace.gaps (partition, start, end, events, noted_at): between these offsets so many hold no event that was loaded, because a
 *   repair of the log gave them up or a loss was accepted; the position is what was received and these. Noted at: ms since 1970 UTC
 *
 * They change in the transaction that writes the rows, so that position, books and rows are always of one moment.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { MillraceError } from '../../../errors.ts'
import { type Books, emptyBooks, type LogRange } from '../../../rows.ts'
import { inTransaction } from './transaction.ts'

export const systemSchema = '_millrace'

const bookNames = Object.keys(emptyBooks) as (keyof Books)[]

/** Books that files of older versions do not keep yet. */
const laterBooks: readonly (keyof Books)[] = ['replaced']

export async function createPartitions(connection: DuckDBConnection): Promise<void> {
  const books = bookNames.map((name) => `${name} BIGINT NOT NULL DEFAULT 0`)
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${systemSchema}`)
  await connection.run(
    `CREATE TABLE IF NOT EXISTS ${systemSchema}.partitions (partition INTEGER NOT NULL, position BIGINT NOT NULL, epoch BIGINT NOT NULL, ${books.join(', ')})`,
  )
  for (const name of laterBooks)
    await connection.run(`ALTER TABLE ${systemSchema}.partitions ADD COLUMN IF NOT EXISTS ${name} BIGINT DEFAULT 0`)
  await connection.run(
    `CREATE TABLE IF NOT EXISTS ${systemSchema}.gaps (partition INTEGER NOT NULL, start BIGINT NOT NULL, "end" BIGINT NOT NULL, events BIGINT NOT NULL, noted_at BIGINT NOT NULL)`,
  )
}

export interface Claim {
  readonly position: bigint
  readonly epoch: bigint
}

/** Raises the partition's epoch. It is never one that was given out before, not even to somebody whose claim was lost with a WAL. */
export function claimPartition(connection: DuckDBConnection, partition: number, now: number): Promise<Claim> {
  return inTransaction(connection, async () => {
    const held = await readClaim(connection, partition)
    if (held === undefined)
      await connection.run(`INSERT INTO ${systemSchema}.partitions (partition, position, epoch) VALUES ($1, 0, $2)`, [
        partition,
        BigInt(now),
      ])
    else
      await connection.run(
        `UPDATE ${systemSchema}.partitions SET epoch = greatest(epoch + 1, $2) WHERE partition = $1`,
        [partition, BigInt(now)],
      )
    return (await readClaim(connection, partition))!
  })
}

export async function readClaim(connection: DuckDBConnection, partition: number): Promise<Claim | undefined> {
  const [row] = await rows(
    connection,
    `SELECT position, epoch FROM ${systemSchema}.partitions WHERE partition = $1`,
    partition,
  )
  return row && { position: row[0] as bigint, epoch: row[1] as bigint }
}

/** Moves the position over the range and adds its books. @throws MillraceError `fenced` unless position and epoch are as expected. */
export async function advance(
  connection: DuckDBConnection,
  { partition, start, end }: LogRange,
  epoch: bigint,
  books: Books,
): Promise<void> {
  // Replaced, not updated: where memory is short as an update is committed, DuckDB 1.5 may crash (duckdb/duckdb#26019).
  const removed = await connection.runAndReadAll(
    `DELETE FROM ${systemSchema}.partitions WHERE partition = $1 AND position = $2 AND epoch = $3
     RETURNING ${bookNames.join(', ')}`,
    [partition, start, epoch],
  )
  const [held] = removed.getRows()
  if (held === undefined) throw fenced(partition)
  await connection.run(
    `INSERT INTO ${systemSchema}.partitions (partition, position, epoch, ${bookNames.join(', ')})
     VALUES ($1, $2, $3, ${bookNames.map((_, index) => `$${index + 4}`).join(', ')})`,
    [partition, end, epoch, ...bookNames.map((name, index) => (held[index] as bigint) + BigInt(books[name]))],
  )
  await noteGap(connection, { partition, start, end }, end - start - BigInt(books.received))
}

/** Moves the position over events that are lost, and notes that they are. Nothing where it lies there already. */
export async function skipTo(connection: DuckDBConnection, partition: number, end: bigint): Promise<void> {
  await inTransaction(connection, async () => {
    const held = await readClaim(connection, partition)
    if (held === undefined || held.position >= end) return
    await connection.run(`UPDATE ${systemSchema}.partitions SET position = $2 WHERE partition = $1`, [partition, end])
    await noteGap(connection, { partition, start: held.position, end }, end - held.position)
  })
}

async function noteGap(
  connection: DuckDBConnection,
  { partition, start, end }: LogRange,
  events: bigint,
): Promise<void> {
  if (events <= 0n) return
  await connection.run(`INSERT INTO ${systemSchema}.gaps VALUES ($1, $2, $3, $4, $5)`, [
    partition,
    start,
    end,
    events,
    BigInt(Date.now()),
  ])
}

/** Offsets before the position that hold no event which was received. */
export async function readSkipped(connection: DuckDBConnection, partition: number): Promise<bigint> {
  const sql = `SELECT coalesce(sum(events), 0)::BIGINT FROM ${systemSchema}.gaps WHERE partition = $1`
  const [row] = await rows(connection, sql, partition)
  return row![0] as bigint
}

export function fenced(partition: number): MillraceError {
  return new MillraceError('fenced', `Partition ${partition} has been claimed by somebody else`, {
    hint: 'Only one process may load a partition: stop the other one, or this one.',
  })
}

export async function readBooks(
  connection: DuckDBConnection,
  partition: number,
): Promise<{ position: bigint; books: Books }> {
  const [row] = await rows(
    connection,
    `SELECT position, ${bookNames.join(', ')} FROM ${systemSchema}.partitions WHERE partition = $1`,
    partition,
  )
  if (row === undefined) return { position: 0n, books: { ...emptyBooks } }
  const [position, ...sums] = row as bigint[]
  const books = Object.fromEntries(bookNames.map((name, index) => [name, Number(sums[index])]))
  return { position: position!, books: books as unknown as Books }
}

/** The position of every partition, by its number. */
export async function readPositions(connection: DuckDBConnection): Promise<Map<number, bigint>> {
  const found = await rows(connection, `SELECT partition, position FROM ${systemSchema}.partitions`)
  return new Map(found.map(([partition, position]) => [partition as number, position as bigint]))
}

async function rows(connection: DuckDBConnection, sql: string, ...values: number[]) {
  return (await connection.runAndReadAll(sql, values)).getRows()
}
