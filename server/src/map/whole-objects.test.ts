/** A JSON column that takes a whole object, instead of a column for each of its members. */
import { describe, expect, it } from 'vitest'
import { dataOf, inputOf, rowsOf, testInput, testMapper, typesOf } from './fixtures.ts'
import type { FieldChange, MappingChange } from './mapping-change/change.ts'

const address: FieldChange = { path: ['address'], column: 'address', type: 'JSON', isWhole: true }
const n: FieldChange = { path: ['n'], column: 'n', type: 'BIGINT' }

async function mapperOf(change: Partial<MappingChange> = {}) {
  const mapper = testMapper()
  await mapper.set('test', { mode: 'AUTO_MAP', table: 'test', fields: [address, n], ...change })
  return mapper
}

describe('a field that is whole', () => {
  it.each(['AUTO_MAP', 'STRICT', 'FLEXIBLE'] as const)('takes anything as its JSON under %s', async (mode) => {
    const mapper = await mapperOf({ mode })
    const texts = ['{"city":"Oslo", "zip" : [1,{"a":null}]}', '{}', '[]', '[1]', '7.10', '"text ]["', 'true', 'null']
    const { tables, failures } = await mapper.map([
      testInput(...texts.map((text, n) => `{"n":${n},"address":${text}}`), '{"n":9}'),
    ])
    expect(failures).toEqual([])
    expect(tables).toHaveLength(1)
    expect(Object.keys(typesOf(tables[0]!))).toEqual(['address', 'n'])
    expect(dataOf(tables[0]).map((row) => row['address'])).toEqual([...texts.slice(0, -1), undefined, undefined])
  })

  it('learns of fields beside it, in as many rounds as it takes', async () => {
    const mapper = await mapperOf()
    const rows = Array.from({ length: 2_000 }, (_, n) => ({ n, address: { city: n }, ...(n > 900 && { more: n / 2 }) }))
    const { tables } = await mapper.map([testInput(...rows)])
    expect(typesOf(tables[0]!)).toEqual({ address: 'JSON', n: 'BIGINT', more: 'DOUBLE' })
    expect(dataOf(tables[0]).at(-1)).toEqual({ n: 1999n, address: '{"city":1999}', more: 999.5 })
  })

  it('may lie within others, whose other members have columns of their own', async () => {
    const deep = { ...address, path: ['user', 'address'] }
    const mapper = await mapperOf({ fields: [deep] })
    const { tables } = await mapper.map([testInput({ user: { name: 'a', address: { city: 'b' } }, address: { c: 1 } })])
    expect(dataOf(tables[0])).toEqual([{ address: '{"city":"b"}', user_name: 'a', address_c: 1n }])
  })

  it('takes the last of two members of the same name, as ever, and a key that is written otherwise', async () => {
    const mapper = await mapperOf()
    const { tables } = await mapper.map([
      testInput('{"address":{"a":1},"n":1,"address":{"b":2}}', '{"\\u0061ddress":{"c":3,"c":4}}'),
    ])
    expect(dataOf(tables[0])).toEqual([{ address: '{"b":2}', n: 1n }, { address: '{"c":3,"c":4}' }])
  })

  it('sets an event aside whose object is too large or missing where it must not be', async () => {
    const mapper = await mapperOf({ fields: [{ ...address, nonNull: true }] })
    const { failures, rowCount } = await mapper.map([
      testInput({ address: { text: 'x'.repeat(1_100_000) } }, { address: null }, { address: { ok: 1 } }),
    ])
    expect(failures.map(({ event, code }) => [event, code])).toEqual([
      [0, 'value_too_large'],
      [1, 'null_not_allowed'],
    ])
    expect(rowCount).toBe(1)
  })

  it('stays whole while another event type widens the same table', async () => {
    const mapper = await mapperOf({ fields: [address, { ...n, origin: 'auto' }] })
    await mapper.set('z', { mode: 'AUTO_MAP', table: 'test', fields: [{ ...n, origin: 'auto' }] })
    const { tables } = await mapper.map([
      inputOf([
        ['test', { address: { a: 1 }, n: 1 }],
        ['z', { n: 'text' }],
      ]),
    ])
    expect(tables.flatMap(dataOf)).toEqual([{ address: '{"a":1}', n: '1' }, { n: 'text' }])
  })

  it('keeps what was seen in its members on record', async () => {
    const mapper = await mapperOf()
    await mapper.map([testInput({ address: { city: 'Oslo' } })])
    const seen = mapper.statistics('test')!.fields.find(({ path }) => path.join() === 'address')!
    expect(seen.fields.map(({ path, samples }) => [path.at(-1), samples])).toEqual([['city', ['Oslo']]])
  })

  it('leaves the columns that its members had behind, and they come back with the entries', async () => {
    const mapper = testMapper()
    await mapper.map([testInput({ address: { city: 'Oslo' } })])
    await mapper.set('test', { table: 'test', fields: [address] })
    const { tables } = await mapper.map([testInput({ address: { city: 'Bergen' } })])
    expect(dataOf(tables[0])).toEqual([{ address: '{"city":"Bergen"}' }])
    await mapper.set('test', { table: 'test', fields: [] })
    const again = await mapper.map([testInput({ address: { city: 'Oslo' } })])
    expect(dataOf(again.tables[0])).toEqual([{ address_city: 'Oslo' }])
  })

  it.each<[what: string, fields: FieldChange[], field: string]>([
    ['of another type', [{ ...address, type: 'VARCHAR' }], 'fields.0.isWhole'],
    ['beside its members', [{ ...n, path: ['address', 'city'] }, address], 'fields.0.path'],
    [
      'beside members that are discarded',
      [address, { path: ['address', 'x', 'y'], isDiscarded: true }],
      'fields.1.path',
    ],
  ])('is refused %s', async (_, fields, field) => {
    await expect(mapperOf({ fields })).rejects.toMatchObject({ code: 'invalid_mapping', fields: [{ field }] })
  })

  it('is the same after a restart', async () => {
    const mapper = await mapperOf()
    const { tables } = await testMapper(mapper.mappings()).map([testInput({ address: { a: 1 } })])
    expect(rowsOf(tables[0]!)[0]).toMatchObject({ address: '{"a":1}' })
  })
})
