import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type ColumnType, emptyBooks, type Table } from '../../../rows.ts'
import { type LogFields, silentLogger } from '../../../telemetry.ts'
import { fakeBatch } from '../../fake-batch.ts'
import type { Destination } from '../../loader.ts'
import { widenings } from '../../suite/cases.suite.ts'
import { duckdb } from '../duckdb.ts'
import { connect } from './attached.ts'
import { openDatabase } from './database.ts'
import { evolveTable } from './evolve.ts'
import { fakeFolder, rememberingLogger } from './fake-folder.ts'

const { signal } = new AbortController()

function tableOf(index: number, type: ColumnType, ...more: Table['columns']): Table {
  return { name: `t${index}`, columns: [{ name: 'n', type: 'BIGINT' }, { name: 'v', type }, ...more] }
}

async function valuesOf(destination: Destination) {
  const ask = (index: number) =>
    destination.query({ sql: `SELECT v FROM t${index} ORDER BY n`, rowsMax: 100, timeoutMs: 5000 })
  const values = []
  for (const index of widenings.keys()) values.push((await ask(index)).rows.map(([value]) => value))
  return values
}

it('whatever a table became is there again after a crash, by a replay of the write-ahead log', async () => {
  const folder = await fakeFolder()
  const path = join(folder, 'a.duckdb')
  const first = await duckdb.open(duckdb.settings.parse({ path }), signal)
  await first.claim(0)
  const batches = widenings.map(({ from, values }, index) =>
    fakeBatch(
      tableOf(index, from),
      values.map(([value], row) => [BigInt(row), value]),
    ),
  )
  for (const { table } of batches) await first.evolve(table)
  await first.write(batches, { partition: 0, start: 0n, end: 1n }, emptyBooks)
  await first.close()

  const second = await duckdb.open(duckdb.settings.parse({ path }), signal)
  for (const [index, { to }] of widenings.entries())
    await second.evolve(tableOf(index, to, { name: 'added', type: 'JSON' }))
  await copyFile(path, join(folder, 'killed.duckdb'))
  await copyFile(`${path}.wal`, join(folder, 'killed.duckdb.wal'))
  await second.close()

  const logger = rememberingLogger()
  const settings = duckdb.settings.parse({ path: join(folder, 'killed.duckdb') })
  const third = await duckdb.open(settings, signal, logger)
  expect(logger.lines).toEqual([])
  expect(await valuesOf(third)).toEqual(widenings.map(({ values }) => values.map(([, expected]) => expected)))
  const types = new Map((await third.tables()).map(({ name, columns }) => [name, columns.map(({ type }) => type)]))
  for (const [index, { to }] of widenings.entries()) expect(types.get(`t${index}`)).toEqual(['BIGINT', to, 'JSON'])
  await third.close()
})

it('a column that a stranger added survives when the table is copied', async () => {
  const folder = await fakeFolder()
  const destination = await duckdb.open(duckdb.settings.parse({ path: join(folder, 'a.duckdb') }), signal)
  const stranger = { name: 'theirs', type: 'DATE' as const }
  await destination.claim(0)
  await destination.evolve(tableOf(0, 'VARCHAR', stranger))
  await destination.write(
    [fakeBatch(tableOf(0, 'VARCHAR', stranger), [[1n, 'x', 0]])],
    { partition: 0, start: 0n, end: 1n },
    emptyBooks,
  )
  await destination.evolve(tableOf(0, 'JSON', { name: 'added', type: 'BIGINT' }))
  const { rows } = await destination.query({ sql: 'SELECT * FROM t0', rowsMax: 2, timeoutMs: 5000 })
  expect(rows).toEqual([[1, '"x"', '1970-01-01', null]])
  expect((await destination.tables()).length).toBe(1)
  await destination.close()
})

it('a large table that is copied says how far it is, and can be asked meanwhile', async () => {
  const folder = await fakeFolder()
  const settings = duckdb.settings.parse({ path: join(folder, 'a.duckdb') })
  const told: LogFields[] = []
  const logger = { ...silentLogger, info: (_message: string, fields: LogFields = {}) => void told.push(fields) }
  const database = await openDatabase(settings, silentLogger)
  const { writer, instance } = database
  await writer.run('CREATE TABLE t0 AS SELECT range AS n, CAST(range AS DOUBLE) / 8 AS v FROM range(2000000)')
  const copying = evolveTable(writer, tableOf(0, 'JSON'), { logger, tellEveryMs: 50 }).then(() => 'copied')
  const reader = await connect(instance)
  const asked = reader.runAndReadAll('SELECT count(*) FROM t0').then(() => 'asked')
  expect(await Promise.race([copying, asked])).toBe('asked')
  await copying
  const same = await writer.runAndReadAll(
    'SELECT count(*), count(DISTINCT n), bool_and(CAST(v AS DOUBLE) = n / 8), bool_and(rowid = n) FROM t0',
  )
  expect(same.getRows()).toEqual([[2_000_000n, 2_000_000n, true, true]])
  reader.closeSync()
  database.close()
  expect(told.length).toBeGreaterThan(3)
  expect(told[0]).toMatchObject({ table: 't0', durationMs: expect.any(Number) })
  const percents = told.map(({ percent }) => Number(percent))
  expect(percents).toEqual(percents.toSorted((left, right) => left - right))
  expect(new Set(percents).size).toBeGreaterThan(2)
  expect(percents.every((percent) => percent >= 0 && percent < 100)).toBe(true)
  expect(told.at(-1)).toMatchObject({ remainingMs: expect.any(Number) })
})
