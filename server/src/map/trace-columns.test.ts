import { describe, expect, it } from 'vitest'
import { dataOf, inputOf, rowsOf, testInput, testMapper, typesOf } from './fixtures.ts'

const namesOf = (batch: { table: { columns: readonly { name: string }[] } } | undefined) =>
  batch!.table.columns.map(({ name }) => name)
const systemNames = ['_id', '_time', '_received_at', '_input', '_event_type']

describe('rows that users’ code made', () => {
  it('tell its version and what they were split off from, behind the system columns', async () => {
    const plain = testInput({ a: 1 })
    const made = { ...testInput({ a: 2 }, { a: 3 }), transformVersion: 7, parents: [null, 'mother-é'] }
    const { tables } = await testMapper().map([plain, made])
    expect(namesOf(tables[0])).toEqual([...systemNames, '_transform_version', '_parent_id', 'a'])
    expect(
      rowsOf(tables[0]!).map(({ _transform_version, _parent_id, a }) => [a, _transform_version, _parent_id]),
    ).toEqual([
      [1n, undefined, undefined],
      [2n, 7n, undefined],
      [3n, 7n, 'mother-é'],
    ])
  })

  it('have only the columns that they need, and others have none', async () => {
    const mapper = testMapper()
    const once = await mapper.map([{ ...testInput({ a: 1 }), transformVersion: 1, parents: [null] }])
    expect(namesOf(once.tables[0])).toEqual([...systemNames, '_transform_version', 'a'])
    const never = await mapper.map([testInput({ a: 1 })])
    expect(namesOf(never.tables[0])).toEqual([...systemNames, 'a'])
    expect(never.changed).toEqual([])
  })

  it('are told for the events of one type among others, by each event’s own place', async () => {
    const input = inputOf([
      ['a', { n: 0 }],
      ['b', { n: 1 }],
      ['a', { n: 2 }],
    ])
    const { tables } = await testMapper().map([{ ...input, transformVersion: 1, parents: ['p0', 'p1', 'p2'] }])
    expect(tables.map((batch) => rowsOf(batch).map(({ _parent_id }) => _parent_id))).toEqual([['p0', 'p2'], ['p1']])
  })

  it('keep the names for themselves', async () => {
    const { tables } = await testMapper().map([testInput({ _parent_id: 'x', _Transform_Version: 1 })])
    expect(typesOf(tables[0]!)).toEqual({ _parent_id_: 'VARCHAR', _Transform_Version_: 'BIGINT' })
  })

  it('go without where a table of old has a field of that name', async () => {
    const field = { path: ['_parent_id'], column: '_parent_id', type: 'VARCHAR', seen: { kind: 'text' } } as const
    const old = {
      eventType: 'test',
      version: 1,
      table: 'test',
      mode: 'AUTO_MAP',
      fields: [field],
      isFull: false,
    } as const
    const mapper = testMapper([old as never])
    const { tables } = await mapper.map([{ ...testInput({ _parent_id: 'mine' }), transformVersion: 2, parents: ['p'] }])
    expect(dataOf(tables[0])).toEqual([{ _parent_id: 'mine', _transform_version: 2n }])
  })
})

describe('rows that a source fetched by dates', () => {
  it('tell their source and their day, or the days of their job', async () => {
    const plain = testInput({ a: 1 })
    const input = testInput({ a: 2 }, { a: 3 })
    const spans = [
      { days: '2026-01-02', attempt: 'x' },
      { days: '2026-01-01/2026-01-10', attempt: 'x' },
    ]
    const batch = { ...input.batch, fetchedFor: spans, fetchedForIndex: [0, 1] }
    const { tables } = await testMapper().map([plain, { ...input, batch }])
    expect(namesOf(tables[0])).toEqual([...systemNames, '_source', '_day', '_last_day', 'a'])
    const days = (text: string) => Math.round(Date.parse(text) / 86_400_000)
    expect(rowsOf(tables[0]!).map(({ _source, _day, _last_day }) => [_source, _day, _last_day])).toEqual([
      [undefined, undefined, undefined],
      [input.batch.input.id, days('2026-01-02'), undefined],
      [input.batch.input.id, days('2026-01-01'), days('2026-01-10')],
    ])
  })

  it('of one day each have no last one', async () => {
    const input = testInput({ a: 2 })
    const batch = { ...input.batch, fetchedFor: [{ days: '2026-01-02', attempt: 'x' }] }
    const { tables } = await testMapper().map([{ ...input, batch }])
    expect(namesOf(tables[0])).toEqual([...systemNames, '_source', '_day', 'a'])
  })
})
