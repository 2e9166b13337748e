/** Back-fills in a server that runs: ranges in jobs of ten days, rows that take the place of others, plans, quotas, pauses. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { dayAfter, daysIn } from './days.ts'
import { type RunningServer, startServer } from './main.ts'

const token = 'fixed-admin-token-of-the-test'
const patience = { timeout: 60_000, interval: 50 }
const perDay = 3
let folder: string
let server: RunningServer
let outside: Server
let outsideUrl: string
/** What the source tells of each day; changes from one version of its data to the next. */
let version: number
let refusal: number | undefined
let hang: Promise<void> | undefined
let asked: string[]
/** Of each row, beside its day. */
let more: (day: string, n: number) => object

const rowsOf = (day: string) =>
  Array.from({ length: perDay }, (_, n) => ({ id: `${day} ${n}`, date: day, n, version, ...more(day, n) }))

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-processing-'))
  outside = createServer(async ({ url }, response) => {
    asked.push(url!)
    await hang
    if (refusal !== undefined) return response.writeHead(refusal).end()
    const { searchParams } = new URL(url!, 'http://local')
    const range = { start: searchParams.get('from')!, end: searchParams.get('to')! }
    const days = Array.from({ length: daysIn(range) }, (_, n) => dayAfter(range.start, n))
    return response.end(JSON.stringify(days.flatMap(rowsOf)))
  })
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve))
  outsideUrl = `http://127.0.0.1:${(outside.address() as AddressInfo).port}`
  server = await startServer(
    await readConfig({
      flags: { port: '0', data: join(folder, 'data'), logLevel: 'error' },
      env: { MILLRACE_ADMIN_TOKEN: token, MILLRACE_ALLOWED_HOSTS: '127.0.0.1' },
      cwd: folder,
    }),
  )
})
beforeEach(() => {
  version = 1
  refusal = undefined
  hang = undefined
  asked = []
  more = () => ({})
})
afterAll(async () => {
  await server.close()
  outside.closeAllConnections()
  await new Promise((resolve) => outside.close(resolve))
  await rm(folder, { recursive: true })
})

interface Job {
  id: string
  state: string
  range: { start: string; end: string } | null
  rowCount: number
  rowsLoaded: number
  rowsReplaced: number
  rerunOf: string | null
  notBefore: string | null
  pausedAt: string | null
  error: { code: string; message: string } | null
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

async function make(name: string, settings: object = {}): Promise<string> {
  const all = { url: `${outsideUrl}/?from={start}&to={end}`, table: name, idField: 'id', ...settings }
  const { input } = await well<{ input: { id: string } }>('POST', 'inputs', {
    ...{ label: name, type: 'http-json', settings: all },
  })
  return input.id
}

const process = async (source: string, start: string, end: string, settings: object = {}) =>
  (await well<{ items: Job[] }>('POST', `sources/${source}/process`, { start, end, ...settings })).items
const jobOf = ({ id }: Job) => well<Job>('GET', `jobs/${id}`)
async function ended(jobs: readonly Job[]): Promise<Job[]> {
  for (const job of jobs)
    await expect.poll(async () => (await jobOf(job)).state, patience).not.toMatch(/QUEUED|RUNNING/)
  return Promise.all(jobs.map(jobOf))
}
const query = async (sql: string) => (await well<{ rows: unknown[][] }>('POST', 'query', { sql })).rows
const counts = (table: string) => query(`SELECT count(*), count(DISTINCT id), min(version), max(version) FROM ${table}`)
const isBalanced = async () => (await well<{ isBalanced: boolean }>('GET', 'verify')).isBalanced

test('thirty days are three jobs, listed at once; their rows are there when they have ended', async () => {
  const source = await make('thirty')
  const jobs = await process(source, '2021-01-02', '2021-01-31')
  expect(jobs.map(({ range }) => range)).toEqual([
    { start: '2021-01-02', end: '2021-01-11' },
    { start: '2021-01-12', end: '2021-01-21' },
    { start: '2021-01-22', end: '2021-01-31' },
  ])
  const { items } = await well<{ items: Job[] }>('GET', `jobs?source=${source}`)
  expect(items.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id).toReversed())
  for (const job of await ended(jobs))
    expect(job).toMatchObject({ state: 'SUCCESS', rowCount: 30, rowsLoaded: 30, rowsReplaced: 0, error: null })
  expect(await counts('thirty')).toEqual([[90, 90, 1, 1]])
  expect(await query('SELECT count(DISTINCT _source), min(_day)::VARCHAR, max(_day)::VARCHAR FROM thirty')).toEqual([
    [1, '2021-01-02', '2021-01-31'],
  ])
  expect(await isBalanced()).toBe(true)
})

