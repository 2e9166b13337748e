import { expect, test } from 'vitest'
import { expiredCount } from './retention.ts'

/** Ten segments of ten events and 100 bytes, the newest record of the n-th appended at n × 1000; the active one has 100 more. */
const sealed = Array.from({ length: 10 }, (_, index) => {
  return { end: BigInt(index + 1) * 10n, segmentBytes: 100, newestAt: (index + 1) * 1000 }
})
const state = { floor: 1000n, now: 10_000, bytes: 1100, pressureBytes: 0 }

test.each([
  ['no rule', {}, {}, 0],
  ['age', { retentionAgeMs: 7000 }, {}, 2],
  ['age of all', { retentionAgeMs: 0 }, { now: 20_000 }, 10],
  ['size', { retentionBytes: 450 }, {}, 7],
  ['size of all: the active one stays', { retentionBytes: 0 }, {}, 10],
  ['size and age, what asks for more', { retentionAgeMs: 7000, retentionBytes: 1000 }, {}, 2],
  ['little space', {}, { pressureBytes: 150 }, 2],
  ['never past the floor', { retentionBytes: 0 }, { floor: 39n }, 3],
  ['a floor at the end of a segment', { retentionBytes: 0 }, { floor: 40n }, 4],
  ['a floor inside the first', { retentionBytes: 0, retentionAgeMs: 0 }, { floor: 9n, pressureBytes: 1e9 }, 0],
  ['a clock that went back', { retentionAgeMs: 7000 }, { now: -5000 }, 0],
] as const)('%s', (_, rule, changes, count) => {
  expect(expiredCount(sealed, rule, { ...state, ...changes })).toBe(count)
})
