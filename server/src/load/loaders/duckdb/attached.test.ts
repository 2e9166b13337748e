import { copyFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import { emptyBooks, type Table } from '../../../rows.ts'
import { silentLogger } from '../../../telemetry.ts'
import { fakeBatch } from '../../fake-batch.ts'
import type { Destination } from '../../loader.ts'
import { duckdb } from '../duckdb.ts'
import { groupRows } from './attached.ts'
import { openDatabase } from './database.ts'
import { fakeFolder, rememberingLogger } from './fake-folder.ts'

const table: Table = {
  name: 'events',
  columns: [
    { name: 'id', type: 'BIGINT' },
    { name: 'text', type: 'VARCHAR' },
  ],
}
const keyed: Table = { ...table, primaryKey: ['id'] }
const { signal } = new AbortController()

const open = (path: string) => duckdb.open(duckdb.settings.parse({ path }), signal, rememberingLogger())

/** A destination, and a way to write so many rows more, whose ids go on from the last. */
async function loading(path: string, into = table) {
  const destination = await open(path)
  let next = await destination.claim(0)
  await destination.evolve(into)
  const write = async (count: number, firstId = Number(next)) => {
    const rows = Array.from({ length: count }, (_, index) => [
      BigInt(firstId + index),
      `text ${(index * 7919) % 99991}`,
    ])
    const end = next + BigInt(count)
    await destination.write([fakeBatch(into, rows)], { partition: 0, start: next, end }, emptyBooks)
    next = end
  }
  return { destination, write }
}

async function held(destination: Destination): Promise<readonly unknown[]> {
  const sql = 'SELECT count(*)::INTEGER, count(DISTINCT id)::INTEGER, min(id)::INTEGER, max(id)::INTEGER FROM events'
  return (await destination.query({ sql, rowsMax: 1, timeoutMs: 60_000 })).rows[0]!
}

async function groupsOf(destination: Destination): Promise<number[]> {
  const sql = `SELECT sum(count)::INTEGER FROM pragma_storage_info('events')
    WHERE column_name = 'id' AND segment_type = 'BIGINT' GROUP BY row_group_id ORDER BY row_group_id`
  return (await destination.query({ sql, rowsMax: 1000, timeoutMs: 60_000 })).rows.map(([count]) => count as number)
}

const walBytes = (path: string) => stat(`${path}.wal`).then(({ size }) => size)

describe('a transaction that fills groups of rows', () => {
  it('goes into the file past the write-ahead log, which others go through', async () => {
    const path = join(await fakeFolder(), 'a.duckdb')
    const { destination, write } = await loading(path)
    await write(groupRows - 1)
    const small = await walBytes(path)
    expect(small).toBeGreaterThan(8 * groupRows)
    await write(2 * groupRows)
    expect((await walBytes(path)) - small).toBeLessThan(100_000)
    expect(await held(destination)).toEqual([3 * groupRows - 1, 3 * groupRows - 1, 0, 3 * groupRows - 2])
    await destination.close()
  })

  it('is there after a kill; without the write-ahead log nothing of it is, and it can be loaded again', async () => {
    const path = join(await fakeFolder(), 'a.duckdb')
    const { destination, write } = await loading(path)
    await write(10)
    await destination.makeDurable()
    await write(2 * groupRows)
    await write(groupRows + 500)
    const all = 10 + 3 * groupRows + 500
    for (const copy of [`${path}.killed`, `${path}.fallen`]) await copyFile(path, copy)
    await copyFile(`${path}.wal`, `${path}.killed.wal`)
    await destination.close()

    const killed = await open(`${path}.killed`)
    expect(await held(killed)).toEqual([all, all, 0, all - 1])
    expect((await killed.books(0)).position).toBe(BigInt(all))
    await killed.close()

    const fallen = await loading(`${path}.fallen`)
    expect(await held(fallen.destination)).toEqual([10, 10, 0, 9])
    await fallen.write(2 * groupRows)
    await fallen.destination.close()
    const again = await open(`${path}.fallen`)
    expect(await held(again)).toEqual([10 + 2 * groupRows, 10 + 2 * groupRows, 0, 9 + 2 * groupRows])
    await again.close()
  })
})

describe('a file whose groups are as large as DuckDB makes them', () => {
  it('is opened with its write-ahead log and loaded further, and DuckDB alone can read what comes of it', async () => {
    const path = join(await fakeFolder(), 'a.duckdb')
    const first = await loading(path)
    await first.write(10)
    await first.destination.close()
    const old = await DuckDBInstance.create(path, { wal_autocheckpoint: '1TB' })
    const connection = await old.connect()
    await connection.run("INSERT INTO events SELECT range, 'x' FROM range(10, 200000)")
    await connection.run('CHECKPOINT')
    await connection.run("INSERT INTO events SELECT range, 'y' FROM range(200000, 200010)")
    await connection.run('UPDATE _millrace.partitions SET position = 200010')
    await copyFile(path, `${path}.old`)
    await copyFile(`${path}.wal`, `${path}.old.wal`)
    connection.closeSync()
    old.closeSync()

    const { destination, write } = await loading(`${path}.old`)
    const [group] = await groupsOf(destination)
    expect(group).toBeGreaterThan(groupRows)
    for (const count of [100, groupRows + 100, 2 * groupRows, 100]) await write(count)
    const all = 200_010 + 3 * groupRows + 300
    expect(await held(destination)).toEqual([all, all, 0, all - 1])
    await destination.close()

    const alone = await DuckDBInstance.create(`${path}.old`)
    const reader = await (await alone.connect()).runAndReadAll('SELECT count(*)::INTEGER, max(id)::INTEGER FROM events')
    expect(reader.getRows()).toEqual([[all, all - 1]])
    alone.closeSync()
    await rm(`${path}.old`)
  })
})

describe('a file whose blocks are of another size, in a newer format', () => {
  /** Makes a file by DuckDB itself, empty and as large as its headers. */
  async function make(path: string, options: string): Promise<void> {
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    await connection.run(`ATTACH '${path}' AS made (${options})`)
    connection.closeSync()
    instance.closeSync()
  }

  it.each([
    ["BLOCK_SIZE 65536, STORAGE_VERSION 'v1.3.0'", 65_536],
    ['BLOCK_SIZE 262144', 262_144],
  ])('is opened, loaded, killed and loaded further as it is: %s', async (options, blockBytes) => {
    const path = join(await fakeFolder(), 'a.duckdb')
    await make(path, options)
    const first = await loading(path)
    await first.write(2 * groupRows)
    await first.destination.makeDurable()
    await first.write(100)
    for (const end of ['', '.wal']) await copyFile(`${path}${end}`, `${path}.killed${end}`)
    await first.destination.close()

    const { destination, write } = await loading(`${path}.killed`)
    await write(groupRows + 100)
    const all = 3 * groupRows + 200
    expect(await held(destination)).toEqual([all, all, 0, all - 1])
    await destination.close()
    expect(await blockBytesOf(`${path}.killed`)).toBe(blockBytes)
  })

  it('while one that is made has blocks of 32 KiB', async () => {
    const path = join(await fakeFolder(), 'a.duckdb')
    await (await open(path)).close()
    expect(await blockBytesOf(path)).toBe(32_768)
  })

  async function blockBytesOf(path: string): Promise<number> {
    const instance = await DuckDBInstance.create(path)
    const connection = await instance.connect()
    const reader = await connection.runAndReadAll('SELECT block_size::INTEGER FROM pragma_database_size()')
    connection.closeSync()
    instance.closeSync()
    return reader.getRows()[0]![0] as number
  }
})

describe('groups that have shrunk', () => {
  /** Whether its checkpoints join them all: whoever opens an open file must want the same of it. */
  async function joinsAll(path: string, destination: Destination): Promise<boolean> {
    await held(destination) // opens the file where it was left
    const settings = { ...duckdb.settings.parse({ path }), joinsGroups: true }
    return openDatabase(settings, silentLogger).then(
      ({ close }) => {
        close()
        return true
      },
      () => false,
    )
  }

  it('are all joined once many rows were replaced, as they are not while rows are only added', async () => {
    const path = join(await fakeFolder(), 'a.duckdb')
    const { destination, write } = await loading(path, keyed)
    for (let round = 0; round < 5; round++) await write(groupRows, round * groupRows)
    await destination.makeDurable()
    expect(await joinsAll(path, destination)).toBe(false)
    for (let round = 0; round < 5; round++) await write(groupRows - 10, round * groupRows)
    await destination.makeDurable()
    expect(await joinsAll(path, destination)).toBe(true)
    await write(1, 0)
    await destination.makeDurable()
    expect((await groupsOf(destination)).length).toBeLessThan(10)
    expect(await held(destination)).toEqual([5 * groupRows, 5 * groupRows, 0, 5 * groupRows - 1])
    await destination.close()
  })
})
