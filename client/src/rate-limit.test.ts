import { expect, test } from 'vitest'
import { allowancesOf, freeAt, learn, reserve } from './rate-limit.ts'

const now = 1_800_000_000_000
const headers = (limit: string, policy?: string) =>
  new Headers({ ratelimit: limit, ...(policy !== undefined && { 'ratelimit-policy': policy }) })

test('headers tell what is left, and until when', () => {
  const told = headers('"minute";r=3;t=20, "day";r=0;t=7', '"minute";q=60;w=60, "day";q=20000;w=86400')
  expect(allowancesOf(told, now)).toEqual({
    minute: { limit: 60, remaining: 3, resetAt: now + 20_000, windowMs: 60_000 },
    day: { limit: 20_000, remaining: 0, resetAt: now + 7_000, windowMs: 86_400_000 },
  })
  expect(allowancesOf(headers('"x";r=1;t=2'), now)).toEqual({
    x: { limit: 1, remaining: 1, resetAt: now + 2_000, windowMs: 0 },
  })
})

test.each(['', 'nonsense', '"minute"', '"minute";r=x;t=5', '"minute";r=5'])('%j tells nothing', (text) => {
  expect(allowancesOf(headers(text), now)).toEqual({})
})

const minute = { limit: 60, remaining: 1, resetAt: now + 20_000, windowMs: 60_000 }

test('one waits for the last of what is used up', () => {
  expect(freeAt({}, now)).toBe(now)
  expect(freeAt({ minute }, now)).toBe(now)
  const used = { ...minute, remaining: 0 }
  expect(freeAt({ minute: used, day: { ...used, resetAt: now + 50_000 } }, now)).toBe(now + 50_000)
  expect(freeAt({ minute: { ...used, resetAt: now } }, now)).toBe(now)
})

test('a call takes one of each, and what was reset is full again', () => {
  expect(reserve({ minute }, now)).toEqual({ minute: { ...minute, remaining: 0 } })
  expect(reserve({ minute }, now + 20_000)).toEqual({
    minute: { limit: 60, remaining: 59, resetAt: now + 80_000, windowMs: 60_000 },
  })
  expect(reserve({ minute }, now + 200_000)).toMatchObject({ minute: { remaining: 59, resetAt: now + 260_000 } })
  expect(reserve({ refused: { ...minute, windowMs: 0 } }, now + 20_000)).toEqual({})
})

test('an answer gives nothing back of what others have under way, until the next reset', () => {
  const told = { minute: { ...minute, remaining: 5, resetAt: minute.resetAt + 900 } }
  expect(learn({ minute }, told)).toMatchObject({ minute: { remaining: 1 } })
  expect(learn({ minute: { ...minute, remaining: 9 } }, told)).toMatchObject({ minute: { remaining: 5 } })
  const next = { minute: { ...minute, remaining: 59, resetAt: minute.resetAt + 60_000 } }
  expect(learn({ minute }, next)).toEqual(next)
})
