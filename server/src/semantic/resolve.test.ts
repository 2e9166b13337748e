/** What is wrong with a layer is told of the object that it is wrong with. */
import { describe, expect, it } from 'vitest'
import type { ColumnType, Table } from '../rows.ts'
import { keyOf, keyOfColumn } from './faults.ts'
import { emptyModel, type PatternRule, type SemanticModel, semanticLimits } from './model.ts'
import { isViewName, nearest, viewOfHarmonised } from './names.ts'
import { resolve } from './resolve.ts'
import { inferRole } from './roles.ts'
import { viewNames } from './view-names.ts'

const table = (name: string, columns: Record<string, ColumnType>): Table => ({
  name,
  columns: Object.entries(columns).map(([column, type]) => ({ name: column, type })),
})
const ads = table('ads', { campaign: 'VARCHAR', spend: 'DOUBLE', clicks: 'BIGINT', day: 'DATE' })
const split: PatternRule = { kind: 'split', separator: '_', position: 1, from: 'start' }
const pattern = (id: string, more: object = {}) => ({
  ...{ id, name: `p${id}`, sources: [{ table: 'ads', column: 'campaign' }], rule: split, default: null },
  ...more,
})
const faultsOf = (model: Partial<SemanticModel>, tables = [ads]) => {
  const { faults } = resolve({ ...emptyModel, ...model }, tables)
  return Object.fromEntries(
    [...faults.entries()].map(([key, found]) => [key, found.map(({ message }) => message).join()]),
  )
}

describe('roles', () => {
  it.each([
    ['spend', 'DOUBLE', 'measurement'],
    ['clicks', 'BIGINT', 'measurement'],
    ['totalCost', 'DECIMAL(38,2)', 'measurement'],
    ['paid', 'BIGINT', 'measurement'],
    ['video_views', 'BIGINT', 'measurement'],
    ['campaign_id', 'BIGINT', 'dimension'],
    ['campaignId', 'BIGINT', 'dimension'],
    ['CampaignID', 'BIGINT', 'dimension'],
    ['id', 'BIGINT', 'dimension'],
    ['zipCode', 'BIGINT', 'dimension'],
    ['year', 'BIGINT', 'dimension'],
    ['is_paid', 'BIGINT', 'dimension'],
    ['hasChildren', 'BIGINT', 'dimension'],
    ['_transform_version', 'BIGINT', 'dimension'],
    ['name', 'VARCHAR', 'dimension'],
    ['day', 'DATE', 'dimension'],
    ['paid', 'BOOLEAN', 'dimension'],
    ['$', 'BIGINT', 'measurement'],
  ] as const)('%s %s is a %s', (name, type, role) => {
    expect(inferRole({ name, type })).toBe(role)
  })
})

describe('names', () => {
  it('that come near are told, others are not', () => {
    expect(nearest('spned', ['spend', 'clicks', 'send'])).toEqual(['send', 'spend'])
    expect(nearest('impressions', ['spend'])).toEqual([])
  })

  it('of views are easy to type and nobody else’s', () => {
    expect(viewOfHarmonised('Ad region (EU)')).toBe('harmonised_ad_region_eu')
    expect(viewOfHarmonised('%')).toBe('harmonised_dimension')
    for (const name of ['semantic_ads', 'HARMONISED_x']) expect(isViewName(name)).toBe(true)
    expect(isViewName('semantics')).toBe(false)
  })
})

