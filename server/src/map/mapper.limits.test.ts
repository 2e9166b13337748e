/** What is beyond a limit goes where the limit says, and costs neither its neighbours nor the mapping anything. */
import { describe, expect, it } from 'vitest'
import { dataOf, inputOf, testInput, testMapper, typesOf } from './fixtures.ts'
import { mapLimits } from './limits.ts'

const { columnsMax, tablesMax, valueBytesMax } = mapLimits

/** An object with keys `k0000` and on. */
const wide = (from: number, to: number) =>
  Object.fromEntries(Array.from({ length: to - from }, (_, index) => [key(from + index), from + index]))
const key = (index: number) => `k${String(index).padStart(4, '0')}`

describe('more fields than columns', () => {
  it('leave the first in order their columns and go to _rest, whole', async () => {
    const mapper = testMapper()
    const event = { ...wide(0, columnsMax + 2), deep: { 'a.b': { 'c\\d': [1, { x: 'é' }], n: null } } }
    const { tables, failures } = await mapper.map([testInput(event, { k0000: 7 })])
    const types = typesOf(tables[0]!)
    expect(Object.keys(types)).toEqual([...Object.keys(wide(0, columnsMax)), '_rest'])
    expect(types['_rest']).toBe('JSON')
    const [row, other] = dataOf(tables[0])
    expect(row).toMatchObject({ k0000: 0n, k0999: 999n })
    expect(JSON.parse(String(row!['_rest']))).toEqual({
      k1000: 1000,
      k1001: 1001,
      'deep.a\\.b.c\\\\d': [1, { x: 'é' }],
    })
    expect(other).toEqual({ k0000: 7n })
    expect(failures).toEqual([])
    expect(mapper.saved.map(({ isFull, fields }) => [isFull, fields.length])).toEqual([[true, columnsMax]])
  })

  it('later meet a full table: columns still widen, no version is made for what has none', async () => {
    const mapper = testMapper()
    await mapper.map([testInput(wide(0, columnsMax))])
    const { tables, changed } = await mapper.map([
      testInput('{"x":9007199254740993,"k0001":1,"x":[ 2, 2 ],"k0002":"two"}'),
    ])
    expect(dataOf(tables[0])).toEqual([{ k0001: 1n, k0002: 'two', _rest: '{"x":[ 2, 2 ]}' }])
    expect(changed.map(({ isFull }) => isFull)).toEqual([true])
    const next = await mapper.map([
      testInput({ y: 'new' }, {}, { k0003: 3, z: { a: 'new', b: '\ud800' } }, { k0004: 4 }),
    ])
    expect(dataOf(next.tables[0])).toEqual([
      { _rest: '{"y":"new"}' },
      {},
      { k0003: 3n, _rest: '{"z.a":"new","z.b":"\\ufffd"}' },
      { k0004: 4n },
    ])
    expect([next.changed, next.failures]).toEqual([[], []])
    const restarted = await testMapper(mapper.saved.slice(-1)).map([testInput({ y: 1 })])
    expect([dataOf(restarted.tables[0]), restarted.changed]).toEqual([[{ _rest: '{"y":1}' }], []])
  })

  it('are cut alike in any order, however many events they come in', async () => {
    const events = Array.from({ length: 1_200 }, (_, index) => ({ [key(index)]: index, a: { [key(index)]: 1 } }))
    const mappers = [events, events.toReversed()].map(async (list) => {
      const mapper = testMapper()
      const { tables, rowCount } = await mapper.map([testInput(...list)])
      expect(rowCount).toBe(1_200)
      const found = dataOf(tables[0]).map(({ _rest, ...row }) => ({ ...row, ...JSON.parse(String(_rest ?? '{}')) }))
      expect(found.every((row) => Object.keys(row).length === 2)).toBe(true)
      return mapper.saved
    })
    const [forwards, backwards] = await Promise.all(mappers)
    expect(forwards).toEqual(backwards)
    expect(forwards![0]!.fields.map(({ column }) => column)).toEqual(Object.keys(wide(0, columnsMax)))
  })

  it('are too much even for _rest when they are too large together', async () => {
    const mapper = testMapper()
    await mapper.map([testInput(wide(0, columnsMax))])
    const half = 'x'.repeat(valueBytesMax / 2)
    const { tables, failures } = await mapper.map([testInput({ k0000: 1 }, { x: half, y: half }, { x: half })])
    expect(failures).toMatchObject([{ event: 1, code: 'value_too_large', mappingVersion: 2 }])
    expect(dataOf(tables[0]).map(({ k0000, _rest }) => [k0000, _rest === undefined])).toEqual([
      [1n, true],
      [undefined, false],
    ])
  })
})

