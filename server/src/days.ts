/** Days of the calendar as text, `YYYY-MM-DD`: whether there is such a day, ranges of them, and which day it is in a time zone. */
import type { DateRange } from './sources.ts'

const dayMs = 86_400_000

/** Whether the calendar has it: not 30 February, nor 29 February of most years. */
export function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`)
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at) && new Date(at).toISOString().startsWith(text)
}

/** So many days later; earlier where `days` is below 0. Days are counted, not hours: those of 23 and 25 hours are days. */
export function dayAfter(day: string, days: number): string {
  return textOf(numberOf(day) + days)
}

/** Days of a range, both ends included. */
export function daysIn({ start, end }: DateRange): number {
  return numberOf(end) - numberOf(start) + 1
}

/** In parts of at most so many days: contiguous, ascending, both ends included. */
export function cutRange(range: DateRange, daysPerPart: number): DateRange[] {
  const last = numberOf(range.end)
  const parts: DateRange[] = []
  for (let start = numberOf(range.start); start <= last; start += daysPerPart)
    parts.push({ start: textOf(start), end: textOf(Math.min(last, start + daysPerPart - 1)) })
  return parts
}

export function overlap(one: DateRange, other: DateRange): boolean {
  return one.start <= other.end && other.start <= one.end
}

/** Whether `outer` has every day of `inner`. */
export function covers(outer: DateRange, inner: DateRange): boolean {
  return outer.start <= inner.start && inner.end <= outer.end
}

/** Which day it is at a moment (ms since 1970 UTC) in a time zone of the IANA database. */
export function dayIn(timeZone: string, at: number): string {
  const parts = new Intl.DateTimeFormat('en', {
    ...{ timeZone, calendar: 'iso8601', numberingSystem: 'latn' },
    ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
  }).formatToParts(at)
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? ''
  return `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}`
}

/** The moment at which a day of UTC begins. */
export function startOfDay(day: string): number {
  return numberOf(day) * dayMs
}

function numberOf(day: string): number {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / dayMs)
}

function textOf(number: number): string {
  return new Date(number * dayMs).toISOString().slice(0, 10)
}
