/** Statements on a schedule, in a server that runs. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { type RunningServer, startServer } from './main.ts'

const token = 'fixed-admin-token-of-the-test'
const key = 'fixed-ingest-key-of-the-test'
let folder: string
let server: RunningServer

const start = async () =>
  startServer(
    await readConfig({
      flags: { port: '0', data: join(folder, 'data'), logLevel: 'error' },
      env: { MILLRACE_ADMIN_TOKEN: token, MILLRACE_INGEST_KEY: key },
      cwd: folder,
    }),
  )

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-scheduled-'))
  server = await start()
  await send(
    'sale',
    [1, 2, 3, 1].map((customer, n) => ({ customer, n })),
  )
  while ((await table('sale'))?.rowCount !== 4) await delay(50)
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

const patience = { timeout: 20_000, interval: 50 }

interface Run {
  id: string
  state: string
  rowCount: number | null
  error: { code: string; message: string } | null
}
interface Query {
  id: string
  target: string
  nextAt: string | null
  disabledAt: string | null
  lastRun: Run | null
  openRun: Run | null
}

async function ask(
  method: string,
  path: string,
  body?: unknown,
  bearer = token,
): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${server.url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
}

async function well<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await ask(method, path, body)
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body as T
}

const send = (type: string, events: unknown[]) =>
  fetch(`${server.url}/api/v1/events/${type}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
    body: events.map((event) => JSON.stringify(event)).join('\n'),
  })

const table = async (name: string) => {
  const { status, body } = await ask('GET', `tables/${name}`)
  return status === 200 ? (body as { rowCount: number; isDerived: boolean }) : undefined
}

const rowsOf = async (sql: string) => (await well<{ rows: unknown[][] }>('POST', 'query', { sql })).rows

const yearly = { cron: '0 0 1 1 *' }
const make = (statement: object, more: object = {}) =>
  well<Query>('POST', 'scheduled-queries', { label: 'made', statement, schedule: yearly, ...more })

/** Runs it and waits for the end. */
async function run({ id }: Query): Promise<Run> {
  const { id: runId } = await well<Run>('POST', `scheduled-queries/${id}/run`)
  const state = async () => (await well<Run>('GET', `scheduled-queries/${id}/runs/${runId}`)).state
  await expect.poll(state, patience).not.toMatch(/QUEUED|RUNNING/)
  return well<Run>('GET', `scheduled-queries/${id}/runs/${runId}`)
}

test('a SELECT becomes a table that is no events, and the books stay right', async () => {
  const sql = 'SELECT customer, count(*) AS orders FROM sale GROUP BY 1'
  const query = await make({ kind: 'select', sql, mode: 'replace' }, { target: 'totals' })
  expect(Date.parse(query.nextAt!)).toBeGreaterThan(Date.now())
  expect(await run(query)).toMatchObject({ state: 'SUCCESS', rowCount: 3, error: null })
  expect(await rowsOf('SELECT * FROM totals ORDER BY 1')).toEqual([
    [1, 2],
    [2, 1],
    [3, 1],
  ])
  expect(await table('totals')).toMatchObject({ isDerived: true, rowCount: 3 })
  expect(await table('sale')).toMatchObject({ isDerived: false })
  expect(await well('GET', 'verify')).toMatchObject({ isBalanced: true })
})

test('the newest row of each key is kept in a main table', async () => {
  const query = await make({ kind: 'newest', from: 'sale', key: ['customer'] }, { target: 'customers' })
  expect(await run(query)).toMatchObject({ state: 'SUCCESS', rowCount: 3 })
  expect(await rowsOf('SELECT customer, n FROM customers ORDER BY 1')).toEqual([
    [1, 3],
    [2, 1],
    [3, 2],
  ])
})

