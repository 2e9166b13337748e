/** Tables that something else than events makes are left to it. */
import { describe, expect, it } from 'vitest'
import { dataOf, inputOf, testMapper } from './fixtures.ts'

describe('a reserved table', () => {
  it('is not filled by an event type of its name, which gets a table of another name', async () => {
    const mapper = testMapper()
    await mapper.reserve('Orders')
    const { tables } = await mapper.map([inputOf([['orders', { n: 1 }]])])
    expect(tables.map(({ table }) => table.name)).not.toContain('orders')
    expect(tables.flatMap(dataOf)).toEqual([{ n: 1n }])
  })

  it('is none that a mapping can be given, in whatever case', async () => {
    const mapper = testMapper()
    await mapper.reserve('orders')
    for (const table of ['orders', 'ORDERS']) {
      const set = mapper.set('order', { table, fields: [] })
      await expect(set).rejects.toMatchObject({ code: 'invalid_mapping', fields: [{ field: 'table' }] })
    }
  })

  it('is none that events fill, but may be one that they do not any more', async () => {
    const mapper = testMapper()
    await mapper.map([inputOf([['orders', { n: 1 }]])])
    await expect(mapper.reserve('ORDERS')).rejects.toMatchObject({ code: 'query_refused' })
    await mapper.set('orders', {
      table: 'sales',
      fields: [{ path: ['n'], column: 'n', type: 'BIGINT', origin: 'auto' }],
    })
    await mapper.reserve('orders')
    await expect(mapper.reserve('sales')).rejects.toMatchObject({ code: 'query_refused' })
    await mapper.forget('orders')
    await mapper.reserve('sales')
    const { tables } = await mapper.map([inputOf([['orders', { n: 1 }]])])
    expect(tables.map(({ table }) => table.name)).toEqual([expect.stringMatching(/^orders_/)])
  })
})
