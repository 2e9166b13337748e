/** What becomes of fields without a column, under each mode, and of event types without a mapping. */
import { describe, expect, it } from 'vitest'
import { dataOf, inputOf, type TestMapper, testInput, testMapper, typesOf } from './fixtures.ts'
import type { Mapped } from './mapper.ts'
import type { FieldChange, MappingChange } from './mapping-change/change.ts'

const id: FieldChange = { path: ['id'], column: 'id', type: 'BIGINT' }

async function mapperOf(change: Partial<MappingChange>): Promise<TestMapper> {
  const mapper = testMapper()
  await mapper.set('test', { table: 'orders', fields: [id], ...change })
  return mapper
}

const reasons = ({ failures }: Mapped) => failures.map(({ event, code, subject }) => [event, code, subject])

describe('STRICT', () => {
  it('sets an event with an unmapped field aside whole, naming the field', async () => {
    const mapper = await mapperOf({ mode: 'STRICT' })
    const mapped = await mapper.map([testInput({ id: 1 }, { id: 2, 'a.b': { c: 3 } }, { id: 3, n: null, o: {} })])
    expect(mapped.tables[0]!.table.name).toBe('orders')
    expect(dataOf(mapped.tables[0])).toEqual([{ id: 1n }, { id: 3n }])
    expect(reasons(mapped)).toEqual([[1, 'unmapped_field', 'a\\.b.c']])
    expect(mapped.failures[0]!.mappingVersion).toBe(1)
    expect(mapper.mappings()[0]!.fields.length).toBe(1)
  })

  it('lets discarded fields pass, and what is mapped below one', async () => {
    const mapper = await mapperOf({
      mode: 'STRICT',
      fields: [id, { path: ['a'], isDiscarded: true }, { path: ['a', 'x'], column: 'x', type: 'BIGINT' }],
    })
    const events = [
      { id: 1, a: 'text' },
      { id: 2, a: { b: { c: 1 }, x: 5 } },
      '{"id":3,"a":{"d":1e999}}',
      { a: [1] },
      { b: 1 },
    ]
    const mapped = await mapper.map([testInput(...events)])
    expect(dataOf(mapped.tables[0])).toEqual([{ id: 1n }, { id: 2n, x: 5n }, { id: 3n }, {}])
    expect(reasons(mapped)).toEqual([[4, 'unmapped_field', 'b']])
    const again = await mapper.map([testInput(...events)])
    expect([dataOf(again.tables[0]), reasons(again)]).toEqual([dataOf(mapped.tables[0]), reasons(mapped)])
  })

  it('sets 30,000 events aside as one, each for its own field', async () => {
    const mapper = await mapperOf({ mode: 'STRICT' })
    const events = Array.from({ length: 30_000 }, (_, n) => (n % 3 === 0 ? { id: n } : { id: n, [`f${n % 7}`]: 1 }))
    const mapped = await mapper.map([testInput(...events)])
    expect([mapped.rowCount, mapped.failures.length]).toEqual([10_000, 20_000])
    expect(mapped.failures.every(({ event, subject }) => subject === `f${event % 7}`)).toBe(true)
  })
})

describe('FLEXIBLE', () => {
  it('drops unmapped fields, whatever they hold, and loads the rest', async () => {
    const mapper = await mapperOf({ mode: 'FLEXIBLE' })
    const events = [
      { id: 1, x: 1 },
      { id: 2, x: { y: [1] }, z: 'z' },
      '{"id":3,"n":1e999}',
      '{"id":4,"id":5,"x":1,"x":2}',
    ]
    for (let round = 0; round < 3; round++) {
      const { tables, failures, changed } = await mapper.map([testInput(...events)])
      expect(dataOf(tables[0])).toEqual([{ id: 1n }, { id: 2n }, { id: 3n }, { id: 5n }])
      expect([failures, changed]).toEqual([[], []])
    }
  })

  it('drops more fields than an extractor remembers', async () => {
    const mapper = await mapperOf({ mode: 'FLEXIBLE' })
    const events = Array.from({ length: 3_000 }, (_, n) => ({ id: n, [`f${n}`]: n }))
    const { tables, failures } = await mapper.map([testInput(...events)])
    expect(failures).toEqual([])
    expect(dataOf(tables[0])).toEqual(events.map(({ id }) => ({ id: BigInt(id) })))
  })

  it('forgets what it dropped once the mode is another', async () => {
    const mapper = testMapper()
    await mapper.setDefaultMode('FLEXIBLE')
    await mapper.set('test', { table: 'orders', fields: [id] })
    const event = testInput({ id: 1, x: 2 })
    expect(dataOf((await mapper.map([event])).tables[0])).toEqual([{ id: 1n }])
    await mapper.setDefaultMode('STRICT')
    expect(reasons(await mapper.map([event]))).toEqual([[0, 'unmapped_field', 'x']])
    await mapper.setDefaultMode('AUTO_MAP')
    expect(dataOf((await mapper.map([event])).tables[0])).toEqual([{ id: 1n, x: 2n }])
  })
})

