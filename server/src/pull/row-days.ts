/** Which day a row is of: where its connector does not say so, the first member that in all rows of a job is a day of its range. */
import { isDay } from '../days.ts'
import type { DateRange } from '../sources.ts'
import type { PulledDraft } from './connector.ts'

/** `2026-01-31`, `2026-01-31T23:00…`, `20260131`: its day, in whatever time zone it is written. */
export function dayOf(value: unknown): string | undefined {
  const text = typeof value === 'number' && Number.isInteger(value) ? String(value) : value
  if (typeof text !== 'string') return undefined
  const parts = /^(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:.*)?$/s.exec(text) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(text)
  if (parts === null) return undefined
  const day = `${parts[1]}-${parts[2]}-${parts[3]}`
  return isDay(day) ? day : undefined
}

export function isWithin(day: string | undefined, { start, end }: DateRange): day is string {
  return day !== undefined && start <= day && day <= end
}

/** Names of the members that in all rows are days of the range, in the order of the first row's; undefined where there is no row. */
export function dayMembers(drafts: readonly PulledDraft[], range: DateRange): string[] | undefined {
  let names: string[] | undefined
  for (const draft of drafts) {
    const data = dataOf(draft)
    names = (names ?? Object.keys(data)).filter(
      (name) => Object.hasOwn(data, name) && isWithin(dayOf(data[name]), range),
    )
    if (names.length === 0) return names
  }
  return names
}

/** `{}` where it is no object that can be read. */
export function dataOf({ data, line }: PulledDraft): Readonly<Record<string, unknown>> {
  if (line === undefined) return data
  try {
    const parsed: unknown = JSON.parse(line.toString())
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
