import { expect, test } from 'vitest'
import { seriesViews } from './series-tables.ts'

const columns = ['key', 'value', 'epoch', '_event_type'].map((name) => ({ name, type: 'VARCHAR' as const }))
const table = (name: string) => ({ name, columns, rowCount: 1, isDerived: false })
const bucket = (eventType: string, name = '', tableName = eventType.replaceAll(/\W/g, '_')) => ({
  eventType,
  name,
  tableName,
})
const namesOf = (...args: Parameters<typeof seriesViews>) => seriesViews(...args).map(({ name }) => name)

test('a bucket is there under its key and under its name, where no table has that', () => {
  const tables = [table('plain'), table('My_Bucket')]
  expect(namesOf([bucket('plain'), bucket('My Bucket', 'Of the "house"')], tables, new Set())).toEqual([
    'My Bucket',
    'Of the "house"',
  ])
  expect(seriesViews([bucket("My 'B", '', 'My_Bucket')], tables, new Set())[0]!.sql).toBe(
    `SELECT "_mr_row"."key", "_mr_row"."value", "_mr_row"."epoch", "_mr_row"."_event_type" FROM main."My_Bucket" AS "_mr_row" WHERE "_mr_row"."_event_type" = 'My ''B'`,
  )
})

test('names that are something else’s stay with that, whatever their case', () => {
  const tables = [table('one'), table('a_b'), table('c_d')]
  const buckets = [bucket('a b', 'ONE'), bucket('c d', 'A B'), bucket('one', 'Taken'), bucket('c d', 'millrace_jobs')]
  expect(namesOf(buckets, tables, new Set(['taken']))).toEqual(['a b', 'c d'])
})

test('what has no table yet, or one that holds no series, has no view', () => {
  const other = { ...table('a_b'), columns: columns.slice(1) }
  expect(namesOf([bucket('a b', 'A'), bucket('x y', 'X')], [other], new Set())).toEqual([])
})
