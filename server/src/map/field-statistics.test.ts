/** What is told of fields: exact counts where there are columns, a few values, and never more than there is room for. */
import { describe, expect, it } from 'vitest'
import type { FieldNode } from '../mappings.ts'
import { silentLogger } from '../telemetry.ts'
import { bitCount } from './field-counts.ts'
import { FieldStatistics } from './field-statistics.ts'
import { inputOf, testInput, testMapper } from './fixtures.ts'
import { statisticsLimits } from './limits.ts'
import { openMapper } from './mapper.ts'

const receivedAt = 1_700_000_000_123
const fieldOf = (fields: readonly FieldNode[] | undefined, name: string) => fields!.find((node) => node.name === name)!

describe('statistics', () => {
  it('count every value of a mapped field, and look at some', async () => {
    const mapper = testMapper()
    const events = Array.from({ length: 1_000 }, (_, n) => ({ n, half: n % 2 === 0 ? null : 'x', o: { deep: n / 8 } }))
    await mapper.map([testInput(...events)])
    await mapper.map([inputOf([['test', { n: 1 }]], { receivedAt: receivedAt + 5 })])
    const { count, firstSeenAt, lastSeenAt, fields } = mapper.statistics('test')!
    expect([count, firstSeenAt, lastSeenAt]).toEqual([1_001, receivedAt, receivedAt + 5])
    expect(fields.map(({ name }) => name)).toEqual(['half', 'n', 'o'])
    expect(fieldOf(fields, 'n')).toMatchObject({ count: 1_001, isExact: true, lastSeenAt: receivedAt + 5, fields: [] })
    expect(fieldOf(fields, 'n').samples.length).toBe(5)
    expect(fieldOf(fields, 'half')).toMatchObject({ count: 500, samples: ['x'], lastSeenAt: receivedAt })
    const o = fieldOf(fields, 'o')
    expect([o.count, o.types, o.fields[0]!.name, o.fields[0]!.count]).toEqual([0, {}, 'deep', 1_000])
    expect(o.fields[0]!.path).toEqual(['o', 'deep'])
  })

  it('tell types and values, long ones cut, none of them halved', async () => {
    const mapper = testMapper()
    await mapper.map([testInput({ a: 1, long: '🎉'.repeat(300) }, { a: 'x', b: [1, 2] }, { a: true })])
    const { fields } = mapper.statistics('test')!
    expect(fieldOf(fields, 'a')).toMatchObject({
      types: { BIGINT: 1, VARCHAR: 1, BOOLEAN: 1 },
      samples: ['1', 'x', 'true'],
    })
    expect(fieldOf(fields, 'b').samples).toEqual(['[1,2]'])
    expect(Array.from(fieldOf(fields, 'long').samples[0]!)).toEqual(Array(200).fill('🎉'))
  })

  it('tell of fields that have no column: dropped ones, and those that events are set aside for', async () => {
    const mapper = testMapper()
    const id = { path: ['id'], column: 'id', type: 'BIGINT' }
    for (const mode of ['FLEXIBLE', 'STRICT'] as const)
      await mapper.set(mode, { mode, table: mode.toLowerCase(), fields: [id] })
    const plain = Array.from({ length: 500 }, (_, n) => ({ id: n }))
    for (const type of ['FLEXIBLE', 'STRICT']) {
      await mapper.map([inputOf([...plain, { id: 1, rare: { x: 'seldom' } }].map((event) => [type, event]))])
      const { count, fields } = mapper.statistics(type)!
      expect(count).toBe(501)
      expect(fieldOf(fields, 'rare').fields).toMatchObject([{ name: 'x', count: 1, samples: ['seldom'] }])
    }
    expect(fieldOf(mapper.statistics('FLEXIBLE')!.fields, 'id')).toMatchObject({ count: 501, isExact: true })
    expect(fieldOf(mapper.statistics('STRICT')!.fields, 'id')).toMatchObject({ count: 500, isExact: true })
  })

  it('look at few of many events, and at some again after a while', async () => {
    const mapper = testMapper()
    const events = Array.from({ length: 50_000 }, (_, n): [string, unknown] => ['test', { n }])
    const looked = () => Object.values(mapper.statistics('test')!.fields[0]!.types)[0]
    for (const [laterMs, looks] of [
      [0, 1],
      [9_000, 1],
      [10_000, 2],
      [19_000, 2],
      [20_000, 3],
    ] as const) {
      await mapper.map([inputOf(events, { receivedAt: receivedAt + laterMs })])
      expect(looked()).toBe(looks * statisticsLimits.eventsPerLook)
    }
    expect(mapper.statistics('test')!.fields[0]!.count).toBe(250_000)
  })

  it('are of 5,000 fields of one type at most', async () => {
    const mapper = testMapper()
    await mapper.set('test', { mode: 'FLEXIBLE', table: 'test', fields: [] })
    for (let batch = 0; batch < 15; batch++)
      await mapper.map([testInput(Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`f${batch}_${n}`, n])))])
    expect(mapper.statistics('test')!.fields.length).toBeLessThanOrEqual(statisticsLimits.fieldsPerTypeMax)
    expect(mapper.statistics('test')!.fields.length).toBeGreaterThan(800)
  })

  it('are forgotten when they are cleared, and begin again', async () => {
    const mapper = testMapper()
    await mapper.map([testInput({ a: 1 })])
    mapper.clearStatistics('test')
    expect(mapper.statistics('test')).toBeUndefined()
    await mapper.map([testInput({ a: 1 })])
    expect(mapper.statistics('test')).toMatchObject({ count: 1, fields: [{ name: 'a', count: 1 }] })
  })

  it('go on from a snapshot, which is JSON', async () => {
    const first = new FieldStatistics()
    const settings = { mappings: [], save: async () => {}, logger: silentLogger }
    await openMapper({ ...settings, statistics: first }).map([testInput({ a: 1, b: { c: 'x' } })])
    const snapshot: unknown = JSON.parse(JSON.stringify(first.snapshot()))
    const second = new FieldStatistics()
    second.restore(snapshot)
    expect(second.of('test')).toEqual(first.of('test'))
    await openMapper({ ...settings, statistics: second }).map([testInput({ a: 1 })])
    expect(second.of('test')).toMatchObject({ count: 2, fields: [{ name: 'a', count: 2 }, { name: 'b' }] })
    expect(() => second.restore({ version: 2 })).toThrow()
    expect(second.of('test')?.count).toBe(2)
  })
})

it('bits are counted wherever they begin', () => {
  const bytes = Uint8Array.from({ length: 1_000 }, (_, place) => (place * 37) & 0xff)
  const slowly = (part: Uint8Array) =>
    Array.from(part, (byte) => byte.toString(2).replaceAll('0', '').length).reduce((a, b) => a + b, 0)
  for (let start = 0; start < 9; start++)
    for (const end of [start, start + 1, start + 127, start + 130, start + 900])
      expect(bitCount(bytes.subarray(start, end))).toBe(slowly(bytes.subarray(start, end)))
})
