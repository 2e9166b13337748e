/** Changes of a PostgreSQL by logical replication: nothing lost, nothing doubled, and what is told where that cannot be. */
import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCuttingProxy } from '../../../../test/servers/cutting-proxy.ts'
import { type PostgresServer, startPostgres } from '../../../../test/servers/postgres.ts'
import type { SourceState } from '../../sources.ts'
import { type Connector, NotRetryable } from '../connector.ts'
import { type ReadOptions, type Row, read as readAny } from './database/read.fixture.ts'
import { postgres } from './postgres.ts'

const connector = postgres as unknown as Connector
let server: PostgresServer
let databases = 0

beforeAll(async () => {
  server = await startPostgres()
}, 120_000)
afterAll(() => server[Symbol.asyncDispose]())

async function openDatabase(sql: string) {
  const name = `changes_${++databases}`
  await server.query(`CREATE DATABASE ${name}`)
  await server.query(sql, name)
  const settings = {
    ...{ url: server.url(name), encryption: 'off', mode: 'cdc', tables: ['t'] },
    ...{ slot: `slot_${databases}`, publication: 'Millrace "x"' },
  }
  return {
    slot: settings.slot,
    run: (statement: string) => server.query(statement, name),
    read: (state: SourceState = {}, more: object = {}, options: ReadOptions = {}) =>
      readAny(connector, { ...settings, ...more }, { ...options, state }),
  }
}

const without = ({ _lsn, _seq, ...row }: Row) => row
const table =
  "CREATE TABLE t (id int PRIMARY KEY, x text, n numeric(20,4), a int[]); INSERT INTO t VALUES (1, 'a', 1.5, '{1,2}'), (2, 'b', NULL, NULL)"

test('first what is there, then every change, in its order', async () => {
  const { run, read } = await openDatabase(table)
  const first = await read()
  expect(first.error).toBeUndefined()
  expect(first.rows.map(without)).toEqual([
    { id: 1, x: 'a', n: '1.5000', a: [1, 2], _op: 'snapshot' },
    { id: 2, x: 'b', n: null, a: null, _op: 'snapshot' },
  ])
  await run(`BEGIN; INSERT INTO t VALUES (3, E'c\\\\ "\\n', 12345678901234.5, '{NULL,4}'); UPDATE t SET x = 'A' WHERE id = 1; COMMIT;
    UPDATE t SET id = 20 WHERE id = 2; DELETE FROM t WHERE id = 1;`)
  const second = await read(first.state)
  expect(second.rows.map(without)).toEqual([
    { id: 3, x: 'c\\ "\n', n: '12345678901234.5000', a: [null, 4], _op: 'insert' },
    { id: 1, x: 'A', n: '1.5000', a: [1, 2], _op: 'update' },
    { id: 2, _op: 'delete' },
    { id: 20, x: 'b', n: null, a: null, _op: 'update' },
    { id: 1, _op: 'delete' },
  ])
  const places = [...first.rows, ...second.rows].map(({ _lsn, _seq }) => `${_lsn} ${String(_seq).padStart(6, '0')}`)
  expect(places.slice(1)).toEqual(places.slice(1).toSorted())
  expect(second.drafts.every(({ time }) => Math.abs(time! - Date.now()) < 600_000)).toBe(true)
  await run('TRUNCATE t')
  const third = await read(second.state)
  expect(third.rows.map(without)).toEqual([{ _op: 'truncate' }])
  expect((await read(third.state)).rows).toEqual([])
})

test('what the server may forget is told to it only when the page is kept', async () => {
  const { run, read, slot } = await openDatabase(table)
  const confirmed = async () =>
    (
      await server.query(
        `SELECT confirmed_flush_lsn::text AS lsn FROM pg_replication_slots WHERE slot_name = '${slot}'`,
      )
    )[0]?.['lsn']
  const { state } = await read()
  const before = await confirmed()
  await run("INSERT INTO t VALUES (3, 'c')")
  const broken = await read(state, {}, { onPage: () => Promise.reject(new Error('the disk is full')) })
  expect(broken.error?.message).toBe('the disk is full')
  expect(await confirmed()).toBe(before)
  const again = await read(state)
  expect(again.rows.map(without)).toMatchObject([{ id: 3, _op: 'insert' }])
  expect(await confirmed()).not.toBe(before)
})

