import { describe, expect, it } from 'vitest'
import { spanMs, timeAgo } from './time-spans.ts'

describe('a time span', () => {
  it.each([
    ['90s', 90_000],
    ['60m', 3_600_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
  ])('%s', (text, ms) => {
    expect(spanMs(text)).toBe(ms)
    expect(Math.abs(Date.now() - ms - timeAgo(text).getTime())).toBeLessThan(1_000)
  })

  it.each(['60', 'm', '1.5h', '-1m', '1y', ''])('%j is refused', (text) => {
    expect(() => spanMs(text)).toThrow('60m')
    expect(() => timeAgo(text)).toThrow('2026-01-31')
  })

  it('an instant is itself', () => {
    expect(timeAgo('2026-01-31T12:00:00Z').toISOString()).toBe('2026-01-31T12:00:00.000Z')
    expect(() => timeAgo('2026-99-99')).toThrow('how long ago')
  })
})
