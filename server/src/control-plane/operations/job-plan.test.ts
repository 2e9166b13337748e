import { expect, test } from 'vitest'
import { cutRange } from '../../days.ts'
import { costsOf, expectedEnd, planJobs } from './job-plan.ts'

const now = Date.parse('2026-06-01T12:00:00Z')
const ranges = cutRange({ start: '2026-01-01', end: '2026-03-01' }, 10)
const measured = [{ range: { start: '2025-01-01', end: '2025-01-10' }, calls: 20, tookMs: 10_000 }]

test('calls are the connector’s word, else what earlier jobs took a day, else one a job', () => {
  const [range] = ranges
  expect(costsOf([])).toMatchObject({ basis: 'assumed' })
  expect(costsOf([]).calls(range!)).toBe(1)
  expect([costsOf(measured).basis, costsOf(measured).calls({ start: '2026-01-01', end: '2026-01-03' })]).toEqual([
    'measured',
    6,
  ])
  const declared = costsOf(measured, () => 3)
  expect([declared.basis, declared.calls(range!)]).toEqual(['declared', 3])
})

test('what a day cannot hold begins on the day after, in order, and beside what waits there already', () => {
  const taken = new Map([
    ['2026-06-01', 10],
    ['2026-06-02', 40],
  ])
  const jobs = planJobs(ranges, costsOf(measured), { callsPerDay: 50, taken }, now)
  expect(jobs.map(({ calls }) => calls)).toEqual([20, 20, 20, 20, 20, 20])
  const days = jobs.map(({ notBefore }) => (notBefore === null ? 'now' : new Date(notBefore).toISOString()))
  expect(days).toEqual([
    ...['now', 'now', '2026-06-03T00:00:00.000Z', '2026-06-03T00:00:00.000Z'],
    ...['2026-06-04T00:00:00.000Z', '2026-06-04T00:00:00.000Z'],
  ])
  expect(expectedEnd(jobs, costsOf(measured), { now, atOnce: 4 })).toBe(Date.parse('2026-06-04T00:00:10Z'))
  expect(expectedEnd(jobs, costsOf([]), { now, atOnce: 4 })).toBeNull()
})

test('a job that no day can hold is refused', () => {
  const quota = { callsPerDay: 19, taken: new Map() }
  expect(() => planJobs(ranges, costsOf(measured), quota, now)).toThrow(/need 20 calls/)
})
