/** What a person makes of a table beside its events: the mapper knows it, and event types that fill the table follow. */
import { describe, expect, it } from 'vitest'
import type { ColumnType } from '../rows.ts'
import { dataOf, inputOf, type TestMapper, testMapper, typesOf } from './fixtures.ts'
import type { FieldChange } from './mapping-change/change.ts'

const orders = (...data: unknown[]) => [inputOf(data.map((value) => ['orders', value]))]
const n: FieldChange = { path: ['n'], column: 'n', type: 'BIGINT', origin: 'auto' }
const id: FieldChange = { path: ['id'], column: 'id', type: 'BIGINT' }

const declare = (mapper: TestMapper, columns: Record<string, ColumnType>, name = 'orders') =>
  mapper.declare({ name, columns: Object.entries(columns).map(([name, type]) => ({ name, type })) })

async function keyed(): Promise<TestMapper> {
  const mapper = testMapper()
  await mapper.set('orders', { mode: 'AUTO_MAP', table: 'orders', fields: [id, n], primaryKey: ['id'] })
  await mapper.map(orders({ id: 1, n: 1 }))
  return mapper
}

describe('a declared column', () => {
  it('is filled by the field of its name, with its type', async () => {
    const mapper = testMapper()
    await declare(mapper, { n: 'DOUBLE' })
    const { tables } = await mapper.map(orders({ n: 1 }))
    expect(tables.map(({ table }) => table.name)).not.toEqual(['orders'])
    await mapper.set('sale', { mode: 'AUTO_MAP', table: 'orders', fields: [] })
    const mapped = await mapper.map([inputOf([['sale', { n: 1 }]])])
    expect(typesOf(mapped.tables[0]!)).toEqual({ n: 'DOUBLE' })
  })

  it('may be new or wider in a table with a primary key, the key’s own included', async () => {
    const mapper = await keyed()
    await declare(mapper, { note: 'VARCHAR', n: 'DOUBLE', id: 'VARCHAR' })
    const { tables } = await mapper.map(orders({ id: 'a', n: 1.5, note: 1 }))
    expect(tables[0]!.table.primaryKey).toEqual(['id'])
    expect(typesOf(tables[0]!)).toEqual({ id: 'VARCHAR', n: 'DOUBLE', note: 'VARCHAR' })
    expect(dataOf(tables[0])).toEqual([{ id: 'a', n: 1.5, note: '1' }])
  })

  it('leaves a mapping with a key as it can be changed', async () => {
    const mapper = testMapper()
    await declare(mapper, { id: 'BIGINT' })
    const change = { mode: 'AUTO_MAP', table: 'orders', primaryKey: ['id'] } as const
    await mapper.set('orders', { ...change, fields: [id] })
    await mapper.map(orders({ id: 1 }))
    expect(await mapper.set('orders', { ...change, fields: [id, n] })).toMatchObject({ primaryKey: ['id'] })
    await expect(mapper.set('orders', { ...change, primaryKey: [], fields: [id] })).rejects.toMatchObject({
      fields: [{ field: 'primaryKey' }],
    })
  })

  it('widens for all who share the table', async () => {
    const mapper = testMapper()
    for (const type of ['a', 'b']) await mapper.set(type, { mode: 'AUTO_MAP', table: 'orders', fields: [n] })
    await declare(mapper, { n: 'VARCHAR' })
    const { tables } = await mapper.map([inputOf([['a', { n: 1 }], ['b', { n: 2 }]])]) // biome-ignore format: pairs
    expect(tables.map(typesOf)).toEqual([{ n: 'VARCHAR' }, { n: 'VARCHAR' }])
  })

  it.each<[what: string, column: Record<string, ColumnType>, place: string, fields: FieldChange[]]>([
    ['narrower', { n: 'BOOLEAN' }, 'columns.0.type', [n]],
    ['JSON in a key', { id: 'JSON' }, 'columns.0.type', [id]],
    [
      'without the length that a mapping gives it',
      { n: 'JSON' },
      'columns.0.type',
      [{ ...n, type: 'VARCHAR', length: 5 }],
    ],
    ['the same but for case', { N: 'BIGINT' }, 'columns.0.name', [n]],
    ['the system’s', { _id: 'VARCHAR' }, 'columns.0.name', [n]],
    ['no name', { 'a b': 'BIGINT' }, 'columns.0.name', [n]],
  ])('is refused where it is %s, and nothing changes', async (_, column, place, fields) => {
    const mapper = testMapper()
    const primaryKey = fields.includes(id) ? ['id'] : []
    await mapper.set('orders', { mode: 'AUTO_MAP', table: 'orders', fields, primaryKey })
    const saved = mapper.saved.length
    await expect(declare(mapper, column)).rejects.toMatchObject({ code: 'invalid_mapping', fields: [{ field: place }] })
    expect(mapper.saved).toHaveLength(saved)
  })

  it('is refused in a table that a statement makes, or that is named like another', async () => {
    const mapper = testMapper()
    await mapper.reserve('made')
    await mapper.map(orders({ n: 1 }))
    for (const name of ['made', 'ORDERS', 'select', 'a b'])
      await expect(declare(mapper, { n: 'BIGINT' }, name)).rejects.toMatchObject({ fields: [{ field: 'table' }] })
  })
})
