/** A database as a source from end to end: what it has is asked for, a table of it is run twice, and its rows are in the destination. */
import { join } from 'node:path'
import { readConfig } from '@millrace/server/config'
import { type RunningServer, startServer } from '@millrace/server/main'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type PostgresServer, startPostgres } from '../../../test/servers/postgres.ts'
import { type FakeWorld, openFakeWorld } from '../fake-world.ts'

const token = 'fixed-admin-token-of-the-test'
let place: FakeWorld
let world: FakeWorld
let server: RunningServer
let database: PostgresServer

beforeAll(async () => {
  database = await startPostgres()
  await database.query(
    "CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(12,2), at timestamptz); INSERT INTO orders SELECT i, i / 4.0, '2024-01-01' FROM generate_series(1, 12000) i",
  )
  place = await openFakeWorld()
  const env = { MILLRACE_ADMIN_TOKEN: token, MILLRACE_ALLOWED_HOSTS: '127.0.0.1' }
  const flags = { port: '0', data: join(place.folder, 'data'), logLevel: 'error' }
  server = await startServer(await readConfig({ flags, env, cwd: place.folder }))
  world = await openFakeWorld({ MILLRACE_URL: server.url, MILLRACE_TOKEN: token })
}, 120_000)
afterAll(async () => {
  await server.close()
  await world.remove()
  await place.remove()
  await database[Symbol.asyncDispose]()
})

it('what there is to choose from is asked for, of a source that is none yet and of one that is', async () => {
  const set = ['--set', `url=${database.url()}`, 'encryption=off']
  const asked = await world.run(['sources', 'discover', '--type', 'postgres', ...set])
  expect(asked.stderr).toBe('')
  expect(asked.records()).toMatchObject([
    { id: 'public.orders', available: true, fields: [{ name: 'id', type: 'bigint' }, {}, {}] },
  ])
  const more = ['mode=incremental', 'cursor=id', 'tables=["orders"]']
  expect((await world.run(['inputs', 'create', 'pg', '--type', 'postgres', ...set, ...more])).stderr).toBe('')
  expect((await world.run(['sources', 'discover', 'pg'])).records()).toHaveLength(1)
  const wrong = database.url().replace(/:[^:@]*@/, ':not-the-password@')
  const refused = await world.run([
    'sources',
    'discover',
    '--type',
    'postgres',
    '--set',
    `url=${wrong}`,
    'encryption=off',
  ])
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toMatch(/Check user and password/)
  expect(refused.stderr).not.toContain('not-the-password')
  expect((await world.run(['sources', 'discover'])).exitCode).toBe(2)
})

it('runs bring what is new, once', async () => {
  const run = async () => (await world.run(['sources', 'run', 'pg', '--wait'])).records().at(-1)
  const rows = async () =>
    (
      await world.run(['query', 'SELECT count(*) AS n, count(DISTINCT id) AS ids, sum(total) AS total FROM orders'])
    ).records()[0]
  expect(await run()).toMatchObject({ state: 'SUCCESS', rowCount: 12_000 })
  await database.query("INSERT INTO orders VALUES (12001, 0.5, '2024-01-02')")
  expect(await run()).toMatchObject({ state: 'SUCCESS', rowCount: 1 })
  await expect.poll(async () => Number((await rows())?.['n']), { timeout: 60_000 }).toBe(12_001)
  expect(Number((await rows())?.['ids'])).toBe(12_001)
  expect(Number((await rows())?.['total'])).toBe((12_000 * 12_001) / 8 + 0.5)
})
