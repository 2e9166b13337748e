/**
 * A table of PostgreSQL into DuckDB by the connector, the log and the mapper, against dlt (PyPI) doing the same with its default and its
 * fastest way of reading. Seconds by the clock, and CPU seconds of each process without PostgreSQL's.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startPostgres } from '../test/servers/postgres.ts'
import { startProcess } from './child.ts'
import { type Access, loaded } from './feed.ts'

const rows = Number(process.argv[2] ?? 1_000_000)
const packages = [
  'dlt[duckdb]==1.20.0',
  'sqlalchemy==2.0.44',
  'psycopg2-binary==2.9.11',
  'pyarrow==22.0.0',
  'numpy==2.3.5',
]
const environment = join(import.meta.dirname, '../node_modules/.cache/dlt-1.20.0')

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
try {
  await using server = await startPostgres()
  await server.query(`
    CREATE TABLE event (id bigint PRIMARY KEY, name text, email text, city text, amount numeric(12, 2), price float8, quantity int,
      is_new boolean, created_at timestamptz, note text);
    INSERT INTO event SELECT i, 'name ' || i, md5(i::text) || '@example.com', 'city ' || i % 1000, i / 7.0, i / 3.0, i % 100, i % 3 = 0,
      '2024-01-01'::timestamptz + i * interval '1 second', repeat('note ', 5) || i FROM generate_series(1, ${rows}) i;
    ANALYZE event`)
  const ours = await throughMillrace(server.url())
  tell('Millrace', ours)
  for (const backend of ['sqlalchemy', 'pyarrow']) {
    const theirs = await throughDlt(server.url(), backend)
    tell(`dlt, ${backend}`, theirs)
    const times = (name: 'seconds' | 'cpuSeconds') => (theirs[name] / ours[name]).toFixed(1)
    console.log(`  Millrace is ${times('seconds')} × as fast by the clock, ${times('cpuSeconds')} × per CPU second`)
  }
} finally {
  rmSync(folder, { recursive: true })
}

interface Took {
  readonly seconds: number
  readonly cpuSeconds: number
}

function tell(name: string, { seconds, cpuSeconds }: Took): void {
  const load = loadavg()[0]!.toFixed(1)
  console.log(`${name}: ${rows} rows in ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} CPU seconds (load ${load})`)
}

async function throughMillrace(url: string): Promise<Took> {
  const data = join(folder, 'data')
  const process = startProcess('millrace', [data, '-', '127.0.0.1'])
  const access = await process.answer<Access>()
  const settings = { url, encryption: 'off', tables: ['event'] }
  const { input } = await ask<{ input: { id: string } }>(access, 'inputs', { label: 'pg', type: 'postgres', settings })
  await process.answer('begin')
  const began = performance.now()
  await ask(access, `sources/${input.id}/run`, {})
  await loaded(access, rows)
  const seconds = (performance.now() - began) / 1000
  const counted = await ask<{ rows: unknown[][] }>(access, 'query', { sql: 'SELECT count(DISTINCT id) FROM event' })
  if (Number(counted.rows[0]![0]) !== rows) throw new Error(`Millrace loaded ${counted.rows[0]![0]} of ${rows}`)
  const { cpuSeconds } = await process.answer<{ cpuSeconds: number }>('close')
  return { seconds, cpuSeconds }
}

async function throughDlt(url: string, backend: string): Promise<Took> {
  const python = join(environment, 'bin/python')
  if (!existsSync(python)) {
    await run('python3', ['-m', 'venv', environment])
    await run(python, ['-m', 'pip', 'install', '-q', ...packages])
  }
  const work = mkdtempSync(join(folder, 'dlt-'))
  const script = join(import.meta.dirname, 'processes/dlt-postgres.py')
  const address = url.replace('postgres:', 'postgresql:') // as SQLAlchemy has it
  const { stdout } = await run(python, [script, address, work, backend], { cwd: work, maxBuffer: 64 * 1024 * 1024 })
  const answer = JSON.parse(stdout.trim().split('\n').at(-1)!) as Took & { rows: number }
  if (answer.rows !== rows) throw new Error(`dlt loaded ${answer.rows} of ${rows}`)
  return answer
}

async function ask<T>({ url, token }: Access, path: string, body: unknown): Promise<T> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(`${url}/api/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as T
}
