import { expect, it } from 'vitest'
import { draftOf } from './rows.ts'

it.each([
  ['{"id":9007199254740993}', '{"id":9007199254740993,"kafka":'],
  ['9007199254740993', '{"value":9007199254740993,"kafka":'],
])('numbers of a message keep all their digits: %s', (value, wanted) => {
  const message = { topic: 't', partition: 0, offset: 1n, time: 0, key: null, value: Buffer.from(value), headers: [] }
  const { data } = draftOf(message, { values: 'json', table: undefined })
  expect(JSON.stringify(data).startsWith(wanted)).toBe(true)
})
