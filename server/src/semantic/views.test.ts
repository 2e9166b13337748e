/** The views of a layer: their SQL, and that DuckDB makes of it what was meant. */
import { readFileSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Table } from '../rows.ts'
import { openTestDuckdb, type TestDuckdb } from './duckdb.fixture.ts'
import { emptyModel, type PatternRule, type SemanticModel } from './model.ts'
import { derivedNameFault } from './names.ts'
import { previewOf, previewSql } from './preview.ts'
import { resolve } from './resolve.ts'
import { viewsOf } from './views.ts'

const eu: Table = {
  name: 'ads_eu',
  columns: [
    { name: '_id', type: 'VARCHAR' },
    { name: '_time', type: 'TIMESTAMP' },
    { name: 'day', type: 'DATE' },
    { name: 'campaign', type: 'VARCHAR' },
    { name: 'labels', type: 'JSON' },
    { name: 'spend', type: 'DECIMAL(38,2)' },
    { name: 'clicks', type: 'BIGINT' },
    { name: 'account_id', type: 'BIGINT' },
  ],
}
const us: Table = {
  name: 'Ads "US"; --',
  columns: [
    { name: 'date', type: 'DATE' },
    { name: 'na"me', type: 'VARCHAR' },
    { name: 'cost', type: 'DOUBLE' },
    { name: 'clicks', type: 'BIGINT' },
  ],
}
const split = (position: number): PatternRule => ({ kind: 'split', separator: '_', position, from: 'start' })

const model: SemanticModel = {
  columns: [
    { table: us.name, column: 'cost', role: null, displayName: 'spend', aggregation: null },
    { table: eu.name, column: 'clicks', role: 'measurement', displayName: 'Ad clicks', aggregation: 'max' },
  ],
  patterns: [
    {
      id: '1',
      name: 'Region',
      sources: [
        { table: eu.name, column: 'campaign' },
        { table: us.name, column: 'na"me' },
      ],
      rule: split(1),
      default: `it's "none"`,
    },
    {
      id: '2',
      name: 'Region name',
      sources: [{ table: eu.name, pattern: '1' }],
      rule: {
        kind: 'first',
        rules: [
          { kind: 'lookup', entries: [{ from: 'EU', to: `O'Europe "1"` }], isCaseSensitive: false },
          { kind: 'regex', expression: `^(U.)'`, group: 1, isCaseSensitive: true },
          { kind: 'pattern', pattern: '1' },
        ],
      },
      default: null,
    },
    { id: '3', name: 'First label', sources: [{ table: eu.name, column: 'labels' }], rule: split(1), default: null },
  ],
  harmonisedDimensions: [
    {
      id: '4',
      name: 'Region',
      members: [
        { table: eu.name, pattern: '1' },
        { table: us.name, pattern: '1' },
      ],
    },
    {
      id: '5',
      name: 'Day',
      members: [
        { table: eu.name, column: 'day' },
        { table: us.name, column: 'date' },
      ],
    },
  ],
  calculatedMeasurements: [
    { id: '6', name: 'CPC', formula: 'spend / clicks', tables: null },
    { id: '7', name: 'CPM', formula: 'CPC * 1000', tables: null },
    { id: '8', name: 'EU share', formula: `sum(if(Region = 'EU', spend, 0)) / sum(spend)`, tables: [eu.name] },
  ],
}

let duckdb: TestDuckdb
beforeEach(async () => {
  duckdb = await openTestDuckdb()
})
afterEach(() => duckdb.close())

const create = ({ name, columns }: Table) =>
  duckdb.run(
    `CREATE TABLE ${quoted(name)} (${columns.map((column) => `${quoted(column.name)} ${column.type}`).join(', ')})`,
  )
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

async function makeViews(of: SemanticModel, tables: readonly Table[]) {
  const resolved = resolve(of, tables)
  expect([...resolved.faults.entries()]).toEqual([])
  const { views, faults } = viewsOf(resolved)
  expect([...faults]).toEqual([])
  for (const { name, sql } of views) await duckdb.run(`CREATE OR REPLACE VIEW main.${quoted(name)} AS ${sql}`)
  return views
}

