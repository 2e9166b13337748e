import { expect, test } from 'vitest'
import { dataOf, inputOf, testMapper } from './fixtures.ts'

const epoch = 1.5
const text = (key: string, value: string) => ({ key, value, value_type: 'string', epoch })

test('keys and texts of series that read as dates stay as they are', async () => {
  const events = [
    text('2020-01-01', '2020-01-01'),
    text('2021-01-01T00:00:00+02:00', '2021-01-01T00:00:00+02:00'),
    { key: 'k', value: 5, value_type: 'number', epoch },
  ]
  const { tables } = await testMapper().map([inputOf(events.map((event) => ['bucket', event]))])
  expect(tables.flatMap(dataOf)).toEqual(events.map((event) => ({ ...event, value: `${event.value}` })))
  const types = Object.fromEntries(tables[0]!.table.columns.map(({ name, type }) => [name, type]))
  expect(types).toMatchObject({ key: 'VARCHAR', value: 'VARCHAR', epoch: 'DOUBLE' })
})

test('numbers and booleans have columns of their own type', async () => {
  const series = (value: unknown, value_type: string) => ({ key: 'k', value, value_type, epoch })
  const { tables } = await testMapper().map([
    inputOf([
      ['numbers', series(7, 'number')],
      ['switches', series(true, 'boolean')],
    ]),
  ])
  expect(tables.map((batch) => dataOf(batch)[0]!['value'])).toEqual([7n, true])
})

test('what is no series keeps its dates', async () => {
  const { tables } = await testMapper().map([inputOf([['t', { key: '2020-01-01', value: '2020-01-01', epoch }]])])
  const types = Object.fromEntries(tables[0]!.table.columns.map(({ name, type }) => [name, type]))
  expect(types).toMatchObject({ key: 'DATE', value: 'DATE' })
})
