/**
 * A server that dies while rows of some days take the place of others: the job is taken over, the old rows are there until the new ones
 * all are, and no day is ever there twice or in part. Longer runs: `MILLRACE_REPLACEMENT_DEATHS=96 MILLRACE_BACKFILL_SOURCES=50`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { dayAfter, daysIn } from '../../server/src/days.ts'
import { ask, askWell, rowsOf } from './requests.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

const randomDeaths = Number(process.env['MILLRACE_REPLACEMENT_DEATHS'] ?? 4)
const sourceCount = Number(process.env['MILLRACE_BACKFILL_SOURCES'] ?? 5)
const deathsInARow = 4
const points = [
  ...['job.page.written', 'job.landing.appended', 'job.landing.ended'],
  ...['pipeline.replacement.purged', 'pipeline.replacement.loaded', 'duckdb.replace.begin', 'duckdb.replace.rows'],
]
const patience = { timeout: 120_000, interval: 50 }
const env = { MILLRACE_ALLOWED_HOSTS: '127.0.0.1' }
const [firstDay, lastDay, perDay, size, daysPerJob] = ['2026-03-20', '2026-04-03', 20, 25, 5]

let folder: string
let server: ServerProcess
let source: Server
let version = 1
let answered = 0

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
  version = 1
  source = createServer(async ({ url }, response) => {
    const { pathname, searchParams } = new URL(url!, 'http://local')
    const range = { start: searchParams.get('from')!, end: searchParams.get('to')! }
    const rows = Array.from({ length: daysIn(range) }, (_, n) => dayAfter(range.start, n)).flatMap((date) =>
      Array.from({ length: perDay }, (_, n) => ({ id: `${pathname} ${date} ${n}`, date, version })),
    )
    const offset = Number(searchParams.get('offset') ?? 0)
    await delay(3)
    answered++
    response.end(JSON.stringify(rows.slice(offset, offset + Number(searchParams.get('limit') ?? size))))
  })
  await new Promise<void>((resolve) => source.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  server.signal('SIGKILL')
  await server.exited
  source.closeAllConnections()
  await new Promise((resolve) => source.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

interface Job {
  readonly id: string
  readonly state: string
  readonly rowsLoaded: number
}

const start = async (more: Record<string, string> = {}) => {
  server = await startServerProcess({ folder, env: { ...env, ...more } })
}
const die = async () => {
  server.signal('SIGKILL')
  await server.exited
}

async function make(name: string, pageSize: number): Promise<string> {
  const url = `http://127.0.0.1:${(source.address() as AddressInfo).port}/${name}?from={start}&to={end}`
  const paging = { type: 'offset', size: pageSize }
  const settings = { url, table: 'fetched', idField: 'id', paging }
  const made = await ask(server.url, '/api/v1/inputs', { label: name, type: 'http-json', settings })
  expect([made.status, made.body]).toMatchObject([201, {}])
  return (made.body as { input: { id: string } }).input.id
}

const processRange = async (id: string, range: object): Promise<Job[]> => {
  const { status, body } = await ask(server.url, `/api/v1/sources/${id}/process`, range)
  expect([status, body]).toMatchObject([202, {}])
  return (body as { items: Job[] }).items
}
const statesOf = async (jobs: readonly Job[]) =>
  Promise.all(jobs.map(async ({ id }) => (await askWell<Job>(server.url, `/api/v1/jobs/${id}`)).state))

/** Each part that a job has is there whole, once, and of one version: a look at the tables at any time. */
async function checkParts(): Promise<number[]> {
  const parts = await rowsOf(
    server.url,
    `SELECT (_day - DATE '${firstDay}') // ${daysPerJob}, count(*), count(DISTINCT id), min(version), max(version)
     FROM fetched GROUP BY 1 ORDER BY 1`,
  )
  for (const [part, rows, ids, oldest, newest] of parts as number[][])
    expect({ part, rows, ids, oldest }).toEqual({ part, rows: daysPerJob * perDay, ids: rows, oldest: newest })
  return (parts as number[][]).map(([, , , , newest]) => newest!)
}