describe('views', () => {
  it('are this SQL', () => {
    const text = viewsOf(resolve(model, [us, eu]))
      .views.map(
        ({ name, sql }) => `-- ${name}\n${sql.replaceAll(/, (?=\S+ AS "|CASE|coalesce|CAST|"_mr_row")/g, ',\n  ')};\n`,
      )
      .join('\n')
    const golden = new URL('./views.golden.sql', import.meta.url)
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text)
    expect(text).toBe(readFileSync(golden, 'utf8'))
  })

  it('say in DuckDB what was meant', async () => {
    for (const table of [eu, us]) await create(table)
    await duckdb.run(`INSERT INTO ads_eu VALUES
      ('a', '2026-01-01', '2026-01-01', 'EU_Search', '"x_y"', 10.5, 4, 1),
      ('b', '2026-01-02', '2026-01-02', 'UK''_Brand', NULL, 0, 0, 1),
      ('c', '2026-01-02', NULL, NULL, '{"k":1}', NULL, NULL, NULL)`)
    await duckdb.run(`INSERT INTO "Ads ""US""; --" VALUES ('2026-01-03', 'US_Search', 20, 10)`)
    await makeViews(model, [eu, us])
    const rows = await duckdb.rows(
      'SELECT _id, Region, "Region name", "First label", "Ad clicks", CPC, CPM FROM semantic_ads_eu ORDER BY 1',
    )
    expect(rows).toEqual([
      ['a', 'EU', `O'Europe "1"`, 'x', 4n, 2.625, 2625],
      ['b', `UK'`, 'UK', null, 0n, null, null],
      ['c', `it's "none"`, `it's "none"`, '{"k":1}', null, null, null],
    ])
    const united = await duckdb.rows(
      'SELECT _table, Region, CAST(Day AS VARCHAR), typeof(Day), spend, CPC FROM harmonised_region ORDER BY spend',
    )
    expect(united).toEqual([
      ['ads_eu', `UK'`, '2026-01-02', 'DATE', 0, null],
      ['ads_eu', 'EU', '2026-01-01', 'DATE', 10.5, 2.625],
      ['Ads "US"; --', 'US', '2026-01-03', 'DATE', 20, 2],
      ['ads_eu', `it's "none"`, null, 'DATE', null, null],
    ])
  })

  it('of totals have each measurement in its aggregation, and ratios of sums, not sums of ratios', async () => {
    for (const table of [eu, us]) await create(table)
    await duckdb.run(`INSERT INTO ads_eu (campaign, spend, clicks) VALUES
      ('EU_a', 10, 1), ('EU_b', 2, 3), ('EU_c', 6, NULL), ('UK_a', 5, 0), (NULL, NULL, NULL)`)
    await duckdb.run(`INSERT INTO "Ads ""US""; --" VALUES
      ('2026-01-03', 'EU_a', 20, 10), ('2026-01-03', 'EU_b', 4, 2), ('2026-01-03', 'US_a', 1e308, 2), ('2026-01-04', 'US_a', 1e308, 1)`)
    const views = await makeViews(
      {
        ...model,
        calculatedMeasurements: [
          { id: '6', name: 'CPC', formula: 'spend / clicks', tables: null },
          { id: '7', name: 'CPM', formula: 'CPC * 1000', tables: null },
          { id: '8', name: 'EU share', formula: `sum(if(Region = 'EU', spend, 0)) / sum(spend)`, tables: [eu.name] },
          { id: '9', name: 'Rows', formula: 'count()', tables: null },
        ],
      },
      [eu, us],
    )
    expect(views.map(({ name }) => name).filter((name) => name.endsWith('__totals'))).toEqual([
      'harmonised_region__totals',
      'harmonised_day__totals',
    ])
    const totals = await duckdb.rows(
      `SELECT _table, Region, spend, "Ad clicks", clicks, CPC, CPM, "EU share", "Rows"
       FROM harmonised_region__totals ORDER BY _table = 'ads_eu' DESC, Region`,
    )
    expect(totals).toEqual([
      ['ads_eu', 'EU', 18, 3, null, 6, 6000, 1, 3], // clicks by their maximum
      ['ads_eu', 'UK', 5, 0, null, null, null, 0, 1],
      ['ads_eu', `it's "none"`, null, null, null, null, null, null, 1],
      ['Ads "US"; --', 'EU', 24, null, 12, 2, 2000, null, 2],
      ['Ads "US"; --', 'US', expect.any(Number), null, 3, null, null, null, 2], // out of range
    ])
  })

  it('of totals are made only where a calculated measurement has a value for many rows', () => {
    const { views } = viewsOf(resolve({ ...model, calculatedMeasurements: [] }, [us, eu]))
    expect(views.map(({ name }) => name).filter((name) => name.includes('__'))).toEqual([])
  })

  it('have the names that people chose, whatever those are to SQL', async () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => derivedNameFault(text) === undefined && !/^(_id|_time|_table)$/i.test(text))
    const names = fc.uniqueArray(name, { minLength: 6, maxLength: 6, selector: (text) => text.toLowerCase() })
    await fc.assert(
      fc.asyncProperty(names, async ([table, column, shown, pattern, dimension, measurement]) => {
        const hostile: Table = {
          name: table!,
          columns: [
            { name: column!, type: 'VARCHAR' },
            { name: '_mr_n', type: 'BIGINT' },
          ],
        }
        await create(hostile)
        await duckdb.run(`INSERT INTO ${quoted(table!)} VALUES ('a_b', 4)`)
        const [view] = await makeViews(
          {
            columns: [{ table: table!, column: '_mr_n', role: 'measurement', displayName: shown!, aggregation: null }],
            patterns: [
              {
                ...{ id: '1', name: pattern!, sources: [{ table: table!, column: column! }], default: measurement! },
                rule: { kind: 'lookup', entries: [{ from: 'a_b', to: dimension! }], isCaseSensitive: true },
              },
            ],
            harmonisedDimensions: [{ id: '2', name: dimension!, members: [{ table: table!, pattern: '1' }] }],
            calculatedMeasurements: [{ id: '3', name: measurement!, formula: '"_mr_n" / 2', tables: null }],
          },
          [hostile],
        )
        const wanted = [column!, shown!, dimension!, pattern!, measurement!]
        const found = await duckdb.rows(`SELECT ${wanted.map(quoted).join(', ')} FROM main.${quoted(view!.name)}`)
        expect(found).toEqual([['a_b', 4n, dimension, dimension, 2]])
        for (const { name } of [view!]) await duckdb.run(`DROP VIEW main.${quoted(name)}`)
        await duckdb.run(`DROP TABLE main.${quoted(table!)}`)
      }),
      { numRuns: 60 },
    )
  }, 60_000)

  it('of a thousand patterns over one table are made, and one is asked for alone', async () => {
    await create(eu)
    await duckdb.run(`INSERT INTO ads_eu (campaign) SELECT 'c_' || range FROM range(1000)`)
    const patterns = Array.from({ length: 1_000 }, (_, n) => ({
      ...{ id: String(n), name: `Part ${n}`, sources: [{ table: eu.name, column: 'campaign' }], default: null },
      rule: n % 10 === 9 ? ({ kind: 'pattern', pattern: String(n - 1) } as const) : split((n % 3) + 1),
    }))
    await makeViews({ ...emptyModel, patterns }, [eu])
    expect(await duckdb.rows('SELECT count("Part 1"), count("Part 9"), count("Part 2") FROM semantic_ads_eu')).toEqual([
      [1000n, 0n, 0n],
    ])
  })
})

