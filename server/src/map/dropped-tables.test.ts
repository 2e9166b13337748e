/** A table that a person drops takes with it what was known of it; what is mapped still makes it anew. */
import { describe, expect, it } from 'vitest'
import { dataOf, inputOf, testMapper, typesOf } from './fixtures.ts'

const orders = (...data: unknown[]) => [inputOf(data.map((value) => ['orders', value]))]
const n = { path: ['n'], column: 'n', type: 'BIGINT', origin: 'auto' } as const

describe('a dropped table', () => {
  it('of an event type that was unmapped comes back with new types, under its old name', async () => {
    const mapper = testMapper()
    await mapper.map(orders({ n: 'text', gone: 1 }))
    await mapper.forget('orders')
    await mapper.dropped('orders')
    const { tables } = await mapper.map(orders({ n: 1 }))
    expect(tables.map(({ table }) => table.name)).toEqual(['orders'])
    expect(typesOf(tables[0]!)).toEqual({ n: 'BIGINT' })
  })

  it('and not dropped, the columns would be as they were', async () => {
    const mapper = testMapper()
    await mapper.map(orders({ n: 'text' }))
    await mapper.forget('orders')
    const { tables } = await mapper.map(orders({ n: 1 }))
    expect(typesOf(tables[0]!)).toEqual({ n: 'VARCHAR' })
  })

  it('of an event type that is mapped comes back as its mapping says, without the columns it had left behind', async () => {
    const mapper = testMapper()
    await mapper.set('orders', { mode: 'AUTO_MAP', table: 'orders', fields: [n, { ...n, path: ['m'], column: 'm' }] })
    await mapper.set('orders', { mode: 'AUTO_MAP', table: 'orders', fields: [n] })
    await mapper.dropped('orders')
    const { tables } = await mapper.map(orders({ n: 1, m: 'text' }))
    expect(tables.map(({ table }) => table.name)).toEqual(['orders'])
    expect(typesOf(tables[0]!)).toEqual({ n: 'BIGINT', m: 'VARCHAR' })
  })

  it('that mappings had before leaves its name to others, in whatever case', async () => {
    const mapper = testMapper()
    await mapper.map(orders({ n: 1 }))
    await mapper.set('orders', { mode: 'AUTO_MAP', table: 'sales', fields: [n] })
    const taken = mapper.set('other', { mode: 'AUTO_MAP', table: 'ORDERS', fields: [n] })
    await expect(taken).rejects.toMatchObject({ code: 'invalid_mapping' })
    await mapper.dropped('orders')
    expect(await mapper.set('other', { mode: 'AUTO_MAP', table: 'ORDERS', fields: [n] })).toMatchObject({
      table: 'ORDERS',
    })
  })

  it('that a statement made is free for events', async () => {
    const mapper = testMapper()
    await mapper.reserve('orders')
    await mapper.dropped('orders')
    const { tables } = await mapper.map(orders({ n: 1 }))
    expect(tables.map(({ table }) => table.name)).toEqual(['orders'])
  })

  it('may get another primary key at once', async () => {
    const mapper = testMapper()
    await mapper.set('orders', { mode: 'AUTO_MAP', table: 'orders', fields: [n] })
    await mapper.map(orders({ n: 1 }))
    const keyed = { mode: 'AUTO_MAP', table: 'orders', fields: [n], primaryKey: ['n'] } as const
    await expect(mapper.set('orders', keyed)).rejects.toMatchObject({ fields: [{ field: 'primaryKey' }] })
    await mapper.dropped('orders')
    expect(await mapper.set('orders', keyed)).toMatchObject({ primaryKey: ['n'] })
  })

  it('is forgotten for good: a restart knows no more of it', async () => {
    const mapper = testMapper()
    await mapper.map(orders({ n: 'text' }))
    await mapper.forget('orders')
    await mapper.dropped('orders')
    const newest = new Map(mapper.saved.map((mapping) => [mapping.eventType, mapping]))
    const restarted = testMapper([...newest.values()])
    const { tables } = await restarted.map(orders({ n: 1 }))
    expect(tables.map(({ table }) => table.name)).toEqual(['orders'])
    expect(typesOf(tables[0]!)).toEqual({ n: 'BIGINT' })
    expect(dataOf(tables[0])).toEqual([{ n: 1n }])
  })

  it('of which nothing is known changes nothing', async () => {
    const mapper = testMapper()
    await mapper.map(orders({ n: 1 }))
    await mapper.dropped('none')
    expect(mapper.saved).toHaveLength(1)
  })
})
