/** What a person asks of columns, and what becomes of values that do not fit them. */
import { describe, expect, it } from 'vitest'
import { dataOf, type TestMapper, testInput, testMapper, typesOf } from './fixtures.ts'
import type { Mapped } from './mapper.ts'
import type { FieldChange, MappingChange } from './mapping-change/change.ts'
import type { Cell } from './meaning.ts'

async function mapperOf(fields: FieldChange[], change: Partial<MappingChange> = {}): Promise<TestMapper> {
  const mapper = testMapper()
  await mapper.set('test', { mode: 'STRICT', table: 't', fields, ...change })
  return mapper
}

const n: FieldChange = { path: ['n'], column: 'n', type: 'BIGINT' }
const v = (type: string, more: Partial<FieldChange> = {}): FieldChange => ({ path: ['v'], column: 'v', type, ...more })
const reasons = ({ failures }: Mapped) => failures.map(({ event, code, subject }) => [event, code, subject])

/** The values of the events that became rows, and the reasons of those that did not. */
async function fate(field: FieldChange, tokens: readonly string[], change: Partial<MappingChange> = {}) {
  const mapper = await mapperOf([n, field], change)
  const mapped = await mapper.map([testInput(...tokens.map((token, place) => `{"n":${place},"v":${token}}`))])
  const failed = new Map(mapped.failures.map(({ event, code, subject }) => [event, `${code} ${subject}`]))
  const loaded = new Map(mapped.tables.flatMap(dataOf).map((row) => [Number(row['n']), row['v'] ?? null]))
  expect(failed.size + loaded.size).toBe(tokens.length)
  return tokens.map((_, place): Cell | null => failed.get(place) ?? loaded.get(place)!)
}

describe('a value in a column whose type a person chose', () => {
  const bad = 'value_not_convertible v'
  it.each<[string, [token: string, becomes: Cell | null][]]>([
    [
      'BIGINT',
      [
        ['1', 1n],
        ['1.0', 1n],
        ['15e1', 150n],
        ['1.5e1', 15n],
        ['-0', 0n],
        ['1500e-2', 15n],
        ['"12"', 12n],
        ['"-7.0"', -7n],
        ['"9223372036854775807"', 9223372036854775807n],
        ['null', null],
        ['"9223372036854775808"', bad],
        ['1.5', bad],
        ['1e19', bad],
        ['1e-300', bad],
        ['"012"', bad],
        ['"1,2"', bad],
        ['" 1"', bad],
        ['""', bad],
        ['true', bad],
        ['[1]', bad],
      ],
    ],
    [
      'DOUBLE',
      [
        ['1', 1],
        ['0.1', 0.1],
        ['"1e3"', 1000],
        ['9007199254740993', bad],
        ['"x"', bad],
        ['"NaN"', bad],
      ],
    ],
    [
      'BOOLEAN',
      [
        ['true', true],
        ['"FALSE"', false],
        ['1', true],
        ['"0"', false],
        ['2', bad],
        ['"yes"', bad],
        ['[]', bad],
      ],
    ],
    [
      'DATE',
      [
        ['"1970-01-02"', 1],
        ['"1970-01-02T00:00:00Z"', bad],
        ['1', bad],
        ['"1970-02-30"', bad],
      ],
    ],
    [
      'TIMESTAMP',
      [
        ['"1970-01-02"', 86_400_000_000n],
        ['"1970-01-01T00:00:01Z"', 1_000_000n],
        ['1700000000', bad],
        ['"soon"', bad],
      ],
    ],
    [
      'VARCHAR',
      [
        ['"a"', 'a'],
        ['1.50', '1.50'],
        ['true', 'true'],
        ['[1, "é"]', '[1, "é"]'],
      ],
    ],
    [
      'JSON',
      [
        ['"a"', '"a"'],
        ['[1, 2]', '[1, 2]'],
        ['7', '7'],
      ],
    ],
    [
      'DECIMAL(5,2)',
      [
        ['1.25', '1.25'],
        ['"-999.99"', '-999.99'],
        ['0.5', '0.5'],
        ['1000', bad],
        ['1.255', bad],
        ['"1e2"', '100'],
      ],
    ],
    [
      'DECIMAL(2,2)',
      [
        ['0.25', '0.25'],
        ['-0.99', '-0.99'],
        ['1', bad],
      ],
    ],
  ])('that is %s', async (type, values) => {
    const tokens = values.map(([token]) => token)
    expect(await fate(v(type), tokens)).toEqual(values.map(([, becomes]) => becomes))
    const toNull = values.map(([, becomes]) => (becomes === bad ? null : becomes))
    expect(await fate(v(type), tokens, { onConflict: 'null' })).toEqual(toNull)
  })

  it('sets aside numbers beyond any type, and texts too large for any column, whatever the rule', async () => {
    const huge = JSON.stringify('x'.repeat(1_100_000))
    const rule = { onConflict: 'null' } as const
    expect(await fate(v('BIGINT'), ['1e400', huge], rule)).toEqual(['number_range v', 'value_too_large v'])
  })

  it('stays in 20,000 events, all of which need converting', async () => {
    const tokens = Array.from({ length: 20_000 }, (_, place) => (place % 100 === 0 ? '"x"' : `"${place}"`))
    const expected = tokens.map((_, place) => (place % 100 === 0 ? bad : BigInt(place)))
    expect(await fate(v('BIGINT'), tokens)).toEqual(expected)
  })
})