test('a rerun replaces the rows of its days; one that fails leaves them as they are', async () => {
  const source = await make('again')
  const [first, second] = await ended(await process(source, '2021-01-01', '2021-01-20'))
  version = 2
  const { items } = await well<{ items: Job[] }>('POST', 'jobs/rerun', { ids: [second!.id] })
  expect(items).toMatchObject([{ rerunOf: second!.id, range: second!.range }])
  expect(await ended(items)).toMatchObject([{ state: 'SUCCESS', rowsLoaded: 30, rowsReplaced: 30 }])
  expect(await query('SELECT version, count(*), min(date), max(date) FROM again GROUP BY version ORDER BY 1')).toEqual([
    [1, 30, '2021-01-01', '2021-01-10'],
    [2, 30, '2021-01-11', '2021-01-20'],
  ])
  version = 3
  refusal = 403
  const failed = await well<{ items: Job[] }>('POST', 'jobs/rerun', { ids: [first!.id] })
  expect(await ended(failed.items)).toMatchObject([{ state: 'FAILURE', rowsLoaded: 0 }])
  expect(await counts('again')).toEqual([[60, 60, 1, 2]])
  refusal = undefined
  const again = await well<{ items: Job[] }>('POST', `sources/${source}/rerun`, { which: 'failed' })
  expect(again.items).toMatchObject([{ rerunOf: failed.items[0]!.id, range: first!.range }])
  await ended(again.items)
  expect((await well<{ items: Job[] }>('POST', `sources/${source}/rerun`, { which: 'failed' })).items).toEqual([])
  expect(await counts('again')).toEqual([[60, 60, 2, 3]])
  expect(await isBalanced()).toBe(true)
})

test('days may be cut anew where rows say their day; where they say none, only as they were', async () => {
  const source = await make('dated')
  await ended(await process(source, '2024-02-20', '2024-03-10'))
  version = 2
  const [leap] = await ended(await process(source, '2024-02-29', '2024-02-29'))
  expect(leap).toMatchObject({ state: 'SUCCESS', rowsLoaded: perDay, rowsReplaced: perDay })
  expect(await counts('dated')).toEqual([[60, 60, 1, 2]])

  more = () => ({ date: undefined })
  const undated = await make('undated')
  await ended(await process(undated, '2024-01-01', '2024-01-10'))
  expect(await query('SELECT DISTINCT _day::VARCHAR, _last_day::VARCHAR FROM undated')).toEqual([
    ['2024-01-01', '2024-01-10'],
  ])
  const before = asked.length
  const [part] = await ended(await process(undated, '2024-01-05', '2024-01-06'))
  expect(part).toMatchObject({
    state: 'FAILURE',
    error: { message: expect.stringContaining('2024-01-01 to 2024-01-10') },
  })
  expect(asked).toHaveLength(before)
  const [whole] = await ended(await process(undated, '2024-01-01', '2024-01-12', { daysPerJob: 12 }))
  expect(whole).toMatchObject({ state: 'SUCCESS', rowsLoaded: 36, rowsReplaced: 30 })
  expect(await counts('undated')).toEqual([[36, 36, 2, 2]])
})

test('what failed and waits goes when its days are replaced, so that it does not come twice', async () => {
  const source = await make('odd')
  await well('PUT', 'event-types/odd/mapping', {
    ...{ table: 'odd', mode: 'FLEXIBLE', fields: [{ path: ['n'], column: 'n', type: 'BIGINT' }] },
  })
  more = (_, n) => (n === 0 ? { n: 'no number' } : {})
  const jobs = await ended(await process(source, '2021-01-01', '2021-01-02'))
  expect(jobs).toMatchObject([{ state: 'SUCCESS', rowCount: 6 }])
  const waiting = async () => (await well<{ items: unknown[] }>('GET', 'restream?eventType=odd')).items.length
  const before = await waiting()
  more = () => ({})
  await ended(await process(source, '2021-01-01', '2021-01-02'))
  expect(await waiting()).toBe(0)
  await well('POST', 'restream/runs', {})
  expect(await query('SELECT count(*), count(DISTINCT _id) FROM odd')).toEqual([[6, 6]])
  expect([before > 0, await isBalanced()]).toEqual([true, true])
})