describe('a preview', () => {
  const preview = async (rule: PatternRule, more: { rowsMax?: number; limit?: number; default?: string } = {}) => {
    const options = {
      source: { table: eu.name, column: 'campaign' },
      rule,
      default: null,
      limit: 2,
      rowsMax: 2e6,
      ...more,
    }
    const rows = await duckdb.rows(previewSql(options, model, resolve(model, [eu, us])))
    return previewOf(rows as never, options)
  }

  it('tells the most frequent values, what becomes of them, coverage and misses', async () => {
    await create(eu)
    await duckdb.run(
      `INSERT INTO ads_eu (campaign) SELECT unnest(['a_1', 'a_1', 'a_1', 'b_2', 'b_2', 'c', 'c', 'd', NULL])`,
    )
    const found = await preview(split(2), { default: 'none' })
    expect(found).toEqual({
      ...{ rows: 9, isWhole: true, rowsMatched: 5, values: 4, valuesMatched: 2, results: 2 },
      examples: [
        { value: 'a_1', rows: 3, result: '1' },
        { value: 'b_2', rows: 2, result: '2' },
      ],
      misses: [
        { value: 'c', rows: 2, result: 'none' },
        { value: 'd', rows: 1, result: 'none' },
      ],
    })
    expect(await preview(split(1), { rowsMax: 4 })).toMatchObject({ rows: 4, isWhole: false })
  })

  it('of no rows has none', async () => {
    await create(eu)
    expect(await preview(split(1))).toMatchObject({ rows: 0, isWhole: true, values: 0, examples: [], misses: [] })
  })
})