test('a transaction of several pages goes on in its middle, with the same ids', async () => {
  const { run, read } = await openDatabase(table)
  const { state } = await read()
  await run("INSERT INTO t SELECT i, 'x' FROM generate_series(3, 25002) i")
  const whole = await read(state, {}, { pagesMax: 1 })
  expect(whole.rows.length).toBeLessThan(25_000)
  const rest = await read(whole.state)
  expect(new Set([...whole.ids, ...rest.ids]).size).toBe(25_000)
  expect(whole.rows.length + rest.rows.length).toBe(25_000)
})

test('changes while the tables are read come once: the reading is of one moment', async () => {
  const { run, read } = await openDatabase(
    "CREATE TABLE t (id int PRIMARY KEY, x text); INSERT INTO t SELECT i, 'old' FROM generate_series(1, 25000) i",
  )
  const first = await read(
    {},
    {},
    {
      onPage: async (page) => {
        if (page === 1)
          await run("UPDATE t SET x = 'new' WHERE id IN (1, 25000); INSERT INTO t VALUES (0, 'new'), (30000, 'new')")
      },
    },
  )
  const { rows } = first
  expect(rows.filter(({ _op }) => _op === 'snapshot')).toHaveLength(25_000)
  expect(rows.filter(({ _op }) => _op === 'snapshot').every(({ x }) => x === 'old')).toBe(true)
  expect(rows.filter(({ _op }) => _op !== 'snapshot').map(({ id, _op }) => [id, _op])).toEqual([
    [1, 'update'],
    [25_000, 'update'],
    [0, 'insert'],
    [30_000, 'insert'],
  ])
})

test('a reading of the tables that breaks off goes on, and leads to what is there', async () => {
  const { run, read } = await openDatabase(
    "CREATE TABLE t (id int PRIMARY KEY, x text); INSERT INTO t SELECT i, 'old' FROM generate_series(1, 25000) i",
  )
  const first = await read({}, {}, { pagesMax: 2 })
  await run("UPDATE t SET x = 'new' WHERE id % 5000 = 0; DELETE FROM t WHERE id = 1")
  const rest = await read(first.state)
  expect(rest.error).toBeUndefined()
  const rows = new Map<unknown, unknown>()
  for (const { id, x, _op } of [...first.rows, ...rest.rows]) {
    if (_op === 'delete') rows.delete(id)
    else rows.set(id, x)
  }
  expect(rows.size).toBe(24_999)
  expect([...rows].filter(([, x]) => x === 'new').map(([id]) => id)).toEqual([5_000, 10_000, 15_000, 20_000, 25_000])
})

test('a large value that an update leaves as it is is not in its row, unless the table tells whole rows', async () => {
  const { run, read } = await openDatabase(
    "CREATE TABLE t (id int PRIMARY KEY, x text, y int); ALTER TABLE t ALTER x SET STORAGE EXTERNAL; INSERT INTO t VALUES (1, repeat('x', 9000), 1)",
  )
  const { state } = await read()
  await run('UPDATE t SET y = 2')
  const second = await read(state)
  expect(second.rows.map(without)).toEqual([{ id: 1, y: 2, _op: 'update' }])
  await run('ALTER TABLE t REPLICA IDENTITY FULL; UPDATE t SET y = 3; DELETE FROM t')
  const third = await read(second.state)
  expect(third.rows.map(without)).toEqual([
    { id: 1, x: 'x'.repeat(9_000), y: 3, _op: 'update' },
    { id: 1, x: 'x'.repeat(9_000), y: 3, _op: 'delete' },
  ])
})

test('columns that come or go between two changes come or go in the rows', async () => {
  const { run, read } = await openDatabase(table)
  const { state } = await read()
  await run(
    "ALTER TABLE t ADD more timestamptz; INSERT INTO t (id, more) VALUES (3, '2024-01-01 00:00:00+00'); ALTER TABLE t DROP x; INSERT INTO t (id) VALUES (4)",
  )
  const { rows } = await read(state)
  expect(rows.map(without)).toEqual([
    { id: 3, x: null, n: null, a: null, more: '2024-01-01T00:00:00Z', _op: 'insert' },
    { id: 4, n: null, a: null, more: null, _op: 'insert' },
  ])
})

test('a table that joins later is read as it is, and then its changes', async () => {
  const { run, read } = await openDatabase(`${table}; CREATE TABLE u (id int PRIMARY KEY); INSERT INTO u VALUES (1)`)
  const { state } = await read()
  const second = await read(state, { tables: ['t', 'u'] })
  expect(second.rows.map(without)).toEqual([{ id: 1, _op: 'snapshot' }])
  await run('INSERT INTO u VALUES (2); INSERT INTO t VALUES (9)')
  const third = await read(second.state, { tables: ['t', 'u'] })
  expect(third.drafts.map(({ type }) => type)).toEqual(['u', 't'])
})

