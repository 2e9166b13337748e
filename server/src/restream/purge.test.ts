import { expect, it } from 'vitest'
import { MillraceError } from '../errors.ts'
import type { RestreamFilter } from '../restream.ts'
import type { Range } from './filter.ts'
import { purgeBefore } from './purge.ts'

it('a large purge goes step by step up to the end it was given, waits for other threads, and counts all of it', async () => {
  const asked: Range[] = []
  const steps = [{ count: 1000, last: 1999n }, undefined, { count: 7, last: 2500n }, { count: 0, last: undefined }]
  const purge = (_filter: RestreamFilter, range: Range) => {
    asked.push(range)
    const step = steps.shift()
    if (step === undefined) throw new MillraceError('overloaded', 'busy')
    return step
  }
  expect(await purgeBefore(9000n, { code: 'x' }, { purge })).toBe(1007)
  expect(asked.map(({ after, before }) => [after, before])).toEqual([
    [-1n, 9000n],
    [1999n, 9000n],
    [1999n, 9000n],
    [2500n, 9000n],
  ])
})