test('it runs by itself when its time has come, and events of its table’s name go elsewhere', async () => {
  const query = await make(
    { kind: 'select', sql: 'SELECT 1 AS n', mode: 'append' },
    { target: 'ticks', schedule: { cron: '* * * * *' } },
  )
  await run(query)
  await send('ticks', [{ n: 1 }])
  await expect
    .poll(
      async () => (await well<{ items: { name: string }[] }>('GET', 'tables')).items.map(({ name }) => name),
      patience,
    )
    .toContainEqual(expect.stringMatching(/^ticks_/))
  expect(await well('GET', 'verify')).toMatchObject({ isBalanced: true })
  const mapped = await ask('PUT', 'event-types/other/mapping', { table: 'ticks', fields: [] })
  expect(mapped).toMatchObject({ status: 400, body: { code: 'invalid_mapping' } })
  expect(await ask('PUT', 'tables/ticks', { columns: [{ name: 'm', type: 'BIGINT' }] })).toMatchObject({ status: 400 })
  await expect.poll(async () => (await table('ticks'))!.rowCount, { timeout: 70_000, interval: 200 }).toBeGreaterThan(1)
  const { items } = await well<{ items: (Run & { askedBy: string | null })[] }>(
    'GET',
    `scheduled-queries/${query.id}/runs`,
  )
  expect(items.map(({ askedBy }) => askedBy === null)).toEqual([true, false])
})

test('one that fails is listed as such, says why to those who may query, and is notified without rows’ contents', async () => {
  const sql = "SELECT CAST(customer || ' is secret' AS INTEGER) AS n FROM sale"
  const query = await make({ kind: 'select', sql, mode: 'replace' }, { label: 'broken', target: 'broken' })
  expect(await run(query)).toMatchObject({
    state: 'FAILURE',
    error: { code: 'invalid_sql', message: /is secret/ },
  } as object)
  const failed = async () =>
    (await well<{ items: Query[] }>('GET', 'scheduled-queries?state=error')).items.map(({ id }) => id)
  expect(await failed()).toEqual([query.id])
  const { text } = await well<{ text: string }>('POST', 'tokens', { label: 'viewer', role: 'viewer' })
  const seen = await ask('GET', `scheduled-queries/${query.id}`, undefined, text)
  const { lastRun } = seen.body as Query
  expect(lastRun?.error?.code).toBe('invalid_sql')
  expect(JSON.stringify(lastRun)).not.toContain('is secret')
  const noticed = async () => (await well<{ items: { type: string; message: string }[] }>('GET', 'notifications')).items
  await expect.poll(noticed, patience).toContainEqual(expect.objectContaining({ type: 'scheduled_query_failed' }))
  expect(JSON.stringify(await noticed())).not.toContain('is secret')

  const change = { statement: { kind: 'select', sql: 'SELECT 1 AS n', mode: 'replace' } }
  await well('PATCH', `scheduled-queries/${query.id}`, change)
  await run(query)
  expect(await failed()).toEqual([])
})

test('a run can be stopped, and leaves its table as it was', async () => {
  const query = await make({ kind: 'write', sql: 'CREATE OR REPLACE TABLE slow AS SELECT 1 AS n' })
  expect(query.target).toBe('slow')
  await run(query)
  const sql =
    'CREATE OR REPLACE TABLE slow AS SELECT count(*) AS n FROM range(100000) a, range(100000) b WHERE a.range + b.range < 0'
  await well('PATCH', `scheduled-queries/${query.id}`, { statement: { kind: 'write', sql } })
  const { id } = await well<Run>('POST', `scheduled-queries/${query.id}/run`)
  expect((await well<Run>('POST', `scheduled-queries/${query.id}/run`)).id).toBe(id)
  await expect
    .poll(async () => (await well<Query>('GET', `scheduled-queries/${query.id}`)).openRun?.state, patience)
    .toBe('RUNNING')
  expect(await well('POST', `scheduled-queries/${query.id}/runs/${id}/stop`)).toMatchObject({ state: 'CANCELLED' })
  expect(await rowsOf('SELECT * FROM slow')).toEqual([[1]])
  await well<Run>('POST', `scheduled-queries/${query.id}/run`)
  await well('DELETE', `scheduled-queries/${query.id}`)
  expect(await ask('GET', `scheduled-queries/${query.id}`)).toMatchObject({ status: 404 })
  expect(await rowsOf('SELECT * FROM slow')).toEqual([[1]])
})