describe('AUTO_MAP', () => {
  it('skips discarded fields and maps all others', async () => {
    const mapper = await mapperOf({ mode: 'AUTO_MAP', fields: [id, { path: ['secret'], isDiscarded: true }] })
    const { tables } = await mapper.map([testInput({ id: 1, secret: { a: 1 } }, { id: 2, secret: 'x', b: 'y' })])
    expect(typesOf(tables[0]!)).toEqual({ id: 'BIGINT', b: 'VARCHAR' })
    expect(dataOf(tables[0])).toEqual([{ id: 1n }, { id: 2n, b: 'y' }])
  })

  it('names the table with the first rows of an event type that was set before it was seen', async () => {
    const mapper = testMapper()
    await mapper.set('new type', { mode: 'AUTO_MAP', fields: [{ path: ['secret'], isDiscarded: true }] })
    expect(mapper.mappings()[0]!.table).toBe('')
    const { tables } = await mapper.map([inputOf([['new type', {}]])])
    expect(tables.map(({ table, rowCount }) => [table.name, rowCount])).toEqual([['new_type', 1]])
    expect(mapper.mappings()[0]!.table).toBe('new_type')
  })
})

describe('an event type', () => {
  it.each(['STRICT', 'FLEXIBLE'] as const)('without a mapping is set aside where the default is %s', async (mode) => {
    const mapper = testMapper()
    await mapper.map([inputOf([['known', { a: 1 }]])])
    await mapper.setDefaultMode(mode)
    const mapped = await mapper.map([
      inputOf([
        ['known', { a: 2 }],
        ['new', { a: 1 }],
        ['new', {}],
      ]),
    ])
    expect(mapped.rowCount).toBe(1)
    expect(mapped.failures.map(({ event, eventType, code }) => [event, eventType, code])).toEqual([
      [1, 'new', 'unmapped_event_type'],
      [2, 'new', 'unmapped_event_type'],
    ])
    expect(mapper.statistics('new')?.fields.map(({ name, count }) => [name, count])).toEqual([['a', 1]])
    expect(mapper.statistics('known')?.count).toBe(2)
  })

  it('keeps a mode of its own, whatever the default', async () => {
    const mapper = await mapperOf({ mode: 'FLEXIBLE' })
    await mapper.setDefaultMode('STRICT')
    expect(reasons(await mapper.map([testInput({ id: 1, x: 1 })]))).toEqual([])
  })

  it('that is discarded counts its events, and they are no failures', async () => {
    const mapper = await mapperOf({ mode: 'STRICT', table: '', isDiscarded: true, fields: [] })
    const mapped = await mapper.map([testInput({ id: 1 }, { x: 1 }), inputOf([['other', { a: 1 }]])])
    expect([mapped.rowCount, mapped.discarded, mapped.failures]).toEqual([1, 2, []])
    await mapper.set('test', { table: 'orders', fields: [id] })
    expect((await mapper.map([testInput({ id: 1 })])).rowCount).toBe(1)
  })

  it('that was removed comes back under AUTO_MAP, in its table, and no column is narrower than it was', async () => {
    const mapper = testMapper()
    await mapper.map([testInput({ a: 'text', b: 1 })])
    await mapper.forget('test')
    expect(mapper.mappings()).toEqual([])
    await expect(mapper.forget('test')).rejects.toMatchObject({ code: 'not_found' })
    const restarted = testMapper([mapper.saved.at(-1)!])
    const { tables } = await restarted.map([testInput({ a: 1, B: 2 }, {})])
    expect(tables[0]!.table.name).toBe('test')
    expect(typesOf(tables[0]!)).toMatchObject({ a: 'VARCHAR' })
    expect(Object.keys(typesOf(tables[0]!))[0]).toMatch(/^B_[0-9a-f]{8}$/) // b is another field's
    expect(restarted.mappings()[0]!.version).toBe(3)
    await restarted.forget('test')
    expect((await restarted.map([testInput({})])).rowCount).toBe(1)
    expect(restarted.mappings().length).toBe(1)
  })
})