it(`dies at ${points.length} points and ${randomDeaths} times at random`, async () => {
  await start()
  const id = await make('replaced', size)
  const range = { start: firstDay, end: lastDay, daysPerJob }
  const first = await processRange(id, range)
  await expect.poll(async () => statesOf(first), patience).toEqual(first.map(() => 'SUCCESS'))
  const deaths = [...points, ...Array.from({ length: Math.ceil(randomDeaths / deathsInARow) }, () => undefined)]
  for (const point of deaths) {
    if (point !== undefined) {
      await die()
      await start({ MILLRACE_FAILPOINT: `${point}:${1 + Math.floor(Math.random() * 3)}` })
    }
    expect(new Set(await checkParts())).toEqual(new Set([version]))
    version++
    const jobs = await processRange(id, range)
    for (let death = 0; death < (point === undefined ? deathsInARow : 1); death++) {
      if (point === undefined) {
        await delay(Math.random() * 1_000)
        server.signal('SIGKILL')
      }
      await server.exited
      await start()
      for (const found of await checkParts()) expect([version - 1, version]).toContain(found)
    }
    for (;;) {
      for (const found of await checkParts()) expect([version - 1, version]).toContain(found)
      const states = await statesOf(jobs)
      expect(states).not.toContain('FAILURE')
      if (states.every((state) => state === 'SUCCESS')) break
      await delay(20)
    }
    expect(await checkParts(), `${point}`).toEqual(jobs.map(() => version))
  }
  expect(await askWell(server.url, '/api/v1/verify')).toMatchObject({ isBalanced: true })
}, 1_800_000)

it(`a year of ${sourceCount} sources is planned, interrupted and resumed, and each day is there once`, async () => {
  await start()
  const year = { start: '2024-01-01', end: '2024-12-31', daysPerJob: 31 }
  const sources: string[] = []
  for (let n = 0; n < sourceCount; n++) sources.push(await make(`source${n}`, 1_000))
  const plans = await ask(server.url, '/api/v1/sources/plan', { ...year, sources })
  const planned = (plans.body as { items: { jobs: unknown[] }[] }).items.map(({ jobs }) => jobs.length)
  expect(planned).toEqual(sources.map(() => 12))
  const jobs: Job[] = []
  for (const id of sources) jobs.push(...(await processRange(id, year)))
  for (let death = 0; death < 3; death++) {
    const before = answered
    await expect.poll(() => answered, patience).toBeGreaterThan(before + sourceCount)
    await die()
    await start()
  }
  const last = { source: sources.at(-1)! }
  await ask(server.url, '/api/v1/jobs/pause', last)
  await ask(server.url, '/api/v1/jobs/resume', last)
  const others = async () => {
    const lists = ['QUEUED', 'RUNNING', 'FAILURE', 'CANCELLED'].map((state) => `/api/v1/jobs?limit=1&state=${state}`)
    const found = await Promise.all(lists.map((list) => askWell<{ items: Job[] }>(server.url, list)))
    return found.flatMap(({ items }) => items)
  }
  await expect.poll(others, { timeout: 1_200_000, interval: 500 }).toEqual([])
  expect(jobs).toHaveLength(12 * sourceCount)
  const found = await rowsOf(
    server.url,
    'SELECT count(*), count(DISTINCT id), count(DISTINCT (_source, _day)), min(n), max(n) FROM (SELECT *, count(*) OVER (PARTITION BY _source, _day) AS n FROM fetched)',
  )
  const days = sourceCount * 366
  expect(found).toEqual([[days * perDay, days * perDay, days, perDay, perDay]])
  expect(await askWell(server.url, '/api/v1/verify')).toMatchObject({ isBalanced: true })
}, 1_800_000)
