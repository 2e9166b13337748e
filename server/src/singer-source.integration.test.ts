/** A Singer tap as a source, in a server that runs: its state goes on from run to run, and rows that have changed replace what they were. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readConfig } from './config.ts'
import { type RunningServer, startServer } from './main.ts'

const token = 'fixed-admin-token-of-the-test'
const patience = { timeout: 60_000, interval: 50 }
let folder: string
let server: RunningServer

/** Rows 1 to 3 in its first run, from its state on: row 3 with another name, and row 4. */
const tap = `#!${process.execPath}
const { readFileSync } = require('node:fs')
const at = process.argv.indexOf('--state')
const state = at < 0 ? null : JSON.parse(readFileSync(process.argv[at + 1], 'utf8'))
const say = (message) => console.log(JSON.stringify(message))
const properties = { id: { type: 'integer' }, name: { type: 'string' } }
say({ type: 'SCHEMA', stream: 'people', schema: { properties }, key_properties: ['id'] })
say({ type: 'SCHEMA', stream: 'notes', schema: { properties }, key_properties: [] })
const rows = state === null ? [[1, 'Ada'], [2, 'Bob'], [3, 'Eve']] : [[3, 'Mallory'], [4, 'Oscar']]
for (const [id, name] of rows) for (const stream of ['people', 'notes']) say({ type: 'RECORD', stream, record: { id, name } })
say({ type: 'STATE', value: { runs: (state?.runs ?? 0) + 1 } })
`

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-singer-source-'))
  mkdirSync(join(folder, 'taps'))
  writeFileSync(join(folder, 'taps', 'tap-people'), tap)
  chmodSync(join(folder, 'taps', 'tap-people'), 0o755)
  const flags = { port: '0', data: join(folder, 'data'), logLevel: 'error', singerTaps: join(folder, 'taps') }
  server = await startServer(await readConfig({ flags, env: { MILLRACE_ADMIN_TOKEN: token }, cwd: folder }))
})
afterEach(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${server.url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as T
}

async function make(label: string, more: object): Promise<string> {
  const settings = { tap: 'tap-people', discovers: false, ...more }
  return (await ask<{ input: { id: string } }>('POST', 'inputs', { label, type: 'singer', settings })).input.id
}

async function run(source: string): Promise<void> {
  const { id } = await ask<{ id: string }>('POST', `sources/${source}/run`, {})
  await expect.poll(async () => (await ask<{ state: string }>('GET', `jobs/${id}`)).state, patience).toBe('SUCCESS')
}

const namesIn = (table: string) => async () =>
  ask<{ rows: unknown[][] }>('POST', 'query', { sql: `SELECT id, name FROM ${table} ORDER BY id, name` })
    .then(({ rows }) => rows.map(([id, name]) => `${id} ${name}`))
    .catch(() => [])

it('rows of a stream with a key replace older ones; those of one without, or where that is not wanted, are a history', async () => {
  const source = await make('keyed', {})
  await run(source)
  await expect.poll(namesIn('people'), patience).toEqual(['1 Ada', '2 Bob', '3 Eve'])
  await run(source)
  await expect.poll(namesIn('people'), patience).toEqual(['1 Ada', '2 Bob', '3 Mallory', '4 Oscar'])
  await expect.poll(namesIn('notes'), patience).toEqual(['1 Ada', '2 Bob', '3 Eve', '3 Mallory', '4 Oscar'])
  const { items } = await ask<{ items: { action: string; object: string }[] }>('GET', 'audit?limit=1000')
  expect(items.filter(({ action }) => action === 'mapping.set').map(({ object }) => object)).toEqual(['people'])

  const history = await make('history', { tablePrefix: 'all_', replacesByKey: false })
  await run(history)
  await run(history)
  await expect.poll(namesIn('all_people'), patience).toEqual(['1 Ada', '2 Bob', '3 Eve', '3 Mallory', '4 Oscar'])
}, 180_000)

it('what somebody mapped before stays as they mapped it', async () => {
  const fields = [{ path: ['name'], column: 'called', type: 'VARCHAR' }]
  await ask('PUT', 'event-types/people/mapping', { fields })
  const source = await make('mapped', {})
  await run(source)
  const called = () =>
    ask<{ rows: unknown[][] }>('POST', 'query', { sql: 'SELECT called FROM people ORDER BY 1' }).then(
      ({ rows }) => rows.flat(),
      () => [],
    )
  await expect.poll(called, patience).toEqual(['Ada', 'Bob', 'Eve'])
  await run(source)
  await expect.poll(called, patience).toEqual(['Ada', 'Bob', 'Eve', 'Mallory', 'Oscar'])
}, 180_000)
