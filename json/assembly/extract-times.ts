/** Dates and timestamps: `readDate` and `readTimestamp` of src/scalar.ts over bytes. */
import { COLON, MINUS, PLUS, POINT, ZERO } from './tokens'

/** No date and no timestamp. */
export const NO_TIME: i64 = i64.MIN_VALUE

const DAY_SECONDS: i64 = 86_400
const FIRST_SECOND: i64 = -62_135_596_800
const LAST_SECOND: i64 = 253_402_300_799
/** Any number of two digits is less. */
const NO_NUMBER: u32 = 1000

/** Days since 1970 of the 10 bytes at `at`, or NO_TIME. */
export function readDate(at: usize): i64 {
  if (load<u8>(at, 4) != MINUS || load<u8>(at, 7) != MINUS) return NO_TIME
  const century = twoDigits(at)
  const yearOfCentury = twoDigits(at + 2)
  const month = twoDigits(at + 5)
  const day = twoDigits(at + 8)
  if (century >= NO_NUMBER || yearOfCentury >= NO_NUMBER) return NO_TIME
  const year = century * 100 + yearOfCentury
  if (year == 0 || month - 1 > 11 || day - 1 >= daysOfMonth(year, month)) return NO_TIME
  return daysSince1970(year, month, day)
}

/** µs since 1970 UTC of the text from `at` to `end`, or NO_TIME. */
export function readTimestamp(at: usize, end: usize): i64 {
  if (end - at < 10) return NO_TIME
  const days = readDate(at)
  if (days == NO_TIME) return NO_TIME
  let seconds = days * DAY_SECONDS
  at += 10
  if (at == end) return seconds * 1_000_000
  const separator = load<u8>(at)
  if (end - at < 6 || (separator != 0x54 /* T */ && separator != 0x20) || load<u8>(at, 3) != COLON) return NO_TIME
  const hour = twoDigits(at + 1)
  const minute = twoDigits(at + 4)
  if (hour > 23 || minute > 59) return NO_TIME
  seconds += <i64>(hour * 3600 + minute * 60)
  at += 6
  let micros: i64 = 0
  if (at < end && load<u8>(at) == COLON) {
    const second = end - at < 3 ? NO_NUMBER : twoDigits(at + 1)
    if (second > 59) return NO_TIME
    seconds += <i64>second
    at += 3
    if (at < end && load<u8>(at) == POINT) {
      const fractionStart = ++at
      let unit: i64 = 100_000
      let digit = load<u8>(at) - ZERO
      while (at < end && digit <= 9) {
        if (unit == 0 && digit != 0) return NO_TIME
        micros += <i64>digit * unit
        unit /= 10
        digit = load<u8>(++at) - ZERO
      }
      if (at == fractionStart) return NO_TIME
    }
  }
  const offset = zoneSeconds(at, end)
  if (offset == NO_TIME) return NO_TIME
  seconds -= offset
  return seconds < FIRST_SECOND || seconds > LAST_SECOND ? NO_TIME : seconds * 1_000_000 + micros
}

/** How far a zone is ahead of UTC; 0 for none; NO_TIME if the text there is no zone. */
function zoneSeconds(at: usize, end: usize): i64 {
  if (at == end) return 0
  const sign = load<u8>(at++)
  if ((sign | 0x20) == 0x7a /* z */) return at == end ? 0 : NO_TIME
  if ((sign != PLUS && sign != MINUS) || end - at < 2) return NO_TIME
  const hour = twoDigits(at)
  at += 2
  if (end - at == 3 && load<u8>(at) == COLON) at++
  const minute: u32 = at == end ? 0 : end - at == 2 ? twoDigits(at) : NO_NUMBER
  if (hour > 23 || minute > 59) return NO_TIME
  const seconds = <i64>(hour * 3600 + minute * 60)
  return sign == MINUS ? -seconds : seconds
}

// @ts-ignore: decorator
@inline
function twoDigits(at: usize): u32 {
  const tens = <u32>(load<u8>(at) - ZERO)
  const ones = <u32>(load<u8>(at, 1) - ZERO)
  return (tens & 0xff) > 9 || (ones & 0xff) > 9 ? NO_NUMBER : tens * 10 + ones
}

function daysOfMonth(year: u32, month: u32): u32 {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
}

/** Of a day of the Gregorian calendar, its years taken to begin in March, so that the leap day is the last. */
function daysSince1970(year: u32, month: u32, day: u32): i64 {
  if (month <= 2) year--
  const era = year / 400
  const yearOfEra = year - era * 400
  const dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
  const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
  return <i64>(era * 146_097 + dayOfEra) - 719_468
}
