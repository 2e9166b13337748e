/** A server that dies while a scheduled query runs: its table is as it was, and the run has failed, or as it was to be, and it has succeeded. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { postBatch } from './producer.ts'
import { ask, askWell, rowsOf } from './requests.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

let folder: string
let server: ServerProcess
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
})
afterEach(async () => {
  server.signal('SIGKILL')
  await server.exited
  rmSync(folder, { recursive: true, force: true })
})

interface Run {
  readonly id: string
  readonly state: string
  readonly error: { readonly message: string } | null
}

const patience = { timeout: 30_000, interval: 50 }
const events = 300
const old = [['old', 1]]

async function make(statement: object): Promise<string> {
  const draft = { label: 'hourly', target: 'made', statement, schedule: { cron: '0 0 1 1 *' } }
  const { status, body } = await ask(server.url, '/api/v1/scheduled-queries', draft)
  expect([status, body]).toMatchObject([201, {}])
  return (body as { id: string }).id
}

/** Asks for a run. */
async function begin(query: string): Promise<Run> {
  return (await ask(server.url, `/api/v1/scheduled-queries/${query}/run`, {})).body as Run
}

const runOf = (query: string, { id }: Run) => askWell<Run>(server.url, `/api/v1/scheduled-queries/${query}/runs/${id}`)

async function runWhole(query: string): Promise<void> {
  const run = await begin(query)
  await expect.poll(async () => (await runOf(query, run)).state, patience).toBe('SUCCESS')
}

/** A table that is old, and a query that makes it new. */
async function prepare(): Promise<string> {
  server = await startServerProcess({ folder })
  await postBatch(server.url, 'sale', Array.from({ length: events }, (_, n) => `{"n":${n}}`).join('\n'))
  const loaded = async () => (await ask(server.url, '/api/v1/tables/chaos')).body
  await expect.poll(loaded, patience).toMatchObject({ rowCount: events })
  await runWhole(await make({ kind: 'select', sql: "SELECT 'old' AS age, 1 AS n", mode: 'replace' }))
  return make({ kind: 'select', sql: "SELECT 'new' AS age, n FROM chaos, range(1000)", mode: 'replace' })
}

async function restart(env: Record<string, string> = {}): Promise<void> {
  server.signal('SIGKILL')
  await server.exited
  server = await startServerProcess({ folder, env })
}

const made = async () => ({
  isOld: JSON.stringify(await rowsOf(server.url, 'SELECT * FROM made LIMIT 2')) === JSON.stringify(old),
  rows: await rowsOf(server.url, 'SELECT count(*), count(DISTINCT n), min(age), max(age) FROM made'),
})
const isNew = { isOld: false, rows: [[events * 1000, events, 'new', 'new']] }
const isOld = { isOld: true, rows: [[1, 1, 'old', 'old']] }

async function expectFailed(query: string, run: Run): Promise<void> {
  await expect
    .poll(() => runOf(query, run), patience)
    .toMatchObject({ state: 'FAILURE', error: { message: expect.stringMatching(/ended/) } })
  const { items } = await askWell<{ items: { id: string }[] }>(server.url, '/api/v1/scheduled-queries?state=error')
  expect(items.map(({ id }) => id)).toEqual([query])
  expect(await askWell(server.url, '/api/v1/verify')).toMatchObject({ isBalanced: true })
  await runWhole(query)
  expect(await made()).toEqual(isNew)
}

it('it dies before it is committed', async () => {
  const query = await prepare()
  await restart({ MILLRACE_FAILPOINT: 'duckdb.statement.commit' })
  const run = await begin(query)
  await server.exited
  await restart()
  expect(await made()).toEqual(isOld)
  await expectFailed(query, run)
})

it('it dies when it is committed: the run is known to have succeeded', async () => {
  const query = await prepare()
  await restart({ MILLRACE_FAILPOINT: 'duckdb.statement.committed' })
  const run = await begin(query)
  await server.exited
  await restart()
  expect(await made()).toEqual(isNew)
  await expect
    .poll(() => runOf(query, run), patience)
    .toMatchObject({ state: 'SUCCESS', rowCount: events * 1000, error: null })
  expect(await askWell(server.url, '/api/v1/scheduled-queries?state=error')).toMatchObject({ items: [] })
  expect(await askWell(server.url, '/api/v1/verify')).toMatchObject({ isBalanced: true })
})

it('it dies at any time', async () => {
  const query = await prepare()
  for (let round = 0; round < 8; round++) {
    const run = await begin(query)
    await delay(round * 40)
    await restart()
    const { state } = await runOf(query, run)
    if (state === 'QUEUED' || state === 'RUNNING')
      await expect.poll(async () => (await runOf(query, run)).state, patience).toBe('SUCCESS') // it had not begun
    expect([isOld, isNew]).toContainEqual(await made())
    expect(await askWell(server.url, '/api/v1/verify')).toMatchObject({ isBalanced: true })
  }
  await runWhole(query)
  expect(await made()).toEqual(isNew)
})
