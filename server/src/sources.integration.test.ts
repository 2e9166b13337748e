/** Sources and their jobs, in a server that runs, against an HTTP source on this machine. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { type RunningServer, startServer } from './main.ts'

const token = 'fixed-admin-token-of-the-test'
let folder: string
let server: RunningServer
let outside: Server
let outsideUrl: string
/** Answers that the source gives before it gives rows; `hang` keeps it from answering. */
let refusals: number[]
let hang: Promise<void> | undefined
let asked: string[]

/** Each refresh token is good once. */
let refreshToken = 'first refresh token'
function renewed(form: string): object {
  if (new URLSearchParams(form).get('refresh_token') !== refreshToken) return { error: 'invalid_grant' }
  refreshToken = `refresh token ${crypto.randomUUID()}`
  return { access_token: 'an access token', refresh_token: refreshToken, expires_in: 1 }
}

const total = 30
const size = 10
const patience = { timeout: 20_000, interval: 50 }

const start = async () =>
  startServer(
    await readConfig({
      flags: { port: '0', data: join(folder, 'data'), logLevel: 'error' },
      env: { MILLRACE_ADMIN_TOKEN: token, MILLRACE_ALLOWED_HOSTS: '127.0.0.1' },
      cwd: folder,
    }),
  )

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-sources-'))
  outside = createServer(async (request, response) => {
    const { url } = request
    if (url === '/token') return response.end(JSON.stringify(renewed(await text(request))))
    asked.push(url!)
    await hang
    const status = refusals.shift()
    if (status !== undefined) return response.writeHead(status).end()
    const { pathname, searchParams } = new URL(url!, 'http://local')
    const offset = Number(searchParams.get('offset') ?? 0)
    const rows = Array.from({ length: Math.max(0, Math.min(size, total - offset)) }, (_, index) => offset + index)
    return response.end(JSON.stringify(rows.map((n) => ({ id: `${pathname} ${n}`, n }))))
  })
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve))
  outsideUrl = `http://127.0.0.1:${(outside.address() as AddressInfo).port}`
  server = await start()
})
beforeEach(() => {
  refusals = []
  asked = []
  hang = undefined
})
afterAll(async () => {
  await server.close()
  outside.closeAllConnections()
  await new Promise((resolve) => outside.close(resolve))
  await rm(folder, { recursive: true })
})

interface Job {
  id: string
  source: string
  state: string
  rowCount: number
  pages: number
  error: { code: string; message: string } | null
}
interface Source {
  id: string
  state: object
  nextAt: string | null
  pausedAt: string | null
  lastJob: Job | null
}

async function ask(method: string, path: string, body?: unknown) {
  const answer = await fetch(`${server.url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, text, json: () => JSON.parse(text) }
}

async function well<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await ask(method, path, body)
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text}`)
  return answer.json() as T
}

async function make(name: string, more: object = {}): Promise<string> {
  const settings = {
    url: `${outsideUrl}/${name}`,
    table: name,
    idField: 'id',
    paging: { type: 'offset', size },
    ...more,
  }
  const { input } = await well<{ input: { id: string } }>('POST', 'inputs', {
    label: name,
    type: 'http-json',
    settings,
  })
  return input.id
}

const run = (source: string, body: object = {}) => well<Job>('POST', `sources/${source}/run`, body)
const jobOf = ({ id }: Job) => well<Job>('GET', `jobs/${id}`)
async function ended(job: Job): Promise<Job> {
  await expect.poll(async () => (await jobOf(job)).state, patience).not.toMatch(/QUEUED|RUNNING/)
  return jobOf(job)
}
const counts = async (table: string) =>
  (await well<{ rows: number[][] }>('POST', 'query', { sql: `SELECT count(*), count(DISTINCT n) FROM ${table}` }))
    .rows[0]

test('a job fetches all rows once, says how it went, and keeps its pages', async () => {
  const source = await make('orders')
  const job = await ended(await run(source))
  expect(job).toMatchObject({ state: 'SUCCESS', rowCount: total, error: null, source })
  await expect.poll(() => counts('orders').catch(() => undefined), patience).toEqual([total, total])
  const { items: lines } = await well<{ items: { message: string }[] }>('GET', `jobs/${job.id}/log`)
  expect(lines.map(({ message }) => message)).toEqual(expect.arrayContaining(['begun', 'done']))
  const { items: pages } = await well<{ items: { name: string; bytes: number }[] }>('GET', `jobs/${job.id}/raw`)
  const first = await ask('GET', `jobs/${job.id}/raw/${pages[0]!.name}`)
  expect(first.text).toContain('/orders 0')
  expect((await ask('GET', `jobs/${job.id}/raw/..%2Flog.ndjson`)).status).toBe(404)
  const { items } = await well<{ items: Source[] }>('GET', 'sources')
  expect(items.find(({ id }) => id === source)?.lastJob).toMatchObject({ id: job.id })
})

test('a source that is in trouble is asked again; one that refuses makes the job fail, and somebody is told', async () => {
  const source = await make('troubled')
  refusals = [503, 429]
  expect(await ended(await run(source))).toMatchObject({ state: 'SUCCESS', rowCount: total })
  refusals = [403]
  expect(await ended(await run(source))).toMatchObject({
    state: 'FAILURE',
    error: { message: expect.stringMatching(/403/) },
  })
  const told = async () =>
    (await well<{ items: { type: string }[] }>('GET', 'notifications')).items.filter(
      ({ type }) => type === 'job_failed',
    )
  await expect.poll(told, patience).toHaveLength(1)
})

