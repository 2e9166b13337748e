/** How often a data stream retrieves by itself, in Datorama's words, as a schedule of its source. */
import type { SourceSchedule } from '../../../sources.ts'
import { refused } from './bodies.ts'
import type { Attributes } from './kept.ts'

const attributeNames = ['retrievalPeriodType', 'retrievalPeriodHour'] as const

/** Null: only when somebody asks. Each run fetches the days since the one before. @throws MillraceError `invalid_request`. */
export function scheduleOf(attributes: Attributes, { isByDate }: { isByDate: boolean }): SourceSchedule | null {
  const [type, given] = attributeNames.map((name) => attributes[name] ?? null)
  if (type === null) return null
  const hour = given ?? 0
  if (typeof hour !== 'number' || !Number.isInteger(hour) || hour < 0 || hour > 23)
    throw refused('retrievalPeriodHour has to be a whole number from 0 to 23')
  const window = (days: number, lagDays: number) => (isByDate ? { window: { days, lagDays } } : {})
  const at = (cron: string, days: number) => ({ cron, timeZone: 'UTC', ...window(days, 1) })
  switch (String(type).toUpperCase()) {
    case 'HOURLY':
      return { everyMinutes: 60, ...window(1, 0) }
    case 'DAILY':
      return at(`0 ${hour} * * *`, 1)
    case 'WEEKLY':
      return at(`0 ${hour} * * 1`, 7)
    case 'MONTHLY':
      return at(`0 ${hour} 1 * *`, 31)
    case 'NONE':
    case 'MANUAL':
      return null
    default:
      throw refused(`retrievalPeriodType ${JSON.stringify(type)} is not known: HOURLY, DAILY, WEEKLY, MONTHLY or NONE`)
  }
}
