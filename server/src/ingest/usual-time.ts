/** Times by their bytes, in the one form that clients in JavaScript write: they are read for each message, once or twice. */
import { QUOTE } from '@millrace/json/tokens'

/** Of `"2026-01-31T10:00:00.000Z"` with its quotes. */
const tokenBytes = 26
const MINUS = 0x2d
const POINT = 0x2e
const COLON = 0x3a
const T = 0x54
const Z = 0x5a

/** ms since 1970 UTC; undefined of any other form, and of what is no time: that is to be read with more care. */
export function readUsualTime(body: Uint8Array, start: number, end: number): number | undefined {
  if (end - start !== tokenBytes || body[start] !== QUOTE || body[start + 24] !== Z) return undefined
  if (body[start + 5] !== MINUS || body[start + 8] !== MINUS || body[start + 11] !== T) return undefined
  if (body[start + 14] !== COLON || body[start + 17] !== COLON || body[start + 20] !== POINT) return undefined
  const at = start + 1
  const year = number(body, at, 4)
  const month = number(body, at + 5, 2)
  const day = number(body, at + 8, 2)
  const hour = number(body, at + 11, 2)
  const minute = number(body, at + 14, 2)
  const second = number(body, at + 17, 2)
  const ms = number(body, at + 20, 3)
  // NaN is in no range, and in no place of an array.
  const isUsual = year >= 1000 && day >= 1 && day <= (daysOfMonth[month - 1] ?? 0)
  if (!isUsual || !(hour <= 23 && minute <= 59 && second <= 59 && ms <= 999)) return undefined
  return dayNumber(year, month, day) * 86_400_000 + hour * 3_600_000 + minute * 60_000 + second * 1000 + ms
}

/** Days since 1970 in the Gregorian calendar, of a year after 0: `Date.UTC` takes as long as all the rest. Years begin in March here. */
function dayNumber(year: number, month: number, day: number): number {
  const isBeforeMarch = month < 3 ? 1 : 0
  const marchYear = year - isBeforeMarch
  const marchMonth = month - 3 + 12 * isBeforeMarch
  const leapDays = (marchYear >> 2) - ((marchYear / 100) | 0) + ((marchYear / 400) | 0)
  return marchYear * 365 + leapDays + (((153 * marchMonth + 2) / 5) | 0) + day - dayOf1970
}

/** NaN where one of the bytes is no digit. */
function number(body: Uint8Array, start: number, count: number): number {
  let value = 0
  for (let offset = 0; offset < count; offset++) {
    const digit = body[start + offset]! - 0x30
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

/** At least: the 29th of February is read with more care. */
const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
/** Number of the first of January 1970 by the same count, whose first day has the number 1. */
const dayOf1970 = 719_469