describe('an event that cannot become a row', () => {
  const huge = 'x'.repeat(valueBytesMax + 1)
  it.each([
    ['a number too large', '{"a":{"b":1e400}}', 'number_range', /"a\.b"/, 'a.b'],
    ['a number too small', '{"ok":-1e-400}', 'number_range', /"ok"/, 'ok'],
    ['a text too large', JSON.stringify({ ok: 'fine', a: huge }), 'value_too_large', /"a".* 1048576 bytes/, 'a'],
    ['an array too large', `{"a":[${'1,'.repeat(valueBytesMax / 2)}1]}`, 'value_too_large', /"a"/, 'a'],
    ['a text too large for a known column', JSON.stringify({ t: huge }), 'value_too_large', /"t"/, 't'],
    ['a number too large for a known column', '{"t":1e400}', 'number_range', /"t"/, 't'],
  ])('for %s is set aside alone, with its reason', async (_, event, code, message, subject) => {
    const mapper = testMapper()
    await mapper.map([testInput({ ok: 1, t: 'text' })])
    const input = inputOf(
      [
        ['test', { ok: 1 }],
        ['test', event],
        ['test', { ok: 2 }],
      ],
      {},
      100n,
    )
    const mapped = await mapper.map([testInput({ ok: 0 }), input])
    expect(mapped.failures).toEqual([
      {
        offset: 101n,
        input: 1,
        event: 1,
        eventType: 'test',
        code,
        message: expect.stringMatching(message),
        subject,
        mappingVersion: 1,
      },
    ])
    expect(dataOf(mapped.tables[0])).toEqual([{ ok: 0n }, { ok: 1n }, { ok: 2n }])
    expect([mapped.rowCount, mapped.changed]).toEqual([3, []])
  })

  it('makes no table if there is no other', async () => {
    const mapper = testMapper()
    const { tables, failures } = await mapper.map([testInput('{"a":1e400}')])
    expect([tables, failures.length, mapper.saved]).toEqual([[], 1, []])
    expect(failures[0]).not.toHaveProperty('mappingVersion')
  })

  it('is not one whose faulty value is repeated by a good one', async () => {
    const { tables, failures } = await testMapper().map([testInput('{"a":1e400,"a":1}', '{"a":2}')])
    expect([dataOf(tables[0]), failures]).toEqual([[{ a: 1n }, { a: 2n }], []])
  })

  it('is not one with the largest value there may be, or with numbers beyond any type inside an array', async () => {
    const text = 'é'.repeat(valueBytesMax / 2)
    const { tables, failures } = await testMapper().map([testInput({ a: text }, '{"b":[1e400]}')])
    expect([dataOf(tables[0]), failures]).toEqual([[{ a: text }, { b: '[1e400]' }], []])
  })
})

describe('more event types than tables', () => {
  it('are refused, the first in order excepted, and a restart does not change which', async () => {
    const events = Array.from({ length: tablesMax + 2 }, (_, index): [string, unknown] => [`t${key(index)}`, { a: 1 }])
    const mapper = testMapper()
    const { tables, failures, rowCount } = await mapper.map([inputOf(events.toReversed())])
    expect([tables.length, rowCount, mapper.saved.length]).toEqual([tablesMax, tablesMax, tablesMax])
    expect(failures.map(({ eventType, code }) => [eventType, code])).toEqual([
      ['tk1000', 'too_many_tables'],
      ['tk1001', 'too_many_tables'],
    ])
    const again = await testMapper(mapper.saved).map([inputOf(events.slice(-5))])
    expect([again.rowCount, again.failures.length, again.changed.length]).toEqual([3, 2, 0])
  })

  it('each have a table of their own, whatever their names', async () => {
    const types = ['Page View', 'page_view', 'page view', 'PAGE/VIEW', 'select', 'pg_class', '__proto__', '🎉', '👻']
    const { tables } = await testMapper().map([inputOf(types.map((type) => [type, { type }]))])
    expect(tables.map(({ table }) => table.name).filter((name) => !/_[0-9a-f]{8}$/.test(name))).toEqual([
      'PAGE_VIEW',
      '__proto__',
      '_pg_class',
      'select_',
      '_',
    ])
    expect(new Set(tables.map(({ table }) => table.name.toLowerCase())).size).toBe(types.length)
    expect(tables.map((batch) => dataOf(batch)[0]!['type'])).toEqual(types.toSorted())
  })
})
