/** The MySQL connector when the way to the database, or the database, does not hold. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCuttingProxy } from '../../../../test/servers/cutting-proxy.ts'
import { type MariadbServer, startMariadb } from '../../../../test/servers/mariadb.ts'
import { type Connector, NotRetryable } from '../connector.ts'
import { contextOf, read } from './database/read.fixture.ts'
import { mysql } from './mysql.ts'

const connector = mysql as unknown as Connector
const rowCount = 30_000
let server: MariadbServer

beforeAll(async () => {
  server = await startMariadb()
  await server.query(`
    CREATE TABLE t (id int PRIMARY KEY, x text); INSERT INTO t SELECT seq, REPEAT('x', 200) FROM seq_1_to_${rowCount}`)
}, 120_000)
afterAll(() => server[Symbol.asyncDispose]())

const settings = (port = server.port) => ({
  ...{ host: '127.0.0.1', port, database: server.database, user: server.user, password: server.password },
  ...{ encryption: 'off', tables: ['t'] },
})

test('a connection that is cut, again and again, is an error that is tried again, and no row is lost or doubled', async () => {
  await using proxy = await openCuttingProxy(server.port, 3_000_000)
  const ids = new Set<string>()
  let errors = 0
  let state = {}
  for (let tries = 0; tries < 20; tries++) {
    const result = await read(connector, settings(proxy.port), { state })
    for (const id of result.ids) ids.add(id)
    state = result.state
    if (result.error === undefined) break
    errors++
    expect(result.error).toMatchObject({ code: 'source_unavailable' })
  }
  expect(errors).toBeGreaterThan(1)
  expect(ids.size).toBe(rowCount)
})

test('a server that starts anew in the middle is asked again for what follows', async () => {
  // More than sockets hold: a server that has written all is missed by nobody.
  await server.query("CREATE TABLE wide (PRIMARY KEY (id)) AS SELECT id, REPEAT('x', 2500) AS x FROM t")
  const given = { ...settings(), tables: ['wide'] }
  const first = await read(connector, given, {
    onPage: async (page) => {
      if (page === 0) await server.restart()
    },
  })
  expect(first.error).toMatchObject({ code: 'source_unavailable' })
  expect(first.rows.length).toBeGreaterThan(0)
  const rest = await read(connector, given, { state: first.state })
  expect(rest.error).toBeUndefined()
  expect(new Set([...first.ids, ...rest.ids]).size).toBe(rowCount)
}, 120_000)

test('a table that is altered between two pages comes on with the columns that it has then', async () => {
  await server.query('CREATE TABLE altered (PRIMARY KEY (id)) AS SELECT * FROM t')
  const given = { ...settings(), tables: ['altered'] }
  const first = await read(connector, given, { pagesMax: 1 })
  await server.query('ALTER TABLE altered DROP COLUMN x, ADD y int DEFAULT 5')
  const rest = await read(connector, given, { state: first.state })
  expect(rest.rows.every((row) => row['y'] === 5 && !('x' in row))).toBe(true)
  expect(first.rows.length + rest.rows.length).toBe(rowCount)
  await server.query('DROP TABLE altered')
  expect((await read(connector, given, { state: first.state })).error).toBeInstanceOf(NotRetryable)
})

test('who does not want more, or is told to stop, leaves nothing running on the server', async () => {
  const running = () =>
    server.query(
      "SELECT INFO FROM information_schema.PROCESSLIST WHERE INFO LIKE '%in front%' OR INFO LIKE '%SLEEP(600%' AND INFO NOT LIKE '%PROCESSLIST%'",
    )
  const others = async () => (await running()).filter(({ INFO }) => !String(INFO).includes('PROCESSLIST'))
  await read(connector, settings(), { pagesMax: 1 })
  await expect.poll(others, { timeout: 30_000 }).toEqual([])
  const stop = new AbortController()
  const query = { ...settings(), tables: undefined, query: 'SELECT SLEEP(600) AS x FROM t LIMIT 1', eventType: 'x' }
  const asked = read(connector, query, { signal: stop.signal })
  await expect.poll(async () => (await others()).length, { timeout: 30_000 }).toBe(1)
  stop.abort(new Error('stopped by the test'))
  expect((await asked).error?.message).toBe('stopped by the test')
  await expect.poll(others, { timeout: 30_000 }).toEqual([])
})

test('nobody answers, and a name that there is not: errors that are tried again', async () => {
  await using proxy = await openCuttingProxy(server.port, 0)
  expect((await read(connector, settings(proxy.port))).error).toMatchObject({ code: 'source_unavailable' })
  const nowhere = await read(connector, { ...settings(), host: 'nowhere.invalid' })
  expect(nowhere.error).toMatchObject({ code: 'source_unavailable' })
})

test('a large table is read in little memory', async () => {
  await server.query(
    'CREATE TABLE large (PRIMARY KEY (id)) AS SELECT seq AS id, REPEAT(MD5(seq), 30) AS x FROM seq_1_to_200000',
  )
  const { context } = contextOf()
  const parsed = mysql.settings.parse({ ...settings(), tables: ['large'] })
  let [rows, most] = [0, 0]
  const before = process.memoryUsage.rss()
  for await (const { drafts } of mysql.read(parsed, mysql.state.parse({}), context)) {
    rows += drafts.length
    most = Math.max(most, process.memoryUsage.rss() - before)
  }
  expect(rows).toBe(200_000)
  // 200 MB of rows.
  expect(most).toBeLessThan(150 * 1024 * 1024)
})

test('a server that shows a certificate nobody knows is refused, and read where that is said to be all right', async () => {
  await using encrypted = await startMariadb([], { tls: true })
  await encrypted.query('CREATE TABLE t (id int); INSERT INTO t VALUES (1)')
  const given = { ...settings(encrypted.port), encryption: 'verify' }
  expect((await read(connector, given)).error?.message).toMatch(/of an address cannot be verified: name the host/)
  const refused = await read(connector, { ...given, host: 'localhost' }, { allowed: ['localhost'] })
  expect(refused.error).toBeInstanceOf(NotRetryable)
  expect(refused.error?.message).toMatch(/certificate does not hold.*Set ca/)
  expect((await read(connector, { ...given, ca: encrypted.certificate })).error).toBeUndefined()
  expect((await read(connector, { ...given, encryption: 'encrypt' })).rows).toEqual([{ id: 1 }])
}, 120_000)