test('a slot that is gone is said, and after a reset all is read again', async () => {
  const { run, read, slot } = await openDatabase(table)
  const { state } = await read()
  await run(`SELECT pg_drop_replication_slot('${slot}'); INSERT INTO t VALUES (3, 'lost')`)
  const lost = await read(state)
  expect(lost.error).toBeInstanceOf(NotRetryable)
  expect(lost.error?.message).toMatch(/is gone.*Reset the source/)
  expect(lost.rows).toEqual([])
  // Made again by somebody, under the same name: what was between is lost all the same.
  await run(`SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`)
  expect((await read(state)).error?.message).toMatch(/Reset the source/)
  const again = await read({})
  expect(again.error).toBeUndefined()
  expect(again.rows.map(({ id, _op }) => [id, _op])).toEqual([
    [1, 'snapshot'],
    [2, 'snapshot'],
    [3, 'snapshot'],
  ])
  await run('INSERT INTO t VALUES (4)')
  expect((await read(again.state)).rows.map(({ id }) => id)).toEqual([4])
})

test('what changes cannot be read from is said', async () => {
  const { run, read, slot } = await openDatabase(
    `${table}; CREATE VIEW v AS SELECT * FROM t; CREATE TABLE w (_op int PRIMARY KEY)`,
  )
  expect((await read({}, { tables: ['v'] })).error?.message).toMatch(/v is no table/)
  expect((await read({}, { tables: ['w'] })).error?.message).toMatch(/names _op/)
  await run(`SELECT pg_create_logical_replication_slot('${slot}', 'test_decoding')`)
  expect((await read()).error?.message).toMatch(/another plugin or database/)
  await run(`SELECT pg_drop_replication_slot('${slot}')`)
  await using quiet = await startPostgres(['wal_level=replica'])
  const { error } = await read({}, { url: quiet.url() })
  expect(error).toBeInstanceOf(NotRetryable)
  expect(error?.message).toMatch(/wal_level is replica/)
}, 120_000)

test('how much the server keeps for the slot is in the log of the job', async () => {
  const { read, slot } = await openDatabase(table)
  const { told } = await read((await read()).state)
  expect(
    told.find(({ message, fields }) => message === 'the replication slot' && fields['slot'] === slot)?.fields[
      'keptBytes'
    ],
  ).toBeGreaterThanOrEqual(0)
})

test('random transactions, over a connection that is cut: what came leads to what is there', async () => {
  const { run, read } = await openDatabase('CREATE TABLE t (id int PRIMARY KEY, x text)')
  let state: SourceState = {}
  const rows = new Map<unknown, unknown>()
  const ids = new Set<string>()
  const seed = randomInt(1_000_000)
  await run(`SELECT setseed(${seed / 1_000_000})`)
  for (let round = 0; round < 12; round++) {
    await run(`DO $$ BEGIN FOR i IN 1..40 LOOP
      INSERT INTO t SELECT (random() * 300)::int, repeat('${round}', (random() * 3000)::int) ON CONFLICT (id) DO UPDATE SET x = excluded.x;
      IF random() < 0.3 THEN DELETE FROM t WHERE id = (random() * 300)::int; END IF;
      IF random() < 0.1 THEN UPDATE t SET id = id + 1000 WHERE id = (SELECT min(id) FROM t) AND NOT EXISTS (SELECT FROM t u WHERE u.id = t.id + 1000); END IF;
    END LOOP; END $$`)
    await using proxy = await openCuttingProxy(server.port, round % 3 === 0 ? 40_000 : 1e9)
    const url = new URL(server.url(`changes_${databases}`))
    url.port = `${proxy.port}`
    const result = await read(state, { url: url.href })
    state = result.state
    for (const [index, { id, x, _op }] of result.rows.entries()) {
      if (ids.has(result.ids[index]!)) continue
      ids.add(result.ids[index]!)
      if (_op === 'delete') rows.delete(id)
      else rows.set(id, x)
    }
  }
  const last = await read(state)
  for (const [index, { id, x, _op }] of last.rows.entries()) {
    if (ids.has(last.ids[index]!)) continue
    if (_op === 'delete') rows.delete(id)
    else rows.set(id, x)
  }
  const there = await run('SELECT id, x FROM t')
  const shown = (all: readonly (readonly [unknown, unknown])[]) =>
    Object.fromEntries(all.map(([id, x]) => [String(id), `${String(x).length} of ${String(x)[0]}`]))
  expect(shown([...rows]), `seed ${seed}`).toEqual(shown(there.map(({ id, x }) => [id, x])))
}, 240_000)
