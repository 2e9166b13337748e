/** Views that were set are there after a kill, when DuckDB replays its write-ahead log. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { emptyBooks } from '../../../rows.ts'
import { fakeBatch } from '../../fake-batch.ts'
import type { Destination } from '../../loader.ts'
import { duckdb } from '../duckdb.ts'

const copy = promisify(execFile)
let folder: string
let live: Destination

const open = (name: string) =>
  duckdb.open(duckdb.settings.parse({ path: join(folder, name, 'a.duckdb') }), new AbortController().signal)

const table = { name: 'ads', columns: [{ name: 'campaign', type: 'VARCHAR' as const }] }
const texts = `unnest(from_json('["EU"]', '["VARCHAR"]'))`
const sql = `SELECT "_mr_row"."campaign", nullif(regexp_extract("_mr_row"."campaign", '^(\\w\\w)_', 1, 'c'), '') AS "Region",
  (SELECT min("_mr_lookup"."_mr_to") FROM (SELECT ${texts} AS "_mr_from", ${texts} AS "_mr_to") AS "_mr_lookup"
   WHERE "_mr_lookup"."_mr_from" = string_split("_mr_row"."campaign", '_')[1]) AS "Found" FROM main."ads" AS "_mr_row"`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-views-'))
  live = await open('live')
  await live.claim(0)
  await live.evolve(table)
  await live.write([fakeBatch(table, [['EU_Search']])], { partition: 0, start: 0n, end: 1n }, emptyBooks)
})
afterAll(async () => {
  await live.close()
  await rm(folder, { recursive: true })
})

const steps: [string, () => Promise<unknown>, unknown[][] | 'gone'][] = [
  ['made', () => live.setViews([{ name: 'semantic_ads', sql }]), [['EU_Search', 'EU', 'EU']]],
  [
    'over a wider table',
    () => live.evolve({ ...table, columns: [...table.columns, { name: 'n', type: 'BIGINT' }] }),
    [['EU_Search', 'EU', 'EU']],
  ],
  ['changed', () => live.setViews([{ name: 'semantic_ads', sql: 'SELECT n FROM main.ads' }]), [[null]]],
  [
    'over a table that was made again',
    () => live.evolve({ ...table, columns: [{ name: 'n', type: 'JSON' }] }),
    [[null]],
  ],
  ['dropped', () => live.setViews([]), 'gone'],
]

it.each(steps)('a view %s', async (name, step, expected) => {
  await step()
  await mkdir(join(folder, name))
  // By another process: one that closes the file here would take DuckDB’s lock away.
  await copy('cp', ['-r', `${join(folder, 'live')}/.`, join(folder, name)])
  const replayed = await open(name)
  try {
    expect((await replayed.books(0)).position).toBe(1n)
    const found = replayed.query({ sql: 'FROM semantic_ads', rowsMax: 10, timeoutMs: 10_000 })
    if (expected === 'gone') await expect(found).rejects.toMatchObject({ code: 'invalid_sql' })
    else expect((await found).rows).toEqual(expected)
    expect(await replayed.setViews([])).toEqual([])
  } finally {
    await replayed.close()
  }
})
