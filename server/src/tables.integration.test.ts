/** Tables on a server that runs: altered beside their events, dropped, made anew; and the books stay right. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { type RunningServer, startServer } from './main.ts'

const token = 'fixed-admin-token-of-the-test'
const key = 'fixed-ingest-key-of-the-test'
let folder: string
let server: RunningServer

const start = async () => {
  const flags = { port: '0', data: join(folder, 'data'), logLevel: 'error' }
  const env = { MILLRACE_ADMIN_TOKEN: token, MILLRACE_INGEST_KEY: key }
  server = await startServer(await readConfig({ flags, env, cwd: folder }))
}
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-tables-'))
  await start()
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

interface Answer {
  readonly code?: string
  readonly detail?: string
  readonly rows?: readonly (readonly unknown[])[]
  readonly isBalanced?: boolean
  readonly rowCount?: number
  readonly columns?: readonly { readonly name: string; readonly type: string }[]
}

async function ask(method: string, path: string, body?: object): Promise<{ status: number; answer: Answer }> {
  const response = await fetch(`${server.url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, answer: text === '' ? {} : JSON.parse(text) }
}

async function send(eventType: string, events: readonly object[]): Promise<void> {
  const { status } = await fetch(`${server.url}/api/v1/events/${eventType}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
    body: events.map((event) => JSON.stringify(event)).join('\n'),
  })
  expect(status).toBe(200)
}

const typesOf = async (table: string) =>
  Object.fromEntries((await ask('GET', `tables/${table}`)).answer.columns?.map(({ name, type }) => [name, type]) ?? [])
const rows = (sql: string) => ask('POST', 'query', { sql, limit: 10 }).then(({ answer }) => answer.rows ?? [])
const rowCount = (table: string) => ask('GET', `tables/${table}`).then(({ answer }) => answer.rowCount)
const verified = async () => (await ask('GET', 'verify')).answer
const patience = { timeout: 30_000, interval: 50 }
const put = (table: string, columns: Record<string, string>) =>
  ask('PUT', `tables/${table}`, { columns: Object.entries(columns).map(([name, type]) => ({ name, type })) })

test('a table of events that are unmapped is dropped, and made anew by others; the books balance all along', async () => {
  await send('visit', [{ n: 'text' }, { n: 'more' }])
  await expect.poll(() => rowCount('visit'), patience).toBe(2)
  expect(await ask('DELETE', 'tables/visit?confirm=visit')).toMatchObject({ status: 409, answer: { code: 'conflict' } })
  expect((await ask('DELETE', 'event-types/visit')).status).toBe(204)
  const asked = await ask('DELETE', 'tables/visit')
  expect(asked).toMatchObject({ status: 409, answer: { code: 'unconfirmed' } })
  expect(asked.answer.detail).toContain('2 rows')
  expect((await ask('DELETE', 'tables/visit?confirm=visit')).status).toBe(204)
  expect((await ask('GET', 'tables/visit')).status).toBe(404)
  expect(await verified()).toMatchObject({ isBalanced: true })

  await send('visit', [{ n: 1 }])
  await expect.poll(() => rowCount('visit'), patience).toBe(1)
  expect(await typesOf('visit')).toMatchObject({ n: 'BIGINT' })
  expect(await verified()).toMatchObject({ isBalanced: true })
}, 60_000)

test('a table that events fill is dropped by force, and made anew with the columns of its mapping', async () => {
  await send('click', [{ n: 1, page: 'a' }])
  await expect.poll(() => rowCount('click'), patience).toBe(1)
  expect((await ask('DELETE', 'tables/click?confirm=click&force=true')).status).toBe(204)
  await send('click', [{ page: 'b' }])
  await expect.poll(() => rowCount('click'), patience).toBe(1)
  expect(await typesOf('click')).toMatchObject({ n: 'BIGINT', page: 'VARCHAR' })
  expect(await verified()).toMatchObject({ isBalanced: true })
  await server.close()
  await start()
  await send('click', [{ n: 2 }])
  await expect.poll(() => rowCount('click'), patience).toBe(2)
  expect(await verified()).toMatchObject({ isBalanced: true })
}, 60_000)

test('a table with a primary key gets columns and wider ones, and its rows are replaced as before', async () => {
  const id = { path: ['id'], column: 'id', type: 'BIGINT' }
  const n = { path: ['n'], column: 'n', type: 'BIGINT', origin: 'auto' }
  const mapping = { mode: 'AUTO_MAP', table: 'orders', primaryKey: ['id'], fields: [id, n] }
  expect((await ask('PUT', 'event-types/order/mapping', mapping)).status).toBe(200)
  await send('order', [
    { id: 1, n: 1 },
    { id: 2, n: 2 },
  ])
  await expect.poll(() => rowCount('orders'), patience).toBe(2)
  expect(await put('orders', { n: 'DOUBLE', note: 'VARCHAR' })).toMatchObject({ status: 200 })
  expect(await typesOf('orders')).toMatchObject({ id: 'BIGINT', n: 'DOUBLE', note: 'VARCHAR' })
  expect((await put('orders', { n: 'BIGINT' })).status).toBe(400)
  await send('order', [{ id: 2, n: 2.5, note: 'later' }])
  await expect
    .poll(() => rows('select id, n, note from orders order by id'), patience)
    .toEqual([
      [1, 1, null],
      [2, 2.5, 'later'],
    ])
  expect(await verified()).toMatchObject({ isBalanced: true })
}, 60_000)