test('a range of no rows leaves none', async () => {
  const source = await make('empty', { recordPath: '' })
  await ended(await process(source, '2021-01-01', '2021-01-01'))
  refusal = undefined
  const { length } = asked
  const all = rowsOf
  expect(all('2021-01-01')).toHaveLength(perDay)
  more = () => ({})
  const url = `${outsideUrl}/?from=2021-01-02&to=2021-01-01&days={start}{end}`
  await well('PATCH', `inputs/${source}`, { settings: { url } })
  const [none] = await ended(await process(source, '2021-01-01', '2021-01-01'))
  expect(none).toMatchObject({ state: 'SUCCESS', rowCount: 0, rowsLoaded: 0, rowsReplaced: perDay })
  expect(await query('SELECT count(*) FROM empty')).toEqual([[0]])
  expect(asked).toHaveLength(length + 1)
})

test('a source that is switched off runs a range that somebody asks for, and nothing else', async () => {
  const source = await make('off')
  await well('PATCH', `inputs/${source}`, { isEnabled: false })
  expect((await ask('POST', `sources/${source}/run`, {})).status).toBe(409)
  expect(await ended(await process(source, '2021-01-01', '2021-01-02'))).toMatchObject([{ state: 'SUCCESS' }])
})

test.each([
  ['2021-02-29', '2021-03-01', /no day/],
  ['2021-03-02', '2021-03-01', /ends before/],
  ['1900-01-01', '2999-12-31', /may wait/],
  ['1.1.2021', '2021-03-01', /2026-01-31/],
])('from %s to %s is no range', async (start, end, why) => {
  const source = await make(`none-${crypto.randomUUID()}`)
  for (const what of ['process', 'plan']) {
    const answer = await ask('POST', `sources/${source}/${what}`, { start, end, daysPerJob: 1 })
    expect([answer.status, answer.text]).toEqual([400, expect.stringMatching(why)])
  }
})

test('jobs of one source run side by side up to its limit, those of the same days one after the other', async () => {
  const source = await make('beside')
  const { promise, resolve } = Promise.withResolvers<void>()
  hang = promise
  await well('PATCH', `sources/${source}/limits`, { jobsAtOnce: 2, daysPerJob: 1 })
  const jobs = [
    ...(await process(source, '2021-01-01', '2021-01-04')),
    ...(await process(source, '2021-01-01', '2021-01-04')),
  ]
  await expect.poll(() => asked.length, patience).toBe(2)
  const states = async () => (await Promise.all(jobs.map(jobOf))).map(({ state }) => state)
  expect(await states()).toEqual(['RUNNING', 'RUNNING', ...Array.from({ length: 6 }, () => 'QUEUED')])
  resolve()
  expect(await ended(jobs)).toHaveLength(8)
  expect(await counts('beside')).toEqual([[12, 12, 1, 1]])
})

test('jobs are paused and go on; back-fills make room for what is due', async () => {
  const source = await make('paused')
  const { promise, resolve } = Promise.withResolvers<void>()
  hang = promise
  const jobs = await process(source, '2021-01-01', '2021-01-20')
  await expect.poll(() => asked.length, patience).toBe(2)
  await well('POST', 'jobs/pause', { source })
  expect(await Promise.all(jobs.map(jobOf))).toMatchObject([
    { state: 'QUEUED', pausedAt: expect.any(String) },
    { state: 'QUEUED', pausedAt: expect.any(String) },
  ])
  await well('POST', 'jobs/resume', { source })
  await expect.poll(() => asked.length, patience).toBe(4)
  const range = { start: '2021-01-01', end: '2021-01-01' }
  const due = await well<Job>('POST', `sources/${source}/run`, { range })
  await expect.poll(async () => (await jobOf(due)).state, patience).toBe('RUNNING')
  expect(await jobOf(jobs[0]!)).toMatchObject({ state: 'QUEUED' })
  resolve()
  expect(await ended([due, ...jobs])).toMatchObject([{ state: 'SUCCESS' }, { state: 'SUCCESS' }, { state: 'SUCCESS' }])
  const cancelled = await process(source, '2022-01-01', '2022-12-31')
  await well('POST', 'jobs/cancel', { ids: cancelled.map(({ id }) => id) })
  for (const { state } of await ended(cancelled)) expect(state).toMatch(/CANCELLED|SUCCESS/)
})

