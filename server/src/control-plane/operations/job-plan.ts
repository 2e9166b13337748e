/**
 * What a back-fill would take before it is queued: calls, days that a quota stretches it over, and time. All of it is reckoned from
 * what is given; nothing is asked.
 */

import { dayAfter, dayIn, daysIn, startOfDay } from '../../days.ts'
import { MillraceError } from '../../errors.ts'
import type { DateRange } from '../../sources.ts'

/** What one job takes. */
export interface Costs {
  /** Of a range; whole calls, at least one. */
  calls(range: DateRange): number
  /** ms; undefined where nobody knows. */
  takesMs(range: DateRange): number | undefined
  /** Whose word it is: the connector’s, that of earlier jobs, or nobody’s: then one call a job. */
  readonly basis: 'declared' | 'measured' | 'assumed'
}

export interface Quota {
  /** Calls in a day of UTC; null: as many as it takes. */
  readonly callsPerDay: number | null
  /** Calls of days (`YYYY-MM-DD`) that were made or that jobs which wait will make. */
  readonly taken: ReadonlyMap<string, number>
}

export interface PlannedJob {
  readonly range: DateRange
  readonly calls: number
  /** ms since 1970 UTC; null: at once. */
  readonly notBefore: number | null
}

/** Each job on the first day that has calls enough left for it, and none before the one before it. */
export function planJobs(ranges: readonly DateRange[], costs: Costs, quota: Quota, now: number): PlannedJob[] {
  const today = dayIn('UTC', now)
  let day = today
  let left = leftOn(quota, day)
  return ranges.map((range) => {
    const calls = costs.calls(range)
    if (quota.callsPerDay !== null && calls > quota.callsPerDay) throw tooDear(range, calls, quota.callsPerDay)
    while (calls > left) {
      day = dayAfter(day, 1)
      left = leftOn(quota, day)
    }
    left -= calls
    return { range, calls, notBefore: day === today ? null : startOfDay(day) }
  })
}

/** When all of it has ended (ms since 1970 UTC), so many jobs side by side; null where nobody knows how long one takes. */
export function expectedEnd(
  jobs: readonly PlannedJob[],
  costs: Costs,
  { now, atOnce }: { now: number; atOnce: number },
): number | null {
  const last = jobs.at(-1)
  if (last === undefined) return now
  const ofLastDay = jobs.filter(({ notBefore }) => notBefore === last.notBefore)
  let sum = 0
  for (const { range } of ofLastDay) {
    const ms = costs.takesMs(range)
    if (ms === undefined) return null
    sum += ms
  }
  return Math.round((last.notBefore ?? now) + sum / Math.min(atOnce, ofLastDay.length))
}

/** What earlier jobs took, by the days of their ranges. */
export interface Measured {
  readonly range: DateRange
  readonly calls: number
  readonly tookMs: number
}

/** @param declared Calls of a range, in the connector’s words, where it has any. */
export function costsOf(measured: readonly Measured[], declared?: (range: DateRange) => number | undefined): Costs {
  const days = measured.reduce((sum, { range }) => sum + daysIn(range), 0)
  const calls = measured.reduce((sum, one) => sum + one.calls, 0)
  const tookMs = measured.reduce((sum, one) => sum + one.tookMs, 0)
  const byConnector = declared?.({ start: '2026-01-01', end: '2026-01-01' }) !== undefined
  const counted = (range: DateRange) => (calls === 0 ? 1 : (calls / days) * daysIn(range))
  return {
    basis: byConnector ? 'declared' : calls > 0 ? 'measured' : 'assumed',
    calls: (range) => Math.max(1, Math.ceil((byConnector ? declared?.(range) : undefined) ?? counted(range))),
    takesMs: (range) => (days === 0 ? undefined : (tookMs / days) * daysIn(range)),
  }
}

function leftOn({ callsPerDay, taken }: Quota, day: string): number {
  return callsPerDay === null ? Number.POSITIVE_INFINITY : Math.max(0, callsPerDay - (taken.get(day) ?? 0))
}

function tooDear({ start, end }: DateRange, calls: number, callsPerDay: number): MillraceError {
  const message = `The days ${start} to ${end} need ${calls} calls, and the source takes ${callsPerDay} in a day`
  return new MillraceError('quota_exceeded', message, { hint: 'Cut the range into jobs of fewer days (daysPerJob).' })
}
