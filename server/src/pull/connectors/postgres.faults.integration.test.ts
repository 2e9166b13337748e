/** The PostgreSQL connector when the way to the database, or the database, does not hold. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCuttingProxy } from '../../../../test/servers/cutting-proxy.ts'
import { type PostgresServer, startPostgres } from '../../../../test/servers/postgres.ts'
import { type Connector, NotRetryable } from '../connector.ts'
import { contextOf, read } from './database/read.fixture.ts'
import { postgres } from './postgres.ts'

const connector = postgres as unknown as Connector
const rowCount = 30_000
let server: PostgresServer

beforeAll(async () => {
  server = await startPostgres()
  await server.query(`
    CREATE TABLE t (id int PRIMARY KEY, x text); INSERT INTO t SELECT i, repeat('x', 200) FROM generate_series(1, ${rowCount}) i`)
}, 120_000)
afterAll(() => server[Symbol.asyncDispose]())

const settings = (port = server.port) => ({
  ...{ host: '127.0.0.1', port, database: 'postgres', user: server.user, password: server.password },
  ...{ encryption: 'off', tables: ['t'] },
})

/** Reads until it is done, from the state that is kept, as a job does. */
async function readOn(given: object, tries: number) {
  const rows = new Map<string, unknown>()
  const errors: Error[] = []
  let state = {}
  for (let index = 0; index < tries; index++) {
    const result = await read(connector, given as Record<string, unknown>, { state })
    for (const [at, id] of result.ids.entries()) rows.set(id, result.rows[at])
    state = result.state
    if (result.error === undefined) return { rows, errors }
    errors.push(result.error)
  }
  return { rows, errors }
}

test('a connection that is cut, again and again, is an error that is tried again, and no row is lost or doubled', async () => {
  // Each connection carries a bit more than a page.
  await using proxy = await openCuttingProxy(server.port, 3_000_000)
  const { rows, errors } = await readOn(settings(proxy.port), 20)
  expect(errors.length).toBeGreaterThan(1)
  for (const error of errors) expect(error).toMatchObject({ code: 'source_unavailable' })
  expect(rows.size).toBe(rowCount)
  expect(new Set([...rows.values()].map((row) => (row as { id: number }).id)).size).toBe(rowCount)
})

test('a server that starts anew in the middle is asked again for what follows', async () => {
  // More than sockets hold: a server that has written all is missed by nobody.
  await server.query(
    "CREATE TABLE wide (id int PRIMARY KEY, x text); ALTER TABLE wide ALTER x SET STORAGE PLAIN; INSERT INTO wide SELECT id, repeat('x', 2500) FROM t",
  )
  const given = { ...settings(), tables: ['wide'] }
  const first = await read(connector, given, {
    onPage: async (page) => {
      if (page === 0) await server.restart()
    },
  })
  expect(first.error).toMatchObject({ code: 'source_unavailable' })
  expect(first.rows.length).toBeGreaterThan(0)
  const rest = await read(connector, given, { state: first.state })
  expect(new Set([...first.ids, ...rest.ids]).size).toBe(rowCount)
  expect(rest.error).toBeUndefined()
}, 120_000)

test('a table that is altered between two pages comes on with the columns that it has then', async () => {
  await server.query('CREATE TABLE altered AS SELECT * FROM t; ALTER TABLE altered ADD PRIMARY KEY (id)')
  const given = { ...settings(), tables: ['altered'] }
  const first = await read(connector, given, { pagesMax: 1 })
  await server.query('ALTER TABLE altered DROP COLUMN x; ALTER TABLE altered ADD y int DEFAULT 5')
  const rest = await read(connector, given, { state: first.state })
  expect(rest.rows.every((row) => row['y'] === 5 && !('x' in row))).toBe(true)
  expect(first.rows.length + rest.rows.length).toBe(rowCount)
  await server.query('DROP TABLE altered')
  const gone = await read(connector, given, { state: first.state })
  expect(gone.error).toBeInstanceOf(NotRetryable)
})

test('who does not want more, or is told to stop, leaves nothing running on the server', async () => {
  const running = async () => server.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'millrace'")
  await read(connector, settings(), { pagesMax: 1 })
  await expect.poll(running, { timeout: 30_000 }).toEqual([])
  const stop = new AbortController()
  const asked = read(
    connector,
    { ...settings(), tables: undefined, query: 'SELECT pg_sleep(600)::text AS x', eventType: 'x' },
    { signal: stop.signal },
  )
  await expect.poll(async () => (await running()).length, { timeout: 30_000 }).toBe(1)
  stop.abort(new Error('stopped by the test'))
  expect((await asked).error?.message).toBe('stopped by the test')
  await expect.poll(running, { timeout: 30_000 }).toEqual([])
})

test('nobody listens, and a name that there is not: errors that are tried again', async () => {
  await using proxy = await openCuttingProxy(server.port, 0)
  const cut = await read(connector, settings(proxy.port))
  expect(cut.error).toMatchObject({ code: 'source_unavailable' })
  const nowhere = await read(connector, { ...settings(), host: 'nowhere.invalid' })
  expect(nowhere.error).toMatchObject({ code: 'source_unavailable' })
})

test('a large table is read in little memory, however slowly its pages are kept', async () => {
  await server.query(
    'CREATE TABLE large AS SELECT i AS id, repeat(md5(i::text), 30) AS x FROM generate_series(1, 200000) i; ALTER TABLE large ADD PRIMARY KEY (id)',
  )
  const { context } = contextOf()
  const parsed = postgres.settings.parse({ ...settings(), tables: ['large'] })
  let [rows, most] = [0, 0]
  const before = process.memoryUsage.rss()
  for await (const { drafts } of postgres.read(parsed, postgres.state.parse({}), context)) {
    rows += drafts.length
    most = Math.max(most, process.memoryUsage.rss() - before)
  }
  expect(rows).toBe(200_000)
  // 200 MB of rows.
  expect(most).toBeLessThan(150 * 1024 * 1024)
})

test('a server that shows a certificate nobody knows is refused, and read where that is said to be all right', async () => {
  await using encrypted = await startPostgres([], { tls: true })
  await encrypted.query('CREATE TABLE t (id int); INSERT INTO t VALUES (1)')
  const given = { ...settings(encrypted.port), encryption: 'verify' }
  const refused = await read(connector, given)
  expect(refused.error).toBeInstanceOf(NotRetryable)
  expect(refused.error?.message).toMatch(/certificate does not hold.*Set ca/)
  expect((await read(connector, { ...given, ca: encrypted.certificate })).error).toBeUndefined()
  expect((await read(connector, { ...given, encryption: 'encrypt' })).rows).toEqual([{ id: 1 }])
}, 120_000)
