import { expect, test } from 'vitest'
import { dayMembers, dayOf } from './row-days.ts'

test.each([
  ['2026-01-31', '2026-01-31'],
  ['2026-01-31T23:30:00-05:00', '2026-01-31'],
  ['2026-01-31 23:30', '2026-01-31'],
  ['20260131', '2026-01-31'],
  [20260131, '2026-01-31'],
  ['2026-02-30', undefined],
  ['2026-01-31 7', undefined],
  ['31.1.2026', undefined],
  [1_767_225_600_000, undefined],
  [null, undefined],
])('the day of %j is %s', (value, day) => expect(dayOf(value)).toBe(day))

test('a day is what all rows have within the range, the first member before the others', () => {
  const range = { start: '2026-01-01', end: '2026-01-31' }
  const rows = (...data: object[]) => data.map((one) => ({ type: 't', data: one as Record<string, never> }))
  const both = { made: '2025-12-01', date: '2026-01-02', until: '2026-01-03' }
  expect(dayMembers(rows(both, { ...both, until: '2026-02-01' }), range)).toEqual(['date'])
  expect(dayMembers(rows(both, both), range)).toEqual(['date', 'until'])
  expect(dayMembers(rows(both, { date: null }), range)).toEqual([])
  expect(dayMembers([], range)).toBeUndefined()
  const line = Buffer.from('{"date":"2026-01-05"}\n')
  expect(dayMembers([{ type: 't', data: {}, line }], range)).toEqual(['date'])
})
