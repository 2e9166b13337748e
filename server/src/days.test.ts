import { expect, test } from 'vitest'
import { covers, cutRange, dayAfter, dayIn, daysIn, isDay, overlap } from './days.ts'

test('thirty days in parts of ten are three, contiguous and ascending, both ends included', () => {
  expect(cutRange({ start: '2021-01-02', end: '2021-01-31' }, 10)).toEqual([
    { start: '2021-01-02', end: '2021-01-11' },
    { start: '2021-01-12', end: '2021-01-21' },
    { start: '2021-01-22', end: '2021-01-31' },
  ])
  expect(cutRange({ start: '2021-01-02', end: '2021-01-02' }, 10)).toEqual([{ start: '2021-01-02', end: '2021-01-02' }])
})

test('parts of any size have each day of a leap year once', () => {
  for (let size = 1; size <= 40; size++) {
    const parts = cutRange({ start: '2024-01-01', end: '2024-12-31' }, size)
    expect(parts.reduce((sum, part) => sum + daysIn(part), 0)).toBe(366)
    for (const [index, { start }] of parts.entries())
      if (index > 0) expect(dayAfter(parts[index - 1]!.end, 1)).toBe(start)
  }
})

test.each([
  ['2024-02-29', true],
  ['2023-02-29', false],
  ['2000-02-29', true],
  ['1900-02-29', false],
  ['2024-02-30', false],
  ['2024-13-01', false],
  ['2024-2-1', false],
  ['yesterday', false],
])('whether %s is a day: %s', (text, is) => expect(isDay(text)).toBe(is))

test.each([
  // The day has 23 hours, and 25.
  ['Europe/Prague', '2026-03-28T23:00:00Z', '2026-03-29'],
  ['Europe/Prague', '2026-03-29T21:59:59Z', '2026-03-29'],
  ['Europe/Prague', '2026-03-29T22:00:00Z', '2026-03-30'],
  ['Europe/Prague', '2026-10-25T22:59:59Z', '2026-10-25'],
  ['Europe/Prague', '2026-10-25T23:00:00Z', '2026-10-26'],
  ['Pacific/Kiritimati', '2026-01-01T10:00:00Z', '2026-01-02'],
  ['America/New_York', '2026-01-01T04:59:59Z', '2025-12-31'],
])('in %s it is at %s the day %s', (timeZone, at, day) => expect(dayIn(timeZone, Date.parse(at))).toBe(day))

test('ranges that share a day overlap; one covers another where it has all of its days', () => {
  const january = { start: '2026-01-01', end: '2026-01-31' }
  expect(overlap(january, { start: '2026-01-31', end: '2026-02-05' })).toBe(true)
  expect(overlap(january, { start: '2026-02-01', end: '2026-02-05' })).toBe(false)
  expect(covers(january, { start: '2026-01-31', end: '2026-01-31' })).toBe(true)
  expect(covers(january, { start: '2026-01-31', end: '2026-02-01' })).toBe(false)
})
