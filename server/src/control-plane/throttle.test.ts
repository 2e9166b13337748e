import { expect, test } from 'vitest'
import { createThrottle } from './throttle.ts'

function throttleAt(start: number) {
  const clock = { now: start }
  const throttle = createThrottle({
    attemptsMax: 2,
    windowMs: 60_000,
    windowMsMax: 200_000,
    keysMax: 3,
    now: () => clock.now,
  })
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

test('whoever goes on at the limit waits longer each time, up to a limit, until a quiet hour', () => {
  const { clock, throttle } = throttleAt(1_000_000)
  const waits = Array.from({ length: 6 }, () => {
    for (;;) {
      try {
        throttle.take('a')
      } catch (error) {
        const { retryAfterSeconds } = error as { retryAfterSeconds: number }
        clock.now += retryAfterSeconds * 1000
        return retryAfterSeconds
      }
    }
  })
  expect(waits).toEqual([60, 120, 200, 200, 200, 200])
  clock.now += 3_600_001
  throttle.take('a')
  throttle.take('a')
  expect(() => throttle.take('a')).toThrow(expect.objectContaining({ retryAfterSeconds: 60 }))
})

test('an attempt that is given back does not count', () => {
  const { throttle } = throttleAt(1_000_000)
  for (let attempt = 0; attempt < 5; attempt++) {
    throttle.take('a')
    throttle.giveBack('a')
  }
  throttle.take('a')
  throttle.take('a')
  expect(() => throttle.take('a')).toThrow()
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