describe('a column of Millrace\u2019s own choice', () => {
  const auto = v('BIGINT', { origin: 'auto' })

  it('widens under STRICT as under AUTO_MAP', async () => {
    const mapper = await mapperOf([n, auto])
    const mapped = await mapper.map([testInput({ v: 1 }, { v: 'x' })])
    expect(typesOf(mapped.tables[0]!)).toEqual({ n: 'BIGINT', v: 'VARCHAR' })
    expect(dataOf(mapped.tables[0])).toEqual([{ v: '1' }, { v: 'x' }])
    expect(mapper.saved.map(({ version }) => version)).toEqual([1, 2])
  })

  it('keeps its type under the rules restream and null', async () => {
    expect(await fate(auto, ['1', '"2"', '"x"'], { onConflict: 'restream' })).toEqual([
      1n,
      2n,
      'value_not_convertible v',
    ])
    expect(await fate(auto, ['1', '"2"', '"x"'], { onConflict: 'null' })).toEqual([1n, 2n, null])
  })

  it('is new under the rule restream: it takes all that its first events hold', async () => {
    const mapper = await mapperOf([n], { mode: 'AUTO_MAP', onConflict: 'restream' })
    const first = await mapper.map([testInput({ w: 1 }, { w: 1.5 })])
    expect([typesOf(first.tables[0]!), first.failures]).toEqual([{ n: 'BIGINT', w: 'DOUBLE' }, []])
    const second = await mapper.map([testInput({ w: 'x' }, { w: 2 })])
    expect([reasons(second), dataOf(second.tables[0])]).toEqual([[[0, 'value_not_convertible', 'w']], [{ w: 2 }]])
  })
})

describe('a column', () => {
  it('that takes no nulls sets events without a value aside, those with null in the JSON too', async () => {
    const field: FieldChange = { path: ['a', 'b'], column: 'ab', type: 'BIGINT', nonNull: true }
    const mapper = await mapperOf([n, field])
    const events = Array.from({ length: 19 }, (_, place) => ({ n: place, a: { b: place % 5 === 0 ? null : place } }))
    const mapped = await mapper.map([testInput(...events, { n: 19 }, { n: 20, a: { b: 1 } })])
    expect(reasons(mapped)).toEqual([0, 5, 10, 15, 19].map((event) => [event, 'null_not_allowed', 'a.b']))
    expect(mapped.rowCount).toBe(16)
    expect(dataOf(mapped.tables[0]).at(-1)).toEqual({ n: 20n, ab: 1n })
  })

  it('that takes no nulls takes none that the rule null makes', async () => {
    expect(await fate(v('BIGINT', { nonNull: true }), ['1', '"x"'], { onConflict: 'null' })).toEqual([
      1n,
      'null_not_allowed v',
    ])
  })

  const texts = ['"1234"', '"12345"', '"žžžž"', '"🎉🎉🎉🎉"', '"🎉🎉🎉🎉e"', '""', 'null', '12345']
  it('of some length takes as many characters, not bytes', async () => {
    const long = 'value_too_large v'
    expect(await fate(v('VARCHAR', { length: 4 }), texts)).toEqual([
      '1234',
      long,
      'žžžž',
      '🎉🎉🎉🎉',
      long,
      '',
      null,
      long,
    ])
  })

  it('that cuts longer texts loads them all', async () => {
    const cut = ['1234', '1234', 'žžžž', '🎉🎉🎉🎉', '🎉🎉🎉🎉', '', null, '1234']
    expect(await fate(v('VARCHAR', { length: 4, truncate: true }), texts)).toEqual(cut)
  })

  it('of a primary key takes no nulls', async () => {
    const mapper = await mapperOf([n, v('VARCHAR')], { primaryKey: ['n'] })
    const mapped = await mapper.map([testInput({ v: 'x' }, { n: 1 })])
    expect(reasons(mapped)).toEqual([[0, 'null_not_allowed', 'n']])
    expect(mapped.tables[0]!.table.primaryKey).toEqual(['n'])
  })
})
