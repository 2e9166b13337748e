import { expect, test } from 'vitest'
import { type Beside, inTheWay, toStop } from './job-choice.ts'

let ids = 0
const jobOf = (more: Partial<Beside> = {}): Beside => ({
  id: `job ${String(ids++).padStart(4, '0')}`,
  ...{ workspace: 'default', source: 'a', range: { start: '2026-01-01', end: '2026-01-10' } },
  ...{ isBackFill: true, landing: null, ...more },
})
const later = { start: '2026-01-11', end: '2026-01-20' }
const many = (count: number, more: (n: number) => Partial<Beside>) =>
  Array.from({ length: count }, (_, n) => jobOf(more(n)))

test('jobs of one source with a day in common are not under way at once, those of other days are', () => {
  const running = [jobOf()]
  expect(inTheWay(jobOf({ range: { start: '2026-01-10', end: '2026-01-12' } }), running, null).needed).toBe(1)
  expect(inTheWay(jobOf({ range: later }), running, null).needed).toBe(0)
  expect(inTheWay(jobOf({ source: 'b' }), running, null).needed).toBe(0)
  expect(inTheWay(jobOf({ workspace: 'other' }), running, null).needed).toBe(0)
})

test('a job that moves the state of its source runs alone', () => {
  expect(inTheWay(jobOf({ range: null }), [jobOf()], null).needed).toBe(1)
  expect(inTheWay(jobOf(), [jobOf({ range: null })], null).needed).toBe(1)
})

test('of one source so many are under way as it says, four where it says nothing; of a workspace fifteen', () => {
  const days = (n: number) => ({ range: { start: `2026-02-${10 + n}`, end: `2026-02-${10 + n}` } })
  expect(inTheWay(jobOf(), many(3, days), null).needed).toBe(0)
  expect(inTheWay(jobOf(), many(4, days), null).needed).toBe(1)
  expect(inTheWay(jobOf(), many(4, days), 5).needed).toBe(0)
  expect(
    inTheWay(
      jobOf({ source: 'new' }),
      many(14, (n) => ({ source: `s${n}` })),
      null,
    ).needed,
  ).toBe(0)
  expect(
    inTheWay(
      jobOf({ source: 'new' }),
      many(15, (n) => ({ source: `s${n}` })),
      null,
    ).needed,
  ).toBe(1)
})

test('the youngest back-fill makes room for what is due, where that helps, and never one whose rows are on their way', () => {
  const running = many(15, (n) => ({ source: `s${n}`, isBackFill: n % 2 === 0 }))
  const due = jobOf({ source: 'new', isBackFill: false })
  expect(toStop(due, inTheWay(due, running, null))).toEqual([running[14]])
  const backFill = jobOf({ source: 'new' })
  expect(toStop(backFill, inTheWay(backFill, running, null))).toEqual([])
  const landing = running.map((job) => ({ ...job, landing: { attempt: 'x', end: null } }))
  expect(toStop(due, inTheWay(due, landing, null))).toEqual([])
  const sameDays = jobOf({ isBackFill: false })
  const [one, other] = [jobOf(), jobOf({ isBackFill: false })]
  expect(toStop(sameDays, inTheWay(sameDays, [one], null))).toEqual([one])
  expect(toStop(sameDays, inTheWay(sameDays, [one, other], null))).toEqual([])
})