test.each([
  [{ kind: 'select', sql: 'SELECT 1', mode: 'replace' }, { target: 'sale' }, 403, 'query_refused'],
  [{ kind: 'write', sql: 'DELETE FROM sale' }, {}, 403, 'query_refused'],
  [{ kind: 'write', sql: 'DELETE FROM other' }, { target: 'mine' }, 403, 'query_refused'],
  [{ kind: 'select', sql: 'SELECT 1', mode: 'replace' }, {}, 400, 'invalid_request'],
  [{ kind: 'select', sql: 'SELEC 1', mode: 'replace' }, { target: 'mine' }, 400, 'invalid_sql'],
  [{ kind: 'select', sql: 'SELECT 1', mode: 'upsert' }, { target: 'mine' }, 400, 'invalid_request'],
  [{ kind: 'select', sql: 'SELECT 1', mode: 'append', key: ['a'] }, { target: 'mine' }, 400, 'invalid_request'],
  [{ kind: 'select', sql: 'SELECT 1', mode: 'append' }, { target: '_millrace' }, 400, 'invalid_request'],
  [
    { kind: 'select', sql: 'SELECT 1', mode: 'append' },
    { target: 'mine', schedule: { cron: '* * *' } },
    400,
    'invalid_request',
  ],
  [
    { kind: 'select', sql: 'SELECT 1', mode: 'append' },
    { target: 'mine', schedule: { cron: '0 0 30 2 *' } },
    400,
    'invalid_request',
  ],
  [
    { kind: 'select', sql: 'SELECT 1', mode: 'append' },
    { target: 'mine', schedule: { everyHours: 0 } },
    400,
    'invalid_request',
  ],
])('it is refused with a reason: %j %j', async (statement, more, status, code) => {
  const answer = await ask('POST', 'scheduled-queries', { label: 'made', statement, schedule: yearly, ...more })
  expect(answer).toMatchObject({ status, body: { code } })
})

test('each run is a job: found, told, and cancelled where it waits or is under way', async () => {
  const endless = 'SELECT count(*) AS n FROM range(1000000) a, range(1000000) b WHERE a.range % 7 = b.range % 11'
  const [quick, slow] = [
    await make({ kind: 'newest', from: 'sale', key: ['customer'] }, { target: 'latest_jobs' }),
    await make({ kind: 'select', sql: endless, mode: 'replace' }, { target: 'endless_jobs' }),
  ]
  const { id } = await run(quick)
  const told = { id, kind: 'consolidation', query: quick.id, target: 'latest_jobs', state: 'SUCCESS', rowCount: 3 }
  expect(await well('GET', `jobs?query=${quick.id}`)).toMatchObject({ items: [told], nextCursor: null })
  expect(await well('GET', `jobs/${id}`)).toMatchObject({ ...told, error: null, endedAt: expect.any(String) })
  const messages = async (job: string) =>
    (await well<{ items: { message: string }[] }>('GET', `jobs/${job}/log`)).items.map(({ message }) => message)
  expect(await messages(id)).toEqual(['queued', 'begun', 'succeeded'])
  const { id: under } = await well<Run>('POST', `scheduled-queries/${slow.id}/run`)
  await expect.poll(() => well('GET', `jobs/${under}`), patience).toMatchObject({ state: 'RUNNING' })
  expect(await well('POST', `jobs/${under}/cancel`)).toMatchObject({ kind: 'query', state: 'CANCELLED' })
  expect(await messages(under)).toEqual(['queued', 'begun', 'cancelled, and its table is as it was'])
  expect(await ask('POST', 'jobs/rerun', { ids: [under] })).toMatchObject({ status: 409, body: { code: 'conflict' } })
  expect(await ask('GET', 'jobs?kind=other')).toMatchObject({ status: 400 })
})

test('one that is switched off runs only when it is asked for, and after a restart all is as it was', async () => {
  const query = await make(
    { kind: 'select', sql: 'SELECT 1 AS n', mode: 'append' },
    { target: 'kept', isEnabled: false, schedule: { everyHours: 1 } },
  )
  expect(query).toMatchObject({ nextAt: null, disabledAt: expect.any(String) })
  await run(query)
  await server.close()
  server = await start()
  expect(await well('GET', `scheduled-queries/${query.id}`)).toMatchObject({
    nextAt: null,
    lastRun: { state: 'SUCCESS' },
  })
  expect(await ask('PUT', 'event-types/other/mapping', { table: 'kept', fields: [] })).toMatchObject({ status: 400 })
  const on = await well<Query>('PATCH', `scheduled-queries/${query.id}`, { isEnabled: true })
  expect(Date.parse(on.nextAt!) - Date.now()).toBeLessThanOrEqual(3_600_000)
  expect(await well('GET', 'verify')).toMatchObject({ isBalanced: true })
})