test('a token that is renewed is saved, sealed: the next job has it', async () => {
  const client = { clientId: 'us', clientSecret: 'secret of the client', refreshToken }
  const source = await make('sealed', { auth: { type: 'oauth2', tokenUrl: `${outsideUrl}/token`, ...client } })
  for (let round = 0; round < 3; round++) expect(await ended(await run(source))).toMatchObject({ state: 'SUCCESS' })
  const { items } = await well<{ items: object[] }>('GET', 'inputs')
  expect(JSON.stringify(items)).not.toMatch(/refresh token|secret of/)
  refreshToken = 'of somebody else'
  expect(await ended(await run(source))).toMatchObject({ state: 'FAILURE' })
})

test('one job at a time: asked twice it is the same; cancelled it ends, also while the source says nothing', async () => {
  const source = await make('slow')
  const { promise, resolve } = Promise.withResolvers<void>()
  hang = promise
  const job = await run(source)
  await expect.poll(() => asked.length, patience).toBe(1)
  expect((await run(source)).id).toBe(job.id)
  expect((await ask('POST', `sources/${source}/reset`)).status).toBe(409)
  expect(await well('POST', `jobs/${job.id}/cancel`)).toMatchObject({ state: 'CANCELLED' })
  resolve()
  expect(await well('POST', `jobs/${job.id}/cancel`)).toMatchObject({ state: 'CANCELLED' })
})

test('what is under way when the server stops goes on after the next start', async () => {
  const source = await make('interrupted')
  const { promise, resolve } = Promise.withResolvers<void>()
  hang = promise
  const job = await run(source)
  await expect.poll(() => asked.length, patience).toBe(1)
  await server.close()
  server = await start()
  resolve()
  expect(await ended(job)).toMatchObject({ state: 'SUCCESS', rowCount: total })
})

test('a source that is removed takes its jobs along', async () => {
  const source = await make('removed')
  const { promise, resolve } = Promise.withResolvers<void>()
  hang = promise
  const job = await run(source)
  await expect.poll(() => asked.length, patience).toBe(1)
  expect((await ask('DELETE', `inputs/${source}`)).status).toBe(204)
  resolve()
  expect((await ask('GET', `jobs/${job.id}`)).status).toBe(404)
  expect((await ask('GET', `sources/${source}`)).status).toBe(404)
})

test('fifteen at once, and of the waiting ones the source that was served longest ago comes first', async () => {
  const sources = await Promise.all(Array.from({ length: 18 }, (_, n) => make(`many${n}`)))
  const { promise, resolve } = Promise.withResolvers<void>()
  hang = promise
  const jobs = await Promise.all(sources.map((source) => run(source)))
  const running = async () => (await well<{ items: Job[] }>('GET', 'jobs?state=RUNNING')).items.length
  await expect.poll(running, patience).toBe(15)
  await delay(1_500) // longer than the interval that jobs are looked for at
  expect(await running()).toBe(15)
  resolve()
  for (const job of jobs) expect(await ended(job)).toMatchObject({ state: 'SUCCESS' })
})

describe('schedules', () => {
  test('it runs by itself, until it is paused', async () => {
    const source = await make('scheduled')
    const scheduled = await well<Source>('PUT', `sources/${source}/schedule`, { schedule: { everyMinutes: 1 } })
    expect(Date.parse(scheduled.nextAt!) - Date.now()).toBeGreaterThan(50_000)
    expect(await well('POST', `sources/${source}/pause`)).toMatchObject({ nextAt: null, pausedAt: expect.any(String) })
    const resumed = await well<Source>('POST', `sources/${source}/resume`)
    expect(resumed).toMatchObject({ nextAt: scheduled.nextAt, pausedAt: null })
    await well('PUT', `sources/${source}/schedule`, { schedule: null })
  })

  test.each([
    [{ cron: '61 * * * *' }, 'schedule.cron'],
    [{ cron: '* * * * *', timeZone: 'Nowhere/At_all' }, 'schedule.timeZone'],
    [{ everyMinutes: 0 }, 'schedule'],
    [{ cron: '0 0 30 2 *' }, 'schedule.cron'],
  ])('%j is none', async (schedule, field) => {
    const source = await make(`none-${crypto.randomUUID()}`)
    const answer = await ask('PUT', `sources/${source}/schedule`, { schedule })
    expect([answer.status, answer.json().errors[0].field]).toEqual([400, expect.stringContaining(field)])
  })
})

test.each([
  [{ start: '2026-02-29', end: '2026-03-01' }, /no day/],
  [{ start: '2026-03-02', end: '2026-03-01' }, /ends before/],
  [{ start: 'yesterday', end: '2026-03-01' }, /2026-01-31/],
])('the range %j is none', async (range, why) => {
  const source = await make(`range-${crypto.randomUUID()}`)
  const answer = await ask('POST', `sources/${source}/run`, { range })
  expect([answer.status, answer.text]).toEqual([400, expect.stringMatching(why)])
})

test('days of a range, the leap day too, are asked for; the state of the source stays as it was', async () => {
  const source = await make('days', { url: `${outsideUrl}/days?from={start}&to={end}` })
  const range = { start: '2024-02-29', end: '2024-02-29' }
  expect(await ended(await run(source, { range }))).toMatchObject({ state: 'SUCCESS', range })
  expect(asked[0]).toContain('from=2024-02-29&to=2024-02-29')
  expect(await well('GET', `sources/${source}`)).toMatchObject({ state: {} })
  expect(await ended(await run(source))).toMatchObject({ state: 'FAILURE', error: { code: 'invalid_request' } })
})
