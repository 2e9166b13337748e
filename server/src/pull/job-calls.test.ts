import { expect, test } from 'vitest'
import { job } from './job.fixture.ts'
import { openJobCalls, QuotaUsedUp } from './job-calls.ts'

function openCounter() {
  const counted = new Map<string, number>()
  return {
    total: () => [...counted.values()].reduce((sum, calls) => sum + calls, 0),
    countCalls: async (_: unknown, day: string, calls: number) => {
      counted.set(day, (counted.get(day) ?? 0) + calls)
      return counted.get(day)!
    },
  }
}

test('calls are counted before they are made, and what was not made is given back', async () => {
  const counter = openCounter()
  const calls = openJobCalls(counter, { ...job, calls: 7 }, null)
  for (let n = 1; n <= 45; n++) {
    await calls.next()
    expect(counter.total()).toBeGreaterThanOrEqual(n)
  }
  await calls.close()
  expect([counter.total(), calls.made]).toEqual([45, 52])
})

test('jobs side by side use a quota up to its last call, and not beyond', async () => {
  const counter = openCounter()
  const beside = Array.from({ length: 3 }, () => openJobCalls(counter, job, 1_000))
  let made = 0
  for (;;) {
    const results = await Promise.allSettled(beside.map((calls) => calls.next()))
    made += results.filter(({ status }) => status === 'fulfilled').length
    if (results.every(({ status }) => status === 'rejected')) break
  }
  expect([made, counter.total()]).toEqual([1_000, 1_000])
  await expect(beside[0]!.next()).rejects.toThrow(QuotaUsedUp)
  expect(new Date(beside[0]!.usedUpUntil!).toISOString()).toMatch(/T00:00:00.000Z$/)
})
