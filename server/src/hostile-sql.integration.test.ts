/**
 * SQL that means harm, through every door of a server that runs: a query, a scheduled SELECT, and a scheduled statement that writes.
 * Whatever it is, it is refused with a reason or stopped in time, events go on being loaded, and no table changes but the target.
 */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from './config.ts'
import { type RunningServer, startServer } from './main.ts'

const token = 'fixed-admin-token-of-the-test'
const key = 'fixed-ingest-key-of-the-test'
const eventsSent = 5_000
let folder: string
let written: string
let server: RunningServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-hostile-'))
  written = join(folder, 'written')
  const flags = { port: '0', data: join(folder, 'data'), logLevel: 'error' }
  const env = { MILLRACE_ADMIN_TOKEN: token, MILLRACE_INGEST_KEY: key }
  server = await startServer(await readConfig({ flags, env, cwd: folder }))
  for (let sent = 0; sent < eventsSent; sent += 1_000) await send('ev', 1_000)
  while ((await count('ev')) !== eventsSent) await delay(50)
  await well('POST', 'workspaces', { id: 'other', name: 'Other' })
  for (const workspace of ['default', 'other']) expect(await scheduled(select)('SELECT 1 AS n', workspace)).toBe('done')
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

async function ask(method: string, path: string, body?: unknown) {
  const answer = await fetch(`${server.url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as { code?: string } }
}

async function well<T>(method: string, path: string, body?: unknown): Promise<T> {
  const { status, body: answered } = await ask(method, path, body)
  if (status >= 300) throw new Error(`${path}: ${status} ${JSON.stringify(answered)}`)
  return answered as T
}

async function send(type: string, events: number): Promise<void> {
  const answer = await fetch(`${server.url}/api/v1/events/${type}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
    body: Array.from({ length: events }, (_, n) => `{"n":${n}}`).join('\n'),
  })
  expect(answer.status).toBe(200)
}

/** Undefined where there is no such table. */
async function count(table: string): Promise<number | undefined> {
  const { body } = await ask('GET', `tables/${table}`)
  return (body as { rowCount?: number }).rowCount
}

/** What became of it: the code of the refusal, or `done`. */
type Door = (sql: string, workspace?: string) => Promise<string>

const query: Door = async (sql, workspace = 'default') => {
  const { status, body } = await ask('POST', `query?workspace=${workspace}`, { sql })
  expect(status, `${sql} ${JSON.stringify(body)}`).toBeLessThan(500)
  return body.code ?? 'done'
}

interface Run {
  readonly id: string
  readonly state: string
  readonly error: { readonly code: string } | null
}

const scheduled =
  (statementOf: (sql: string) => object, timeLimitSeconds = 20): Door =>
  async (sql, workspace = 'default') => {
    const within = `?workspace=${workspace}`
    const { status, body } = await ask('POST', `scheduled-queries${within}`, {
      label: 'hostile',
      target: 'made',
      statement: statementOf(sql),
      schedule: { cron: '0 0 1 1 *' },
      timeLimitSeconds,
    })
    expect(status, `${sql} ${JSON.stringify(body)}`).toBeLessThan(500)
    if (status !== 201) return body.code!
    const path = `scheduled-queries/${(body as { id: string }).id}`
    const { id } = await well<Run>('POST', `${path}/run${within}`)
    for (;;) {
      const run = await well<Run>('GET', `${path}/runs/${id}${within}`)
      if (run.state !== 'QUEUED' && run.state !== 'RUNNING') {
        await well('DELETE', `${path}${within}`)
        return run.error?.code ?? 'done'
      }
      await delay(20)
    }
  }

const select = (sql: string) => ({ kind: 'select', sql, mode: 'replace' })
const doors: [name: string, door: Door][] = [
  ['a query', query],
  ['a scheduled SELECT', scheduled(select)],
  [
    'a scheduled CREATE TABLE AS',
    scheduled((sql) => ({ kind: 'write', sql: `CREATE OR REPLACE TABLE made AS ${sql}` })),
  ],
  ['a scheduled DELETE', scheduled((sql) => ({ kind: 'write', sql: `DELETE FROM made WHERE EXISTS (${sql})` }))],
  ['a scheduled statement', scheduled((sql) => ({ kind: 'write', sql }))],
]
const refusals = ['query_refused', 'invalid_sql']

