/** Times in the one form that clients in JavaScript write them: `"2026-01-31T10:00:00.000Z"`. */
import { COLON, MINUS, POINT, QUOTE, ZERO } from './tokens'

const TOKEN_BYTES: usize = 26
const T: u8 = 0x54
const Z: u8 = 0x5a
/** More than any number of up to four digits. */
const NO_NUMBER: i32 = 1 << 20
/** The first of January 1970 by the count of `dayNumber`, whose first day has the number 1. */
const DAY_OF_1970: i32 = 719469

/** Days that each month has at least, from the first on: the 29th of February is left to others. */
const daysOfMonth: usize = memory.data<u8>([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])

/** Ms since 1970 UTC of the token from `at` to `end`; Infinity where it is written in any other way. */
export function usualTime(at: usize, end: usize): f64 {
  if (end - at != TOKEN_BYTES || load<u8>(at) != QUOTE || load<u8>(at, 24) != Z) return Infinity
  if (load<u8>(at, 5) != MINUS || load<u8>(at, 8) != MINUS || load<u8>(at, 11) != T) return Infinity
  if (load<u8>(at, 14) != COLON || load<u8>(at, 17) != COLON || load<u8>(at, 20) != POINT) return Infinity
  const year = 100 * two(at + 1) + two(at + 3)
  const month = two(at + 6)
  const day = two(at + 9)
  const hour = two(at + 12)
  const minute = two(at + 15)
  const second = two(at + 18)
  const ms = 10 * two(at + 21) + digit(at + 23)
  if (year < 1000 || year > 9999 || month < 1 || month > 12 || day < 1) return Infinity
  if (day > <i32>load<u8>(daysOfMonth + <usize>month)) return Infinity
  if (hour > 23 || minute > 59 || second > 59 || ms > 999) return Infinity
  const days = dayNumber(year, month, day) - DAY_OF_1970
  return <f64>days * 86400000 + <f64>(((hour * 60 + minute) * 60 + second) * 1000 + ms)
}

/** Days in the Gregorian calendar. Years begin in March here. */
function dayNumber(year: i32, month: i32, day: i32): i32 {
  const isBeforeMarch = <i32>(month < 3)
  const marchYear = year - isBeforeMarch
  const marchMonth = month - 3 + 12 * isBeforeMarch
  return marchYear * 365 + (marchYear >> 2) - marchYear / 100 + marchYear / 400 + (153 * marchMonth + 2) / 5 + day
}

/** Of two digits; large where one is none. */
function two(at: usize): i32 {
  return 10 * digit(at) + digit(at + 1)
}

function digit(at: usize): i32 {
  const digit = <i32>load<u8>(at) - <i32>ZERO
  return <u32>digit > 9 ? NO_NUMBER : digit
}
