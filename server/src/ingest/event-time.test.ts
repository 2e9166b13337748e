import { readTimestamp } from '@millrace/json/scalar'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readEventTime } from './event-time.ts'

test('a time as JavaScript writes it means what any other ISO 8601 text of it means', () => {
  const time = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
  fc.assert(
    fc.property(time, (date) => {
      const text = date.toISOString()
      expect(readEventTime(text)).toBe(Number(readTimestamp(text)! / 1000n) || 0)
      expect(readEventTime(text)).toBe(readEventTime(text.replace('Z', '+00:00')))
    }),
  )
})

test('what is no time is none, and finer digits are cut off', () => {
  for (const text of ['2023-02-29T00:00:00.000Z', '2023-01-01T24:00:00.000Z', '0000-01-01T00:00:00.000Z', '', 'now'])
    expect(readEventTime(text)).toBeUndefined()
  for (const other of [null, undefined, {}, Number.NaN, 1e18]) expect(readEventTime(other)).toBeUndefined()
  expect(readEventTime('1969-12-31T23:59:59.9999999Z')).toBe(-1)
  expect(readEventTime(1.9)).toBe(1)
})
