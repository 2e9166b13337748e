import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs, retryAfterMs } from './retry.ts'
import { judgeStatus, millraceWire } from './wire.ts'

const now = Date.parse('2026-01-01T00:00:00Z')

describe('a wait', () => {
  it('is drawn from a range that doubles up to a cap', () => {
    const limits = { retryBase: 500, retryCap: 30_000 }
    const most = [0, 1, 2, 5, 6, 100, 5000].map((attempt) => backoffMs(attempt, limits, () => 1))
    expect(most).toEqual([500, 1000, 2000, 16_000, 30_000, 30_000, 30_000])
    expect(backoffMs(3, limits, () => 0)).toBe(0)
    fc.assert(
      fc.property(fc.nat(1000), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, drawn) => {
        const ms = backoffMs(attempt, limits, () => drawn)
        expect(Number.isInteger(ms) && ms >= 0 && ms <= 30_000).toBe(true)
      }),
    )
  })
})

describe('Retry-After', () => {
  it.each([
    ['2', 2000],
    [' 1.5 ', 1500],
    ['0', 0],
    ['86400', 300_000],
    ['Thu, 01 Jan 2026 00:00:07 GMT', 7000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms)
  })
})

describe('a status', () => {
  it.each([
    [408, 'retry'],
    [425, 'retry'],
    [429, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
    [599, 'retry'],
    [301, 'retry'],
    [401, 'unauthorized'],
    [403, 'unauthorized'],
    [413, 'too-large'],
    [400, 'refused'],
    [404, 'refused'],
    [422, 'refused'],
  ])('%d means %s', (status, kind) => {
    expect(judgeStatus({ status, headers: {}, body: '<html>' }).kind).toBe(kind)
  })

  it('is told with the reason that the server gives', () => {
    const body = JSON.stringify({ detail: 'The key is unknown' })
    expect(judgeStatus({ status: 401, headers: {}, body })).toMatchObject({
      message: 'The server answered 401: The key is unknown',
    })
  })
})

it('402 of a workspace that has used up its month keeps the events, and asks again every five minutes', () => {
  const wire = millraceWire({ endpoint: 'http://x', apiKey: 'k' })
  const judged = (headers: Record<string, string>) =>
    wire.judge({ status: 402, headers, body: '{"detail":"Used up"}' }, [])
  const verdict = { kind: 'retry', status: 402, message: 'The server answered 402: Used up', retryAfterMs: 300_000 }
  expect(judged({})).toEqual(verdict)
  expect(judged({ 'retry-after': '86400' })).toEqual(verdict)
})
