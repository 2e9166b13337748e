import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { emptyBooks, type Table } from '../../../rows.ts'
import { fakeBatch } from '../../fake-batch.ts'
import { duckdb } from '../duckdb.ts'
import { checkpointLimits } from './checkpoints.ts'
import { openDatabase } from './database.ts'
import { fakeFolder, rememberingLogger } from './fake-folder.ts'

const table: Table = { name: 'events', columns: [{ name: 'id', type: 'BIGINT' }] }
const { signal } = new AbortController()
const { bytes } = checkpointLimits

afterEach(() => {
  checkpointLimits.bytes = bytes
})

async function loading() {
  const path = join(await fakeFolder(), 'a.duckdb')
  const logger = rememberingLogger()
  const destination = await duckdb.open(duckdb.settings.parse({ path }), signal, logger)
  await destination.claim(0)
  await destination.evolve(table)
  let next = 0n
  /** Ten rows more. */
  const write = async () => {
    const rows = Array.from({ length: 10 }, (_, index) => [next + BigInt(index)])
    await destination.write([fakeBatch(table, rows)], { partition: 0, start: next, end: next + 10n }, emptyBooks)
    next += 10n
  }
  const ask = (sql: string) => destination.query({ sql, rowsMax: 1, timeoutMs: 10_000 })
  return { path, destination, logger, write, ask }
}

describe('the durable position', () => {
  it('is what the file holds without its write-ahead log, whatever was committed since', async () => {
    const { path, destination, write } = await loading()
    checkpointLimits.bytes = 160 // the first range, since the new table's columns count, and every second one after it
    for (let round = 0; round < 5; round++) {
      await write()
      await destination.books(0) // behind the checkpoint, where one was due
      const durable = await destination.durablePosition(0)
      const copy = `${path}.copy-${round}`
      await copyFile(path, copy)
      const left = await duckdb.open(duckdb.settings.parse({ path: copy }), signal)
      expect((await left.books(0)).position).toBe(durable)
      await left.close()
    }
    expect(await destination.durablePosition(0)).toBe(50n)
    await destination.close()
  })

  it('moves on when somebody needs it, and is told', async () => {
    const { destination, write } = await loading()
    let told = 0
    destination.onDurable(() => void told++)
    await write()
    expect([await destination.durablePosition(0), told]).toEqual([0n, 0])
    await destination.makeDurable()
    expect([await destination.durablePosition(0), told]).toEqual([10n, 1])
    await destination.close()
  })

  it('moves on although somebody asks all the time', async () => {
    const { destination, logger, write, ask } = await loading()
    checkpointLimits.bytes = 1
    let isDone = false
    const askers = [1, 2, 3].map(async () => {
      while (!isDone) await ask('SELECT count(*) FROM events')
    })
    for (let round = 0; round < 10; round++) await write()
    await expect.poll(() => destination.durablePosition(0)).toBe(100n)
    isDone = true
    await Promise.all(askers)
    expect(logger.lines).toEqual([])
    await destination.close()
  })
})

describe('a destination that fell back while it was loaded', () => {
  it.each([
    { what: 'behind the last commits', sql: 'UPDATE _millrace.partitions SET position = 10' },
    { what: 'behind the claim', sql: 'UPDATE _millrace.partitions SET position = 0, epoch = 5' },
    { what: 'to its beginning', sql: 'DELETE FROM _millrace.partitions' },
  ])('asks for a new claim: $what', async ({ sql }) => {
    const { path, destination, logger, write } = await loading()
    await write()
    await write()
    const stranger = await openDatabase(duckdb.settings.parse({ path }), logger)
    await stranger.writer.run(sql)
    stranger.close()
    await expect(write()).rejects.toMatchObject({ code: 'position_lost' })
    expect(await destination.claim(0)).toBeLessThan(20n)
    await destination.close()
  })
})

describe('close', () => {
  it('does not wait for a query', async () => {
    const { destination, write, ask } = await loading()
    await write()
    const slow = ask(
      'SELECT count(*) FROM range(100000) a, range(100000) b, range(100000) c WHERE a.range + b.range + c.range < 0',
    )
    slow.catch(() => {})
    await pause(100) // until it runs
    const startedAt = performance.now()
    await destination.close()
    expect(performance.now() - startedAt).toBeLessThan(3000)
    await expect(slow).rejects.toMatchObject({ code: 'query_timeout' })
  })

  it('lets what was asked for finish, and answers nothing afterwards', async () => {
    const { destination, write, ask } = await loading()
    const writing = write()
    await destination.close()
    await writing
    await expect(write()).rejects.toMatchObject({ code: 'destination_unavailable' })
    await expect(ask('SELECT 1')).rejects.toMatchObject({ code: 'destination_unavailable' })
  })
})
