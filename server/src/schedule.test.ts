import { describe, expect, it } from 'vitest'
import { nextAt } from './schedule.ts'

const at = (text: string) => Date.parse(text)

describe('a schedule', () => {
  it.each([
    ['0 3 * * *', 'UTC', '2026-01-01T02:59:59Z', '2026-01-01T03:00:00Z'],
    ['0 3 * * *', 'UTC', '2026-01-01T03:00:00Z', '2026-01-02T03:00:00Z'],
    ['*/15 * * * *', 'UTC', '2026-01-01T00:07:00Z', '2026-01-01T00:15:00Z'],
    ['0 3 * * MON', 'America/New_York', '2026-01-01T00:00:00Z', '2026-01-05T08:00:00Z'],
    ['0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00Z'],
    // Clocks go forward at 2:00 on 29 March 2026, and back at 3:00 on 25 October.
    ['30 2 * * *', 'Europe/Prague', '2026-03-28T12:00:00Z', '2026-03-29T01:00:00Z'],
    ['30 2 * * *', 'Europe/Prague', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00Z'],
    ['30 2 * * *', 'Europe/Prague', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'],
  ])('%s in %s is due after %s at %s', (cron, timeZone, after, expected) => {
    expect(nextAt({ cron, timeZone }, { after: at(after), createdAt: 0 })).toBe(at(expected))
  })

  it.each([
    ['2026-01-01T00:00:00Z', '2026-01-01T06:20:00Z'],
    ['2026-01-01T00:20:00Z', '2026-01-01T06:20:00Z'],
    ['2026-01-01T06:19:59Z', '2026-01-01T06:20:00Z'],
    ['2026-01-01T06:20:00Z', '2026-01-01T12:20:00Z'],
    ['2026-01-09T00:00:00Z', '2026-01-09T00:20:00Z'],
  ])('every 6 hours from 0:20 on is due after %s at %s', (after, expected) => {
    expect(nextAt({ everyHours: 6 }, { after: at(after), createdAt: at('2026-01-01T00:20:00Z') })).toBe(at(expected))
  })

  it('never comes on a day that there is not', () => {
    expect(nextAt({ cron: '0 0 30 2 *', timeZone: 'UTC' }, { after: 0, createdAt: 0 })).toBeNull()
  })

  it.each([
    '',
    '* * * *',
    '* * * * * *',
    '60 * * * *',
    '* 24 * * *',
    '@daily now',
    'a b c d e',
    '2026-01-01T00:00:00Z',
  ])('is refused where its cron expression is %j', (cron) => {
    const read = () => nextAt({ cron, timeZone: 'UTC' }, { after: 0, createdAt: 0 })
    expect(read).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        fields: [expect.objectContaining({ field: 'schedule.cron' })],
      }),
    )
  })

  it.each(['', 'Europe/Nowhere', 'UTC+99'])('is refused where its time zone is %j', (timeZone) => {
    const read = () => nextAt({ cron: '* * * * *', timeZone }, { after: 0, createdAt: 0 })
    expect(read).toThrow(expect.objectContaining({ fields: [expect.objectContaining({ field: 'schedule.timeZone' })] }))
  })
})
