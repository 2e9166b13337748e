/** The short way to a time gives what the long way gives, or nothing. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readEventTime } from './event-time.ts'
import { readUsualTime } from './usual-time.ts'

const read = (text: string) => {
  const token = Buffer.from(`, ${JSON.stringify(text)}`)
  return readUsualTime(token, 2, token.length)
}

test('what JavaScript writes is read', () => {
  expect(read('2026-01-28T10:11:12.345Z')).toBe(Date.UTC(2026, 0, 28, 10, 11, 12, 345))
})

test('so is any day of the calendar', () => {
  for (let day = Date.UTC(1000, 0, 1); day < Date.UTC(2500, 0, 1); day += 86_400_000) {
    const text = new Date(day + 43_215_678).toISOString()
    if (!text.includes('-02-29')) expect(read(text)).toBe(day + 43_215_678)
  }
  expect(read('9999-12-31T23:59:59.999Z')).toBe(Date.UTC(9999, 11, 31, 23, 59, 59, 999))
})

test.each([
  '2026-13-01T10:00:00.000Z',
  '2026-01-01T24:00:00.000Z',
  '2026-01-01T10:60:00.000Z',
  '2026-01-01T10:00:0x.000Z',
])('%s is none', (text) => expect(read(text)).toBeUndefined())

test('any other text, and any change of one character, is read as with care or not at all', () => {
  const dates = fc.date({ min: new Date(0), max: new Date('9000-01-01'), noInvalidDate: true })
  const changes = fc.record({ at: fc.nat(23), character: fc.constantFrom(...'0123456789-:.TZ +x') })
  fc.assert(
    fc.property(dates, fc.option(changes), (date, change) => {
      const text = [...date.toISOString()]
      if (change !== null) text[change.at] = change.character
      const time = read(text.join(''))
      if (time !== undefined) expect(time).toBe(readEventTime(text.join('')))
    }),
    { numRuns: 2000 },
  )
})
