/** A preview, and a view, over a million rows: within the limits that queries have, in the memory that the destination has. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Destination } from '../load/loader.ts'
import { duckdb } from '../load/loaders/duckdb.ts'
import type { Table } from '../rows.ts'
import { emptyModel, type PatternRule, type SemanticModel } from './model.ts'
import { previewOf, previewSql } from './preview.ts'
import { resolve } from './resolve.ts'
import { viewsOf } from './views.ts'

const rowCount = 1_000_000
const table: Table = {
  name: 'ads',
  columns: [
    { name: 'campaign', type: 'VARCHAR' },
    { name: 'spend', type: 'DOUBLE' },
    { name: 'clicks', type: 'BIGINT' },
  ],
}
let folder: string
let destination: Destination

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-million-'))
  const signal = new AbortController().signal
  destination = await duckdb.open(duckdb.settings.parse({ path: join(folder, 'a.duckdb') }), signal)
  // Every campaign has a name of its own: the worst there is for a preview.
  const sql = `SELECT (['EU', 'US', 'APAC'])[range % 3 + 1] || '_' || range % 10000 || '_Brand_' || range AS campaign,
    (range % 100)::DOUBLE AS spend, range % 7 AS clicks FROM range(${rowCount})`
  await destination.statement(
    { work: { kind: 'select', mode: 'replace', sql }, target: 'ads', timeoutMs: 60_000 },
    signal,
  )
}, 90_000)
afterAll(async () => {
  await destination.close()
  await rm(folder, { recursive: true })
})

const ask = (sql: string, timeoutMs: number) => destination.query({ sql, rowsMax: 1_000, timeoutMs })

const entries = Array.from({ length: 10_000 }, (_, n) => ({ from: String(n), to: `Product ${n % 40}` }))
const rule: PatternRule = {
  kind: 'first',
  rules: [
    { kind: 'regex', expression: '^(EU)_[0-9]+_Brand', group: 1, isCaseSensitive: false },
    { kind: 'lookup', entries, isCaseSensitive: false },
    { kind: 'split', separator: '_', position: 4, from: 'end' },
  ],
}

test('a preview is answered within its 10 seconds', async () => {
  const options = { source: { table: 'ads', column: 'campaign' }, rule, default: null, limit: 100, rowsMax: 10_000_000 }
  const { rows } = await ask(previewSql(options, emptyModel, resolve(emptyModel, [table])), 10_000)
  expect(previewOf(rows, options)).toMatchObject({ rows: rowCount, isWhole: true, values: rowCount, results: 3 })
}, 60_000)

test('so is a question to a view with a lookup of 10,000 entries and a calculated measurement', async () => {
  const model: SemanticModel = {
    ...emptyModel,
    patterns: [
      {
        ...{ id: '1', name: 'Product id', sources: [{ table: 'ads', column: 'campaign' }], default: null },
        rule: { kind: 'split', separator: '_', position: 2, from: 'start' },
      },
      {
        ...{ id: '2', name: 'Product', sources: [{ table: 'ads', pattern: '1' }], default: null },
        rule: { kind: 'lookup', entries, isCaseSensitive: true },
      },
    ],
    calculatedMeasurements: [{ id: '3', name: 'CPC', formula: 'spend / clicks', tables: null }],
  }
  const { views } = viewsOf(resolve(model, [table]))
  expect(await destination.setViews(views)).toEqual([])
  const { rows } = await ask('SELECT "Product", count(*), count(CPC) FROM semantic_ads GROUP BY 1', 30_000)
  expect(rows).toHaveLength(40)
  expect(rows[0]![1]).toBe(rowCount / 40)
}, 60_000)
