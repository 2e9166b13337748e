/**
 * How many rows tables have. A count takes DuckDB half a millisecond, however few the rows, and there may be thousands of tables: only
 * those are counted that were written to since, which nobody does but the destination.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { TableStatus } from '../../../query.ts'
import type { Table } from '../../../rows.ts'
import type { Destination } from '../../loader.ts'
import { readTables } from './catalog.ts'
import { readDerived } from './derived.ts'
import { foldCase, quoteName } from './sql.ts'

/** Of one statement: DuckDB takes fewer than 1,000, and plans many more slowly than one by one. */
const countsAtOnce = 50

type Read = <T>(job: (connection: DuckDBConnection) => Promise<T>) => Promise<T>

/** The destination with `tables`. */
export function withRowCounts(destination: Omit<Destination, 'tables'>, read: Read): Destination {
  /** By the name in lower case. */
  const known = new Map<string, number>()
  /** When a table was written to last, and all of them, on a clock that counts writes. */
  const writtenAt = new Map<string, number>()
  let allWrittenAt = 0
  let clock = 0

  const written = (names: readonly string[]): void => {
    clock++
    for (const key of names.map(foldCase)) {
      known.delete(key)
      writtenAt.set(key, clock)
    }
  }

  const allWritten = (): void => {
    allWrittenAt = ++clock
    known.clear()
    writtenAt.clear()
  }

  /** Without names: any may have been written to. One that fails may have been carried out, and the file may be an older one now. */
  const after = async <T>(work: Promise<T>, names?: readonly string[]): Promise<T> => {
    try {
      const result = await work
      if (names === undefined) allWritten()
      else written(names)
      return result
    } catch (error) {
      allWritten()
      throw error
    }
  }

  return {
    ...destination,
    claim: (partition) => after(destination.claim(partition)),
    write: (batches, range, books, aside) => {
      const names = aside === undefined ? batches.map(({ table }) => table.name) : undefined
      return after(destination.write(batches, range, books, aside), names)
    },
    replace: (...given) => after(destination.replace(...given)),
    statement: (...given) => after(destination.statement(...given)),
    dropTable: (name) => after(destination.dropTable(name), [name]),
    tables: ({ countsAnew = false } = {}) =>
      read(async (connection) => {
        const began = clock
        const counts = new Map(countsAnew ? [] : known)
        const tables = await readTables(connection)
        const missing = [...tables].filter(([key]) => !counts.has(key))
        for await (const [key, count] of countRows(connection, missing)) {
          counts.set(key, count)
          if (Math.max(writtenAt.get(key) ?? 0, allWrittenAt) <= began) known.set(key, count)
        }
        const derived = await readDerived(connection)
        const statusOf = ([key, table]: [string, Table]): TableStatus => ({
          ...table,
          rowCount: counts.get(key)!,
          isDerived: derived.has(key),
        })
        return [...tables].map(statusOf)
      }),
  }
}

async function* countRows(connection: DuckDBConnection, tables: readonly [key: string, Table][]) {
  for (let start = 0; start < tables.length; start += countsAtOnce) {
    const some = tables.slice(start, start + countsAtOnce)
    const sql = `SELECT ${some.map(([, { name }]) => `(SELECT count(*) FROM main.${quoteName(name)})`).join(', ')}`
    const [row] = (await connection.runAndReadAll(sql)).getRows()
    for (const [index, [key]] of some.entries()) yield [key, Number(row![index])] as const
  }
}
