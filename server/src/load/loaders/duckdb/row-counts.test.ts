import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { emptyBooks } from '../../../rows.ts'
import { fakeBatch } from '../../fake-batch.ts'
import type { Destination } from '../../loader.ts'
import { createDerived } from './derived.ts'
import { systemSchema } from './partitions.ts'
import { withRowCounts } from './row-counts.ts'

let instance: DuckDBInstance
let connection: DuckDBConnection
/** How many tables were counted. */
let counted = 0
/** What happens in the middle of a count. */
let meanwhile = async (): Promise<void> => {}

beforeEach(async () => {
  instance = await DuckDBInstance.create(':memory:')
  connection = await instance.connect()
  await connection.run(`CREATE SCHEMA ${systemSchema}`)
  await createDerived(connection)
  counted = 0
  meanwhile = async () => {}
})
afterEach(() => {
  connection.closeSync()
  instance.closeSync()
})

const table = (name: string) => ({ name, columns: [{ name: 'n', type: 'BIGINT' as const }] })
const range = { partition: 0, start: 0n, end: 1n }

/** Writes nothing else than a row into each table. */
function open({ fails = false } = {}): Destination {
  const insert = (name: string) => connection.run(`INSERT INTO ${name} VALUES (1)`)
  const inner = {
    async write(batches) {
      if (fails) throw new Error('gave up')
      for (const { table } of batches) await insert(table.name)
    },
    replace: () => insert('a').then(() => undefined),
    statement: () => insert('b').then(() => ({ rowCount: 1 })),
    async dropTable(name) {
      await connection.run(`DROP TABLE ${name}`)
      return 0
    },
  } as Partial<Destination> as Destination
  const watched = new Proxy(connection, {
    get: (target, name) => {
      if (name !== 'runAndReadAll') return Reflect.get(target, name)
      return async (sql: string) => {
        const reader = await target.runAndReadAll(sql)
        const counts = sql.split('count(*)').length - 1
        counted += counts
        if (counts > 0) await meanwhile()
        return reader
      }
    },
  })
  return withRowCounts(inner, (job) => job(watched))
}

const write = (destination: Destination, ...names: string[]) =>
  destination.write(
    names.map((name) => fakeBatch(table(name), [[1n]])),
    range,
    emptyBooks,
  )

async function rows(destination: Destination, options?: { countsAnew: boolean }): Promise<Record<string, number>> {
  return Object.fromEntries((await destination.tables(options)).map(({ name, rowCount }) => [name, rowCount]))
}

it('counts a table once, and again only where it was written to', async () => {
  await connection.run('CREATE TABLE a (n BIGINT); CREATE TABLE B (n BIGINT)')
  const destination = open()
  expect(await rows(destination)).toEqual({ a: 0, B: 0 })
  expect(counted).toBe(2)
  await write(destination, 'b')
  expect(await rows(destination)).toEqual({ a: 0, B: 1 })
  expect(counted).toBe(3)
  expect(await rows(destination)).toEqual({ a: 0, B: 1 })
  expect(counted).toBe(3)
})

it('counts all anew after what may have written anywhere, after what failed, and where that is asked for', async () => {
  await connection.run('CREATE TABLE a (n BIGINT); CREATE TABLE b (n BIGINT)')
  const destination = open()
  await rows(destination)
  await destination.replace({} as never, range, emptyBooks)
  expect(await rows(destination)).toEqual({ a: 1, b: 0 })
  await destination.statement({} as never, new AbortController().signal)
  expect(await rows(destination)).toEqual({ a: 1, b: 1 })
  await connection.run('DELETE FROM a') // as when an older file was opened again
  expect(await rows(destination)).toEqual({ a: 1, b: 1 })
  expect(await rows(destination, { countsAnew: true })).toEqual({ a: 0, b: 1 })

  const failing = open({ fails: true })
  await rows(failing)
  await connection.run('DELETE FROM b')
  await expect(write(failing, 'a')).rejects.toThrow('gave up')
  expect(await rows(failing)).toEqual({ a: 0, b: 0 })
})

it('a table that is dropped and made again is counted again', async () => {
  await connection.run('CREATE TABLE a AS SELECT 7::BIGINT AS n')
  const destination = open()
  expect(await rows(destination)).toEqual({ a: 1 })
  await destination.dropTable('a')
  expect(await rows(destination)).toEqual({})
  await connection.run('CREATE TABLE a (n BIGINT)')
  expect(await rows(destination)).toEqual({ a: 0 })
})

it('a count that was overtaken by a write is not kept', async () => {
  await connection.run('CREATE TABLE a (n BIGINT)')
  const destination = open()
  meanwhile = () => write(destination, 'a')
  expect(await rows(destination)).toEqual({ a: 0 })
  meanwhile = async () => {}
  expect(await rows(destination)).toEqual({ a: 1 })
})

it('takes more tables than DuckDB takes in one statement', async () => {
  const names = Array.from({ length: 1_050 }, (_, place) => `t${place}`)
  await connection.run(names.map((name) => `CREATE TABLE ${name} (n BIGINT)`).join(';'))
  const tables = await open().tables()
  expect(tables.length).toBe(names.length)
  expect(tables.every(({ rowCount }) => rowCount === 0)).toBe(true)
})
