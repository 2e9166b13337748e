import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MillraceError } from '../errors.ts'
import { noQuota } from '../quotas.ts'
import { inputOf } from './protocols/request.fixture.ts'
import { openRateLimits } from './rate-limits.ts'

function limitsOf(settings: Record<string, number>) {
  const clock = { ms: 0 }
  const limits = openRateLimits(() => clock.ms)
  const input = inputOf('native', settings)
  const take = (events: number, bytes = 0) => {
    try {
      return limits.take(input, { events, bytes })
    } catch (error) {
      return (error as MillraceError).retryAfterSeconds
    }
  }
  return { clock, take, limits }
}

test('an input without limits takes everything and says nothing of them', () => {
  expect(limitsOf({}).take(1e9, 1e12)).toBeUndefined()
})

test('what came together while it was silent may come at once, then it waits', () => {
  const { clock, take } = limitsOf({ eventsPerSecondMax: 10 })
  expect(take(15)).toMatchObject({ 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': '2' })
  expect(take(25)).toMatchObject({ 'x-ratelimit-remaining': '0' })
  expect(take(1)).toBe(3)
  clock.ms = 3000
  expect(take(1)).toMatchObject({ 'x-ratelimit-remaining': '9' })
})

test('bytes are limited apart from events', () => {
  const { take } = limitsOf({ bytesPerSecondMax: 1000 })
  expect(take(1, 2000)).toMatchObject({
    'x-ratelimit-limit': '2000',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': '2',
  })
  expect(take(1, 1)).toBe(1)
})

test('every limit is told, and of what has the least left the headers that clients have long read', () => {
  const { take, limits } = limitsOf({ eventsPerSecondMax: 100, bytesPerSecondMax: 1000 })
  expect(take(10, 1500)).toEqual({
    'x-ratelimit-limit': '2000',
    'x-ratelimit-remaining': '500',
    'x-ratelimit-reset': '2',
    'ratelimit-policy': '"input-events";q=200;w=2, "input-bytes";q=2000;qu="content-bytes";w=2',
    ratelimit: '"input-events";r=190;t=1, "input-bytes";r=500;t=2',
  })
  take(1, 500)
  const input = inputOf('native', { eventsPerSecondMax: 100, bytesPerSecondMax: 1000 })
  expect(() => limits.take(input, { events: 1, bytes: 1 })).toThrow(
    expect.objectContaining({
      retryAfterSeconds: 1,
      headers: expect.objectContaining({ 'x-ratelimit-remaining': '0' }),
    }),
  )
})

test('all inputs of a workspace share what it may send, beside what is their own', () => {
  const limits = openRateLimits(() => 0)
  const quota = { ...noQuota, eventsPerSecondMax: 10 }
  const [one, other] = ['i1', 'i2'].map((id) => ({ ...inputOf('native', {}), id, quota }))
  limits.take(one!, { events: 20, bytes: 0 })
  expect(() => limits.take(other!, { events: 1, bytes: 0 })).toThrow('The workspace takes 10 events a second')
  limits.take({ ...other!, workspace: 'another' }, { events: 1, bytes: 0 })
})

test('a refused request takes nothing of the other limit', () => {
  const { clock, take } = limitsOf({ eventsPerSecondMax: 1, bytesPerSecondMax: 1e6 })
  take(2, 10)
  for (let n = 0; n < 5; n++) expect(take(1, 1e9)).toBeTypeOf('number')
  clock.ms = 2000
  expect(take(1, 10)).toBeTypeOf('object')
})

test('in the long run no more passes than the limit, its burst and the last request', () => {
  const requests = fc.array(fc.record({ waitMs: fc.nat(2000), events: fc.integer({ min: 1, max: 50 }) }), {
    maxLength: 100,
  })
  fc.assert(
    fc.property(requests, (list) => {
      const { clock, take } = limitsOf({ eventsPerSecondMax: 10 })
      let passed = 0
      for (const { waitMs, events } of list) {
        clock.ms += waitMs
        if (typeof take(events) === 'object') passed += events
      }
      expect(passed).toBeLessThanOrEqual((clock.ms / 1000) * 10 + 20 + 50)
    }),
  )
})

test('one that is told how long to wait is let in after that', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 5000 }), (perSecond, events) => {
      const { clock, take } = limitsOf({ eventsPerSecondMax: perSecond })
      take(events)
      const wait = take(1)
      if (typeof wait !== 'number') return
      clock.ms += wait * 1000
      expect(take(1)).toBeTypeOf('object')
    }),
  )
})
