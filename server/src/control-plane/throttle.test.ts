import { expect, test } from 'vitest'
import { createThrottle } from './throttle.ts'

function throttleAt(start: number) {
  const clock = { now: start }
  const throttle = createThrottle({ attemptsMax: 2, windowMs: 60_000, keysMax: 3, now: () => clock.now })
  return { clock, throttle }
}

test('refuses an attempt too many, tells how long to wait, and admits it then', () => {
  const { clock, throttle } = throttleAt(1_000_000)
  throttle.take('a')
  clock.now += 10_000
  throttle.take('a')
  expect(() => throttle.take('a')).toThrow(
    expect.objectContaining({ code: 'too_many_requests', retryAfterSeconds: 50 }),
  )
  throttle.take('b')
  clock.now += 50_000
  throttle.take('a')
})

test('remembers a bounded number of keys', () => {
  const { throttle } = throttleAt(0)
  for (const key of ['a', 'a', 'b', 'c', 'd']) throttle.take(key)
  throttle.take('a')
})

test('a clock that jumps back locks nobody out', () => {
  const { clock, throttle } = throttleAt(1e12)
  throttle.take('a')
  throttle.take('a')
  clock.now = 0
  throttle.take('a')
})
