/** Back-fills on a server that runs: columns that were mapped late get their values from the log, and nothing else changes. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Backfill } from './backfills.ts'
import { readConfig } from './config.ts'
import { type RunningServer, startServer } from './main.ts'

const token = 'fixed-admin-token-of-the-test'
const key = 'fixed-ingest-key-of-the-test'
let folder: string
let server: RunningServer

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-backfill-'))
  const flags = { port: '0', data: join(folder, 'data'), logLevel: 'error' }
  const env = { MILLRACE_ADMIN_TOKEN: token, MILLRACE_INGEST_KEY: key }
  server = await startServer(await readConfig({ flags, env, cwd: folder }))
})
afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

async function ask<T>(method: string, path: string, body?: object): Promise<{ status: number; answer: T }> {
  const response = await fetch(`${server.url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, answer: (text === '' ? undefined : JSON.parse(text)) as T }
}

const n = { path: ['n'], column: 'n', type: 'BIGINT' }
const page = { path: ['page'], column: 'page', type: 'VARCHAR' }
const price = { path: ['deep', 'price'], column: 'price', type: 'DECIMAL', precision: 10, scale: 2 }

async function setMapping(...fields: object[]): Promise<void> {
  const { status, answer } = await ask('PUT', 'event-types/visit/mapping', { mode: 'FLEXIBLE', table: 'visit', fields })
  expect([status, answer]).toEqual([200, answer])
}

async function send(eventType: string, events: readonly object[]): Promise<void> {
  const { status } = await fetch(`${server.url}/api/v1/events/${eventType}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
    body: events.map((event) => JSON.stringify(event)).join('\n'),
  })
  expect(status).toBe(200)
}

async function rowsOf(sql: string): Promise<unknown[][]> {
  const { answer } = await ask<{ rows?: unknown[][] }>('POST', 'query', { sql, limit: 10 })
  return answer.rows ?? []
}

const counted = 'count(*)::INTEGER, count(page)::INTEGER, count(price)::INTEGER'

async function loaded(table: string, count: number): Promise<void> {
  const sql = `SELECT count(*)::INTEGER FROM ${table}`
  await expect.poll(() => rowsOf(sql), { timeout: 30_000, interval: 50 }).toEqual([[count]])
}

async function backfill(columns?: string[]): Promise<Backfill> {
  const { status, answer } = await ask<Backfill>('POST', 'event-types/visit/backfills', columns ? { columns } : {})
  expect([status, answer]).toEqual([202, answer])
  const look = async () => (await ask<Backfill>('GET', `event-types/visit/backfills/${answer.id}`)).answer
  await expect.poll(async () => (await look()).state, { timeout: 60_000, interval: 50 }).not.toBe('RUNNING')
  return look()
}

async function expectBalanced(): Promise<void> {
  const { answer } = await ask<{ findings: { isRight: boolean }[] }>('GET', 'verify')
  expect(answer.findings.filter(({ isRight }) => !isRight)).toEqual([])
}

const visits = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ n: from + i, page: `p${from + i}`, deep: { price: `${i}.5` } }))

test('columns that are mapped late are filled, one by one or all, and a repeat changes nothing', async () => {
  await setMapping(n)
  await send('visit', visits(0, 1_500))
  await send('other', [{ page: 'of another type' }])
  await send('visit', [...visits(1_500, 2_500), { n: 2_500, page: null, deep: { price: 'not a price' } }])
  await loaded('visit', 2_501)
  await setMapping(n, page, price)

  const first = await backfill(['page'])
  expect(first).toMatchObject({ state: 'DONE', total: 2_502, done: 2_502, updated: 2_500, failed: 0, etaMs: null })
  expect(await rowsOf('SELECT count(*)::INTEGER, count(page)::INTEGER FROM visit')).toEqual([[2_501, 2_500]])
  expect(await rowsOf("SELECT count(*)::INTEGER FROM visit WHERE page = 'p' || n")).toEqual([[2_500]])

  await send('visit', [{ n: 2_501, page: 'new' }])
  await loaded('visit', 2_502)
  expect(await backfill()).toMatchObject({ state: 'DONE', columns: ['n', 'page', 'price'], updated: 2_500 })
  expect(await backfill()).toMatchObject({ state: 'DONE', updated: 0 })
  expect(await rowsOf(`SELECT ${counted} FROM visit`)).toEqual([[2_502, 2_501, 2_500]])
  expect(await rowsOf('SELECT n, price::VARCHAR FROM visit WHERE n IN (7, 2500) ORDER BY n')).toEqual([
    [7, '7.50'],
    [2_500, null],
  ])
  await expectBalanced()
  const { answer } = await ask<{ items: Backfill[] }>('GET', 'event-types/visit/backfills')
  expect(answer.items.map(({ updated }) => updated)).toEqual([0, 2_500, 2_500])
})

test('values come through the code of now, also those of events that it splits, renames or refuses', async () => {
  await setMapping(n)
  await ask('PUT', 'event-types/seen/mapping', { mode: 'FLEXIBLE', table: 'seen', fields: [n] })
  const code = (page: string) => `export function transform(event) {
    if (event.n === 3) throw new Error('three')
    return event.n % 2 ? event : [event, { ...event, n: event.n + 100 }].map((one) => ({ ...one, page: ${page} }))
  }`
  await deploy(code('undefined'))
  await send('visit', visits(0, 3))
  await loaded('visit', 5)
  await setMapping(n, page)
  await deploy(code("one.page + '-' + one.n"))
  await send('visit', [{ n: 3 }]) // set aside
  await expect.poll(waiting, { timeout: 30_000, interval: 50 }).toBe(1)

  await send('other', [{ n: 3 }]) // set aside, too, but no visit
  await expect.poll(waiting, { timeout: 30_000, interval: 50 }).toBe(2)

  expect(await backfill()).toMatchObject({ state: 'DONE', updated: 5, failed: 1 })
  expect(await rowsOf('SELECT n, page FROM visit ORDER BY n')).toEqual([
    [0, 'p0-0'],
    [1, 'p1'],
    [2, 'p2-2'],
    [100, 'p0-100'],
    [102, 'p2-102'],
  ])
  expect(await waiting()).toBe(2)
  await expectBalanced()
})

test('many columns are filled, although not all at once', async () => {
  const fields = Array.from({ length: 70 }, (_, i) => ({ path: [`c${i}`], column: `c${i}`, type: 'BIGINT' }))
  await setMapping(n)
  const events = visits(0, 40).map((event) => ({
    ...event,
    ...Object.fromEntries(fields.map(({ column }, i) => [column, i])),
  }))
  await send('visit', events)
  await loaded('visit', 40)
  await setMapping(n, ...fields)
  expect(await backfill()).toMatchObject({ state: 'DONE', updated: 40 })
  const sums = fields.map(({ column }) => `sum(${column})`).join(' + ')
  expect(await rowsOf(`SELECT (${sums})::INTEGER FROM visit`)).toEqual([[(40 * 69 * 70) / 2]])
  await setMapping(n, ...fields.slice(1))
  expect(await ask('POST', 'event-types/visit/backfills', { columns: ['c0'] })).toMatchObject({ status: 400 })
})

test('what cannot be filled is refused, with the reason', async () => {
  await setMapping(n)
  await send('visit', visits(0, 1))
  await loaded('visit', 1)
  expect(await ask('POST', 'event-types/nobody/backfills', {})).toMatchObject({ status: 404 })
  expect(await ask('POST', 'event-types/visit/backfills', { columns: ['page'] })).toMatchObject({
    status: 400,
    answer: { code: 'invalid_request', errors: [{ field: 'columns' }] },
  })
  expect(await ask('POST', 'event-types/visit/backfills', { columns: [] })).toMatchObject({ status: 400 })
  expect(await ask('GET', 'event-types/visit/backfills/none')).toMatchObject({ status: 404 })
  expect(await ask('POST', 'event-types/visit/backfills/none/stop')).toMatchObject({ status: 404 })
})

async function deploy(code: string): Promise<void> {
  const body = { language: 'javascript', code, message: 'Another' }
  const { status, answer } = await ask('PUT', 'transforms/modules/main', body)
  expect([status, answer]).toEqual([200, answer])
}

async function waiting(): Promise<number> {
  return (await ask<{ restream: { count: number } }>('GET', 'status')).answer.restream.count
}
