/** Files as a source, in a server that runs: from a folder on its disk to rows, and what was appended by the next job. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readConfig } from './config.ts'
import { type RunningServer, startServer } from './main.ts'

const token = 'fixed-admin-token-of-the-test'
const patience = { timeout: 20_000, interval: 50 }
let folder: string
let server: RunningServer | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-files-source-'))
  mkdirSync(join(folder, 'files'))
})
afterEach(async () => {
  await server?.close()
  server = undefined
  rmSync(folder, { recursive: true })
})

async function start(flags: Record<string, string>): Promise<void> {
  const all = { port: '0', data: join(folder, 'data'), logLevel: 'error', ...flags }
  server = await startServer(await readConfig({ flags: all, env: { MILLRACE_ADMIN_TOKEN: token }, cwd: folder }))
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${server!.url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as T
}

interface Job {
  readonly id: string
  readonly state: string
  readonly rowCount: number
  readonly error: { code: string; message: string } | null
}

const make = async (): Promise<string> => {
  const settings = { folder: '.', table: 'orders' }
  return (await ask<{ input: { id: string } }>('POST', 'inputs', { label: 'orders', type: 'files', settings })).input.id
}

async function run(source: string): Promise<Job> {
  const { id } = await ask<Job>('POST', `sources/${source}/run`, {})
  await expect.poll(async () => (await ask<Job>('GET', `jobs/${id}`)).state, patience).not.toMatch(/QUEUED|RUNNING/)
  return ask('GET', `jobs/${id}`)
}

const sums = async (): Promise<unknown> =>
  ask<{ rows: unknown[] }>('POST', 'query', { sql: 'SELECT count(*), sum(n) FROM orders' })
    .then(({ rows }) => rows[0])
    .catch(() => undefined)

/** As if it had been written a minute ago. */
function settle(name: string): void {
  const at = Date.now() / 1000 - 60
  utimesSync(join(folder, 'files', name), at, at)
}

it('rows of files are rows of tables, once; a line that is none waits in the restream queue', async () => {
  await start({ filesRoot: join(folder, 'files') })
  writeFileSync(join(folder, 'files', 'a.csv'), 'n,name\n1,x\n2,y\n')
  writeFileSync(join(folder, 'files', 'b.ndjson'), '{"n":10}\n{"n":\n')
  settle('a.csv')
  settle('b.ndjson')
  const source = await make()
  expect(await run(source)).toMatchObject({ state: 'SUCCESS', rowCount: 4, error: null })
  await expect.poll(sums, patience).toEqual([3, 13])
  const { items } = await ask<{ items: { code: string }[] }>('GET', 'restream')
  expect(items).toMatchObject([{ code: 'invalid_json' }])

  appendFileSync(join(folder, 'files', 'a.csv'), '100,z\n')
  expect(await run(source)).toMatchObject({ state: 'SUCCESS', rowCount: 1 })
  await expect.poll(sums, patience).toEqual([4, 113])
  expect(await run(source)).toMatchObject({ state: 'SUCCESS', rowCount: 0 })
})

it('no file can be read where the operator names no folder', async () => {
  await start({})
  expect(await run(await make())).toMatchObject({ state: 'FAILURE', error: { code: 'forbidden' } })
})
