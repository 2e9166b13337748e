/** When a scheduled query is due. */
import { Cron } from 'croner'
import { MillraceError } from './errors.ts'
import type { Schedule } from './scheduled-queries.ts'

const hourMs = 3_600_000

/**
 * The first moment after `after` (both ms since 1970 UTC); null where there is none any more. Missed ones are left out.
 * @throws MillraceError `invalid_request` with `fields`: it is no schedule.
 */
export function nextAt(schedule: Schedule, { after, createdAt }: { after: number; createdAt: number }): number | null {
  if ('everyHours' in schedule) {
    const stepMs = schedule.everyHours * hourMs
    return createdAt + (Math.floor(Math.max(0, after - createdAt) / stepMs) + 1) * stepMs
  }
  try {
    // Times that a change of the clocks leaves out or repeats are had once.
    const cron = new Cron(schedule.cron, { timezone: schedule.timeZone, mode: '5-part', paused: true })
    return cron.nextRun(new Date(after))?.getTime() ?? null
  } catch (cause) {
    const field = isTimeZone(schedule.timeZone) ? 'cron' : 'timeZone'
    const message =
      field === 'cron'
        ? `It is no cron expression of five parts: ${(cause as Error).message}`
        : 'There is no such time zone'
    throw new MillraceError('invalid_request', message, { cause, fields: [{ field: `schedule.${field}`, message }] })
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