test('a plan tells jobs and calls; what the quota of today cannot hold is refused, or waits for the days after', async () => {
  const source = await make('planned')
  await ended(await process(source, '2021-01-01', '2021-01-10'))
  await well('PATCH', `sources/${source}/limits`, { callsPerDay: 5, daysPerJob: 10 })
  const range = { start: '2022-01-01', end: '2022-03-01' }
  const plan = await well<Record<string, unknown>>('POST', `sources/${source}/plan`, range)
  expect(plan).toMatchObject({ calls: 6, basis: 'declared', callsPerDay: 5, callsLeftToday: 4, jobsLater: 2 })
  const refused = await ask('POST', `sources/${source}/process`, range)
  expect([refused.status, refused.json().code]).toEqual([409, 'quota_exceeded'])
  const jobs = await process(source, range.start, range.end, { spread: true })
  expect(jobs.map(({ notBefore }) => notBefore === null)).toEqual([true, true, true, true, false, false])
  expect(await ended(jobs.slice(0, 4))).toHaveLength(4)
  // The quota holds also for those who do not plan.
  await well('PATCH', `sources/${source}/limits`, { callsPerDay: 100 })
  const [last] = await process(source, '2023-01-01', '2023-01-01')
  await ended([last!])
  await well('PATCH', `sources/${source}/limits`, { callsPerDay: 6 })
  const run = await well<Job>('POST', `sources/${source}/run`, { range: { start: '2023-02-01', end: '2023-02-01' } })
  await expect.poll(async () => (await jobOf(run)).notBefore, patience).not.toBeNull()
  expect(await jobOf(run)).toMatchObject({ state: 'QUEUED' })
  const many = await well<{ items: unknown[] }>('POST', 'sources/plan', { ...range, sources: [source] })
  expect(many.items).toHaveLength(1)
})

test('a plan of pages goes by the records of a day where the settings say them, else by what earlier jobs took', async () => {
  const range = { start: '2022-01-01', end: '2022-01-30' }
  const paging = { type: 'link', size: 10 }
  const declared = await make('paged', { paging, recordsPerDay: 25 })
  expect(await well('POST', `sources/${declared}/plan`, range)).toMatchObject({ calls: 75, basis: 'declared' })
  const measured = await make('unsaid', { paging })
  expect(await well('POST', `sources/${measured}/plan`, range)).toMatchObject({ calls: 3, basis: 'assumed' })
  await ended(await process(measured, '2021-01-01', '2021-01-10'))
  const plan = await well<Record<string, unknown>>('POST', `sources/${measured}/plan`, range)
  expect(plan).toMatchObject({ calls: 3, basis: 'measured', expectedEndAt: expect.any(String) })
})

test('events that code splits off and sends elsewhere are replaced with those they come from', async () => {
  const source = await make('whole')
  const code = `export function transform(event) {
    if (event._metadata.event_type !== 'whole') return event
    return [event, { version: event.version, _metadata: { event_type: 'piece' } }]
  }`
  const module = { code, language: 'javascript', message: 'Split', allowTypeErrors: true }
  await well('PUT', 'transforms/modules/main', module)
  await ended(await process(source, '2021-01-01', '2021-01-02'))
  version = 2
  const [job] = await ended(await process(source, '2021-01-02', '2021-01-02'))
  expect(job).toMatchObject({ state: 'SUCCESS', rowsLoaded: 2 * perDay, rowsReplaced: 2 * perDay })
  for (const table of ['whole', 'piece'])
    expect(
      await query(`SELECT version, count(*), min(_day)::VARCHAR FROM ${table} GROUP BY 1 ORDER BY 1`),
      table,
    ).toEqual([
      [1, perDay, '2021-01-01'],
      [2, perDay, '2021-01-02'],
    ])
  expect(await isBalanced()).toBe(true)
})