const refused: Record<string, string[]> = {
  'files and extensions': [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT content FROM read_text('/etc/passwd')",
    "FROM '/etc/passwd'",
    "SELECT * FROM glob('/*')",
    "COPY ev TO 'WRITTEN'",
    "COPY (SELECT 1) TO 'WRITTEN'",
    "EXPORT DATABASE 'WRITTEN'",
    "ATTACH 'WRITTEN'",
    "ATTACH ':memory:' AS other",
    'INSTALL httpfs',
    'LOAD httpfs',
    "SELECT * FROM sqlite_scan('WRITTEN', 'a')",
    "SELECT * FROM query('SELECT 1')",
  ],
  settings: [
    'SET enable_external_access = true',
    "SET memory_limit = '10GB'",
    'SET lock_configuration = false',
    'RESET memory_limit',
    'PRAGMA enable_profiling',
  ],
  'several statements': [
    'select 1; drop table ev',
    'select 1; select 2',
    'select 1;; delete from ev',
    'select 1 /* ; */ ; update ev set n = 0 --',
  ],
  'what is named an explanation': [
    'EXPLAIN ANALYZE DELETE FROM ev',
    'EXPLAIN (ANALYZE) UPDATE ev SET n = 0',
    'EXPLAIN ANALYZE CREATE TABLE mine AS SELECT 1',
  ],
  writes: [
    'INSERT INTO ev (n) VALUES (1)',
    'UPDATE ev SET n = 0',
    'DELETE FROM ev',
    'TRUNCATE ev',
    'DROP TABLE ev',
    'ALTER TABLE ev ADD COLUMN mine BIGINT',
    'CREATE TABLE mine (a BIGINT)',
    'CREATE VIEW mine AS SELECT 1',
    'CREATE OR REPLACE MACRO mine() AS 1',
    'CREATE SCHEMA mine',
    'CHECKPOINT',
    'VACUUM',
    'BEGIN',
    'UPDATE _millrace.partitions SET position = 0',
    'DELETE FROM _millrace.derived',
    'WITH a AS (SELECT 1) DELETE FROM ev',
  ],
  'others and the machine': [
    'PRAGMA database_list',
    'SELECT * FROM pragma_database_list()',
    'SELECT path FROM duckdb_databases()',
    'SELECT * FROM duckdb_settings()',
    "SELECT current_setting('temp_directory')",
    'SELECT * FROM duckdb_secrets()',
    'SELECT * FROM duckdb_temporary_files()',
    'SELECT * FROM checkpoint()',
  ],
}

describe.each(doors)('%s', (_name, door) => {
  describe.each(Object.entries(refused))('refuses %s', (_what, statements) => {
    it.each(statements)('%s', async (sql) => {
      expect(refusals).toContain(await door(sql.replace('WRITTEN', written)))
      expect(existsSync(written)).toBe(false)
      expect(await count('ev')).toBe(eventsSent)
      expect([await count('made'), await count('mine')]).toEqual([1, undefined])
    })
  })
})

const computing: typeof doors = [
  ...doors.slice(0, 3),
  ['a scheduled UPDATE', scheduled((sql) => ({ kind: 'write', sql: `UPDATE made SET n = len((${sql})::VARCHAR)` }))],
]

describe.each(computing)('%s', (_name, door) => {
  it.each([
    ['a list of everything', 'SELECT list(a.n) FROM ev a, ev b'],
    ['many large texts', "SELECT list(repeat('x', 1000000) || n) FROM ev"],
  ])('that wants too much memory ends with a reason, and events are loaded all the same: %s', async (_what, sql) => {
    const before = (await count('after')) ?? 0
    const outcome = door(sql)
    await send('after', 10)
    expect(['query_too_large', 'query_timeout']).toContain(await outcome)
    await expect.poll(() => count('after'), { timeout: 20_000, interval: 50 }).toBe(before + 10)
    expect(await query('SELECT 1')).toBe('done')
  })

  it('sees the tables of its own workspace alone', async () => {
    expect(refusals).toContain(await door('SELECT count(*) FROM ev', 'other'))
    expect(refusals).toContain(await door('SELECT count(*) FROM warehouse.main.ev', 'other'))
  })
})

it('what DuckDB cannot interrupt is answered in time, and holds up no events', async () => {
  const uninterruptible = "SELECT length(repeat('x', 2000000000)) AS n"
  const before = (await count('after')) ?? 0
  const startedAt = performance.now()
  const outcome = scheduled(select, 2)(uninterruptible)
  await send('after', 10)
  await expect.poll(() => count('after'), { timeout: 20_000, interval: 50 }).toBe(before + 10)
  expect(await outcome).toBe('query_timeout')
  expect(performance.now() - startedAt).toBeLessThan(8_000)
  expect(await count('made')).toBe(1)
})

const slow = 'SELECT count(*) AS n FROM ev a, ev b, ev c, ev d WHERE a.n + b.n + c.n + d.n < 0'

it('a scheduled query is stopped at its time limit', async () => {
  const startedAt = performance.now()
  expect(await scheduled(select, 1)(slow)).toBe('query_timeout')
  expect(performance.now() - startedAt).toBeLessThan(5_000)
})

it('a query is stopped after 30 s', async () => {
  const startedAt = performance.now()
  expect(await query(slow)).toBe('query_timeout')
  expect(performance.now() - startedAt).toBeLessThan(35_000)
  expect(await query('SELECT 1')).toBe('done')
}, 60_000)

it('an answer has 10 000 rows and 5 MB at most', async () => {
  expect(await ask('POST', 'query', { sql: 'SELECT 1', limit: 10_001 })).toMatchObject({ status: 400 })
  const { rows, truncated } = await well<{ rows: unknown[]; truncated: boolean }>('POST', 'query', {
    sql: 'SELECT * FROM range(20000)',
    limit: 10_000,
  })
  expect([rows.length, truncated]).toEqual([10_000, true])
  expect(await query("SELECT repeat('x', 1000000) FROM range(6)")).toBe('query_too_large')
})

it('after all that, the books are right', async () => {
  expect(await well('GET', 'verify')).toMatchObject({ isBalanced: true })
})
