/** What statements have written is there after a kill, when DuckDB replays its write-ahead log. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { StatementWork } from '../../../query.ts'
import { emptyBooks } from '../../../rows.ts'
import { fakeBatch } from '../../fake-batch.ts'
import type { Destination } from '../../loader.ts'
import { duckdb } from '../duckdb.ts'

const copy = promisify(execFile)
let folder: string
let live: Destination
let end = 0

const open = (name: string) =>
  duckdb.open(duckdb.settings.parse({ path: join(folder, name, 'a.duckdb') }), new AbortController().signal)
const table = { name: 'events', columns: [{ name: 'n', type: 'BIGINT' as const }] }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-replay-'))
  live = await open('live')
  await live.claim(0)
  await live.evolve(table)
})
afterAll(async () => {
  await live.close()
  await rm(folder, { recursive: true })
})

async function write(): Promise<void> {
  const rows = Array.from({ length: 1_000 }, (_, n) => [BigInt(n)])
  await live.write([fakeBatch(table, rows)], { partition: 0, start: BigInt(end), end: BigInt(end + 1_000) }, emptyBooks)
  end += 1_000
}

async function contents(destination: Destination) {
  const ask = async (sql: string) => (await destination.query({ sql, rowsMax: 10, timeoutMs: 10_000 })).rows
  return {
    position: (await destination.books(0)).position,
    tables: await destination.tables(),
    rows: await ask('SELECT count(*), sum(hash(made)::HUGEINT) FROM made'),
  }
}

const many = 'SELECT range AS n, range % 7 AS k, repeat(range::VARCHAR, 3) AS t FROM range(150000)'
const steps: [string, StatementWork][] = [
  ['a new table', { kind: 'select', mode: 'append', sql: 'SELECT n, n % 7 AS k, NULL::VARCHAR AS t FROM events' }],
  ['rows added', { kind: 'select', mode: 'append', sql: many }],
  ['rows replaced by key', { kind: 'select', mode: 'upsert', key: ['k'], sql: "SELECT 1 AS n, 3 AS k, 'x' AS t" }],
  ['an update', { kind: 'write', sql: "UPDATE made SET t = 'y' || n, n = n + 1 WHERE k > 3" }],
  ['a deletion', { kind: 'write', sql: 'DELETE FROM made USING events WHERE made.n = events.n' }],
  ['an insertion', { kind: 'write', sql: 'INSERT INTO made (k, n) SELECT 1, n FROM events' }],
  ['the newest of each key', { kind: 'newest', from: 'events', key: ['n'], by: null }],
  ['a table replaced', { kind: 'select', mode: 'replace', sql: many }],
  ['a table replaced again', { kind: 'write', sql: 'CREATE OR REPLACE TABLE made AS SELECT 1 AS other' }],
]

it.each(steps)('%s', async (name, work) => {
  await write()
  await live.statement({ work, target: 'made', timeoutMs: 20_000 }, new AbortController().signal)
  await write()
  await mkdir(join(folder, name))
  // By another process: one that closes the file here would take DuckDB's lock away.
  await copy('cp', ['-r', `${join(folder, 'live')}/.`, join(folder, name)])
  const replayed = await open(name)
  expect(await contents(replayed)).toEqual(await contents(live))
  await replayed.close()
  const again = await open(name)
  expect(await contents(again)).toEqual(await contents(live))
  await again.close()
})
