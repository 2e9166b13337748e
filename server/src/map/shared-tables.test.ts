/** Several event types that fill one table agree on its columns, whatever comes in which. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ColumnType } from '../rows.ts'
import { silentLogger } from '../telemetry.ts'
import { widens } from './field-type.ts'
import { dataOf, inputOf, type TestMapper, testMapper, typesOf } from './fixtures.ts'
import { openMapper } from './mapper.ts'
import type { FieldChange } from './mapping-change/change.ts'
import { anyToken } from './meaning.ts'

const field = (name: string, more: Partial<FieldChange> = {}): FieldChange => ({
  path: [name],
  column: name,
  type: 'BIGINT',
  origin: 'auto',
  ...more,
})

async function sharing(fieldsOfA: FieldChange[], fieldsOfB: FieldChange[] = fieldsOfA): Promise<TestMapper> {
  const mapper = testMapper()
  await mapper.set('a', { mode: 'AUTO_MAP', table: 'shared', fields: fieldsOfA })
  await mapper.set('b', { mode: 'AUTO_MAP', table: 'shared', fields: fieldsOfB })
  return mapper
}

const events = (...list: [type: string, data: unknown][]) => [inputOf(list)]

describe('a column that two event types fill', () => {
  it('widens for both, in the batch in which it does', async () => {
    const mapper = await sharing([field('n')])
    const { tables, failures } = await mapper.map(events(['a', { n: 1 }], ['b', { n: 'x' }], ['a', { n: 2 }]))
    expect(tables.map(typesOf)).toEqual([{ n: 'VARCHAR' }, { n: 'VARCHAR' }])
    expect(tables.map(({ table }) => table.name)).toEqual(['shared', 'shared'])
    expect([tables.flatMap(dataOf), failures]).toEqual([[{ n: '1' }, { n: '2' }, { n: 'x' }], []])
    const versions = mapper.mappings().map(({ eventType, version }) => [eventType, version])
    expect(versions).toEqual([
      ['a', 2],
      ['b', 2],
    ])
  })

  it('widens for both, though the one could be saved and the other only later', async () => {
    let failing = ''
    const save = async ({ eventType }: { eventType: string }) => {
      if (eventType === failing) throw new Error('the disk is full')
    }
    const mapper = openMapper({ mappings: [], save, logger: silentLogger })
    for (const type of ['a', 'b']) await mapper.set(type, { mode: 'AUTO_MAP', table: 'shared', fields: [field('n')] })
    failing = 'b'
    const batch = events(['a', { n: 'x' }], ['b', { n: 1 }])
    await expect(mapper.map(batch)).rejects.toThrow('the disk is full')
    await expect(mapper.map(batch)).rejects.toThrow('the disk is full')
    failing = ''
    const { tables } = await mapper.map(batch)
    expect(tables.map(typesOf)).toEqual([{ n: 'VARCHAR' }, { n: 'VARCHAR' }])
  })

  it('may be one of an event type that is discarded: its events are counted once', async () => {
    const mapper = await sharing([field('n')])
    await mapper.set('a', { table: 'shared', isDiscarded: true, fields: [field('n')] })
    const mapped = await mapper.map(events(['a', { n: 1 }], ['b', { n: 'x' }]))
    expect([mapped.discarded, mapped.rowCount, mapped.failures]).toEqual([1, 1, []])
  })

  it('holds for both what one has seen: integers that no double holds', async () => {
    const mapper = await sharing([field('n')])
    await mapper.map(events(['a', '{"n":9007199254740993}']))
    const { tables } = await mapper.map(events(['b', { n: 1.5 }]))
    expect(typesOf(tables[0]!)).toEqual({ n: 'DECIMAL(38,1)' })
  })

  it('keeps the type that a person chose for one of them', async () => {
    const mapper = await sharing([field('n', { origin: 'user' })], [field('n')])
    const mapped = await mapper.map(events(['a', { n: 1 }], ['b', { n: 'x' }], ['b', { n: '2' }]))
    expect(mapped.failures).toMatchObject([{ eventType: 'b', event: 1, code: 'value_not_convertible', subject: 'n' }])
    expect(mapped.tables.flatMap(dataOf)).toEqual([{ n: 1n }, { n: 2n }])
  })

  it('must be of the same type for both, and so must the key', async () => {
    const mapper = await sharing([field('n')])
    await expect(
      mapper.set('b', {
        mode: 'AUTO_MAP',
        table: 'shared',
        fields: [field('n', { type: 'DOUBLE' })],
        primaryKey: ['n'],
      }),
    ).rejects.toMatchObject({
      fields: [{ field: 'fields.0.type', message: 'it is BIGINT for the event type "a", which fills it too' }],
    })
    await expect(
      mapper.set('b', { mode: 'AUTO_MAP', table: 'shared', fields: [field('n')], primaryKey: ['n'] }),
    ).rejects.toMatchObject({ fields: [{ field: 'primaryKey' }] })
  })
})

describe('a new field of one of them', () => {
  it('fills the column that the other has for the same field, and none of another field', async () => {
    const mapper = await sharing([field('n')], [field('n'), field('m'), field('x', { path: ['y'] })])
    const { tables } = await mapper.map(events(['a', { n: 1, m: 1.5, x: true }], ['b', { m: 2, y: 3 }]))
    const [ofA, ofB] = tables.map(typesOf)
    expect(ofA).toEqual({ n: 'BIGINT', m: 'DOUBLE', [Object.keys(ofA!)[2]!]: 'BOOLEAN' })
    expect(Object.keys(ofA!)[2]).toMatch(/^x_[0-9a-f]{8}$/)
    expect(ofB).toEqual({ n: 'BIGINT', m: 'DOUBLE', x: 'BIGINT' })
  })
})

it('tables only ever widen, and all agree, whatever comes in whatever order, restarts between them included', async () => {
  const event = fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('n', 'm', 'k'), anyToken)
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(event, { minLength: 1, maxLength: 4 }), { maxLength: 5 }), async (batches) => {
      let mapper = await sharing([field('n')], [field('n'), field('m')])
      const types = new Map<string, ColumnType>()
      for (const batch of batches) {
        const input = events(...batch.map(([type, name, token]): [string, string] => [type, `{"${name}":${token}}`]))
        const { tables, rowCount, failures } = await mapper.map(input)
        expect(rowCount + failures.length).toBe(batch.length)
        const columns = tables.flatMap(({ table }) => table.columns)
        for (const { name, type } of columns) expect(widens(types.get(name) ?? type, type)).toBe(true)
        for (const { name, type } of columns) types.set(name, type)
        for (const { name, type } of columns) expect(types.get(name)).toBe(type) // no two of one batch differ
        mapper = testMapper(mapper.mappings())
      }
    }),
    { numRuns: 150 },
  )
})

it('versions of which only the first was saved before a crash agree again once they are read', async () => {
  const mapper = await sharing([field('n')])
  const [a, b] = mapper.mappings()
  await mapper.map(events(['b', { n: 'x' }]))
  const [wideB] = mapper.saved.slice(2)
  expect(wideB!.eventType).toBe('b')
  const restarted = testMapper([a!, wideB!])
  const { tables } = await restarted.map(events(['a', { n: 1 }]))
  expect(typesOf(tables[0]!)).toEqual({ n: 'VARCHAR' })
  expect(b!.fields[0]!.type).toBe('BIGINT')
})