describe('what is wrong', () => {
  it('with one is not with another, and with what uses it, too', () => {
    const faults = faultsOf({
      patterns: [
        pattern('1', { sources: [{ table: 'gone', column: 'x' }] }),
        pattern('2', { rule: { kind: 'pattern', pattern: '1' } }),
        pattern('3'),
      ],
      harmonisedDimensions: [{ id: '4', name: 'h', members: [{ table: 'ads', pattern: '2' }] }],
    })
    expect(Object.keys(faults).sort()).toEqual(['harmonised-dimension:4', 'pattern:1', 'pattern:2'])
    expect(faults['pattern:1']).toContain('no table gone')
    expect(faults['pattern:2']).toContain('The pattern p1 cannot be had')
  })

  it('with circles of patterns, of harmonised dimensions and of formulas is told with the circle', () => {
    const faults = faultsOf({
      patterns: [
        pattern('1', { rule: { kind: 'first', rules: [split, { kind: 'pattern', pattern: '2' }] } }),
        pattern('2', { sources: [{ table: 'ads', pattern: '1' }] }),
        pattern('3', { rule: { kind: 'pattern', pattern: '3' } }),
      ],
      harmonisedDimensions: [
        { id: '4', name: 'h4', members: [{ harmonisedDimension: '5' }] },
        { id: '5', name: 'h5', members: [{ harmonisedDimension: '4' }] },
      ],
      calculatedMeasurements: [
        { id: '6', name: 'A', formula: 'b + spend', tables: null },
        { id: '7', name: 'B', formula: 'C', tables: null },
        { id: '8', name: 'C', formula: '"a" * 2', tables: null },
        { id: '9', name: 'fine', formula: 'spend', tables: null },
      ],
    })
    expect(faults).toEqual({
      'pattern:1': 'It leads back to itself: p1 → p2 → p1',
      'pattern:2': 'It leads back to itself: p2 → p1 → p2',
      'pattern:3': 'It leads back to itself: p3 → p3',
      'harmonised-dimension:4': 'It leads back to itself: h4 → h5 → h4',
      'harmonised-dimension:5': 'It leads back to itself: h5 → h4 → h5',
      'calculated-measurement:6': 'It leads back to itself: A → B → C → A',
      'calculated-measurement:7': 'It leads back to itself: B → C → A → B',
      'calculated-measurement:8': 'It leads back to itself: C → A → B → C',
    })
  })

  it('with a harmonised dimension that has two of one table', () => {
    const faults = faultsOf({
      harmonisedDimensions: [
        { id: '1', name: 'one', members: [{ table: 'ads', column: 'campaign' }] },
        { id: '2', name: 'two', members: [{ table: 'ads', column: 'campaign' }, { harmonisedDimension: '1' }] },
      ],
    })
    expect(faults).toEqual({ 'harmonised-dimension:2': 'It has another member in the table ads' })
  })

  it('with what was said of columns that are gone, or are other than they were', () => {
    const setting = { table: 'ads', displayName: null, aggregation: null }
    const faults = faultsOf({
      columns: [
        { ...setting, column: 'spent', role: 'measurement' },
        { ...setting, column: 'campaign', role: 'measurement' },
        { ...setting, column: 'day', role: null, displayName: 'SPEND' },
      ],
    })
    expect(faults[keyOfColumn('ads', 'spent')]).toContain('did you mean spend?')
    expect(faults[keyOfColumn('ads', 'campaign')]).toContain('is a VARCHAR')
    expect(faults[keyOfColumn('ads', 'day')]).toContain('spend is called SPEND already')
  })

  it('with a formula is said of the table that comes nearest', () => {
    const other = table('other', { n: 'BIGINT' })
    const formula = (text: string) =>
      faultsOf({ calculatedMeasurements: [{ id: '1', name: 'x', formula: text, tables: null }] }, [other, ads])[
        'calculated-measurement:1'
      ]
    expect(formula('spend / clikcs')).toBe(
      'In the table ads, which comes nearest: There is no clikcs: did you mean clicks?',
    )
    expect(formula('day')).toContain('day is a DATE: formulas take numbers, texts and flags')
    expect(formula('sum(spend) + campaign')).toContain('+ takes numbers, not a text')
    expect(formula('spend + n')).toContain('There is no')
    expect(formula('spend')).toBeUndefined()
  })

  it('with a formula of many rows that names what cannot be aggregated', () => {
    const columns = [{ table: 'ads', column: 'spend', role: null, displayName: null, aggregation: 'none' as const }]
    const calculatedMeasurements = [{ id: '1', name: 'x', formula: 'spend / sum(clicks)', tables: null }]
    expect(faultsOf({ columns, calculatedMeasurements })['calculated-measurement:1']).toContain('needs an aggregate')
  })
})

describe('formulas of all tables', () => {
  const tables = Array.from({ length: 100 }, (_, place) => ({ ...ads, name: `ads_${place}` }))
  const formula = (id: number, of: string[] | null = null) => ({
    ...{ id: `${id}`, name: `m${id}`, formula: 'spend / clicks', tables: of },
  })
  const most = Array.from({ length: semanticLimits.formulaColumnsMax / tables.length }, (_, id) => formula(id))

  it('make no more columns than can be kept up; one that names its tables is as good as any', () => {
    expect(faultsOf({ calculatedMeasurements: most }, tables)).toEqual({})
    const more = [...most.slice(1), formula(1_000, ['ads_0']), formula(1_001)]
    expect(faultsOf({ calculatedMeasurements: more }, tables)).toEqual({
      'calculated-measurement:1001': expect.stringContaining('name the tables'),
    })
  })

  it('do not count where they name what is not there', () => {
    const others = Array.from({ length: 5_000 }, (_, place) => table(`other_${place}`, { n: 'BIGINT' }))
    expect(faultsOf({ calculatedMeasurements: most }, [...tables, ...others])).toEqual({})
  })
})

describe('names in a view', () => {
  it('are those that were chosen; a column makes way, and is named once where a dimension stands for it', () => {
    const later = table('ads', { Region: 'VARCHAR', region_2: 'BIGINT', campaign: 'VARCHAR', spend: 'DOUBLE' })
    const resolved = resolve(
      {
        ...emptyModel,
        patterns: [pattern('1', { name: 'region' })],
        harmonisedDimensions: [{ id: '2', name: 'Campaign', members: [{ table: 'ads', column: 'campaign' }] }],
      },
      [later],
    )
    expect(Object.fromEntries(viewNames(resolved.tables.get('ads')!))).toEqual({
      ...{ Region: 'Region_2', region_2: 'region_2_2', campaign: null, spend: 'spend' },
    })
    expect(resolved.faults.of(keyOf('pattern', '1'))).toEqual([])
    expect(resolved.faults.clashesOf(keyOf('pattern', '1'))).toMatchObject([
      { message: 'There is a column Region in the table ads already' },
    ])
  })
})
