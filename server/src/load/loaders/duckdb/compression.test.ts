import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, it } from 'vitest'
import { emptyBooks, type Table } from '../../../rows.ts'
import { fakeBatch } from '../../fake-batch.ts'
import type { Destination } from '../../loader.ts'
import { duckdb } from '../duckdb.ts'
import { fakeFolder, rememberingLogger } from './fake-folder.ts'

const table: Table = {
  name: 'events',
  columns: [
    { name: '_id', type: 'VARCHAR' },
    { name: '_input', type: 'VARCHAR' },
    { name: 'text', type: 'VARCHAR' },
  ],
}

const open = (path: string) =>
  duckdb.open(duckdb.settings.parse({ path }), new AbortController().signal, rememberingLogger())

async function write(destination: Destination, rows: (string | null)[][], into = table): Promise<void> {
  const start = await destination.claim(0)
  await destination.evolve(into)
  const range = { partition: 0, start, end: start + BigInt(rows.length) }
  await destination.write([fakeBatch(into, rows)], range, emptyBooks)
}

async function ask(destination: Destination, sql: string): Promise<readonly (readonly unknown[])[]> {
  return (await destination.query({ sql, rowsMax: 100_000, timeoutMs: 60_000 })).rows
}

async function waysOf(destination: Destination) {
  const sql = `SELECT DISTINCT column_name, compression FROM pragma_storage_info('events')
    WHERE segment_type = 'VARCHAR' ORDER BY ALL`
  return (await ask(destination, sql)).map(([column, way]) => `${column} ${way}`)
}

/** Few ids and many inputs: what DuckDB by itself would compress the other way round. */
function untypicalRows(count: number): string[][] {
  return Array.from({ length: count }, (_, row) => {
    const many = `${(row * 7919) % 99_991}`.repeat(3)
    return [`id ${row % 3}`, many, many]
  })
}

it('ids are compressed by symbols, labels by a dictionary, without a look at which is smaller', async () => {
  const path = join(await fakeFolder(), 'a.duckdb')
  const destination = await open(path)
  await write(destination, untypicalRows(60_000))
  const ways = await waysOf(destination)
  expect(ways.slice(0, 2)).toEqual(['_id FSST', '_input Dictionary'])
  expect(ways).not.toContain('text Dictionary') // of the same values as `_input`
  await destination.close()
})

it('so they are after a replay of the write-ahead log, and in a copy of the table that a wider column made', async () => {
  const path = join(await fakeFolder(), 'a.duckdb')
  const first = await open(path)
  await write(first, untypicalRows(5_000))
  await copyFile(path, `${path}.killed`)
  await copyFile(`${path}.wal`, `${path}.killed.wal`)
  await first.close()
  const destination = await open(`${path}.killed`)
  expect((await waysOf(destination)).slice(0, 2)).toEqual(['_id FSST', '_input Dictionary'])
  const wider = { ...table, columns: table.columns.with(2, { name: 'text', type: 'JSON' }) }
  await destination.evolve(wider)
  await destination.makeDurable()
  expect((await waysOf(destination)).slice(0, 2)).toEqual(['_id FSST', '_input Dictionary'])
  await destination.close()
})

it('texts that neither way takes are kept as they are', async () => {
  const path = join(await fakeFolder(), 'a.duckdb')
  const rows = [
    [null, null, 'a'],
    ['', '', 'b'],
    ...['é'.repeat(40_000), 'x'.repeat(9_000)].map((long) => [long, long, 'c']),
  ]
  const destination = await open(path)
  await write(destination, rows)
  await destination.close()
  const again = await open(path)
  expect(await ask(again, 'SELECT * FROM events ORDER BY text, length(_id) DESC')).toEqual(rows)
  await again.close()
})

it('a file of a newer format takes tables, too', async () => {
  const path = join(await fakeFolder(), 'a.duckdb')
  const made = await DuckDBInstance.create(':memory:')
  const connection = await made.connect()
  await connection.run(`ATTACH '${path}' AS newer (STORAGE_VERSION 'v1.5.0', BLOCK_SIZE 32768)`)
  connection.closeSync()
  made.closeSync()
  const destination = await open(path)
  await write(destination, [['a', 'b', 'c']])
  expect(await ask(destination, 'SELECT * FROM events')).toEqual([['a', 'b', 'c']])
  await destination.close()
})
