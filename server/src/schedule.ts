/** When a scheduled query or a source is due. */
import { Cron } from 'croner'
import { MillraceError } from './errors.ts'
import type { Schedule } from './scheduled-queries.ts'
import type { SourceSchedule } from './sources.ts'

const minuteMs = 60_000

/**
 * The first moment after `after` (both ms since 1970 UTC); null where there is none any more. Missed ones are left out.
 * @throws MillraceError `invalid_request` with `fields`: it is no schedule.
 */
export function nextAt(
  schedule: Schedule | SourceSchedule,
  { after, createdAt }: { after: number; createdAt: number },
): number | null {
  if (!('cron' in schedule)) {
    const stepMs = minuteMs * ('everyHours' in schedule ? schedule.everyHours * 60 : schedule.everyMinutes)
    return createdAt + (Math.floor(Math.max(0, after - createdAt) / stepMs) + 1) * stepMs
  }
  if (!isTimeZone(schedule.timeZone)) throw invalid('timeZone', 'There is no such time zone')
  // The parser also takes a date.
  if (schedule.cron.trim().split(/\s+/).length !== 5) throw invalid('cron', 'A cron expression has five parts')
  try {
    // A time that a change of the clocks leaves out is had right after it; one that is repeated is had once.
    const cron = new Cron(schedule.cron, { timezone: schedule.timeZone, mode: '5-part', paused: true })
    return cron.nextRun(new Date(after))?.getTime() ?? null
  } catch (cause) {
    throw invalid('cron', `It is no cron expression: ${(cause as Error).message}`)
  }
}

function invalid(field: 'cron' | 'timeZone', message: string): MillraceError {
  return new MillraceError('invalid_request', message, { fields: [{ field: `schedule.${field}`, message }] })
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
