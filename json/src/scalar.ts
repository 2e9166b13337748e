/**
 * What a JSON number or a text means as a typed value, exactly: pure functions on tokens, none of which loses anything silently.
 * The extractors convert with them and type inference asks them, so that both always agree. Linear in the length of any token.
 */

export interface NumberFacts {
  /** Written without point and exponent, and not `-0`: what a BIGINT may be, size aside. */
  readonly integer: boolean
  /** Digits before the point, leading zeros aside, at least 1: 4 for `1e3`. Infinity where the exponent is beyond counting. */
  readonly intDigits: number
  /** Digits after the point, trailing zeros aside: 0 for `1e3` and `1.0`. Infinity where the exponent is beyond counting. */
  readonly scale: number
  /** A double holds it without loss: the shortest text of the nearest double denotes the same decimal. */
  readonly doubleExact: boolean
  /** False where it is not 0, yet the nearest double is infinite or 0. */
  readonly inRange: boolean
}

export function numberFacts(token: string): NumberFacts {
  const decimal = readDecimal(token)
  const inRange = isInRange(decimal, Number(token))
  return {
    integer: isIntegerToken(token),
    intDigits: Math.max(1, decimal.point),
    scale: fractionDigits(decimal),
    doubleExact: inRange && isDoubleExact(decimal, Number(token)),
    inRange,
  }
}

/** A number token as a BIGINT: no point, no exponent, not `-0`, within 64 bits. */
export function readBigint(token: string): bigint | undefined {
  if (token.length > 20 || !isIntegerToken(token)) return undefined
  const value = BigInt(token)
  return BigInt.asIntN(64, value) === value ? value : undefined
}

/** A number token as a double, if one holds it without loss. `-0` stays `-0`. */
export function readDouble(token: string): number | undefined {
  const value = Number(token)
  const decimal = readDecimal(token)
  return isInRange(decimal, value) && isDoubleExact(decimal, value) ? value : undefined
}

/** A number token as a DECIMAL(38,scale): its shortest text without exponent, `-?digits[.digits]`, and `0` for `-0`. */
export function readDecimalText(token: string, scale: number): string | undefined {
  const decimal = readDecimal(token)
  const { negative, digits, point } = decimal
  if (fractionDigits(decimal) > scale || point > 38 - scale) return undefined
  if (digits === '') return '0'
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0'
  const fraction = point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

/** Whether the number is 0 or its nearest double is neither infinite nor 0. */
export function isNumberInRange(token: string): boolean {
  return isInRange(readDecimal(token), Number(token))
}

/** `YYYY-MM-DD`, a day of the calendar in the years 0001 to 9999, in days since 1970-01-01. */
export function readDate(text: string): number | undefined {
  const match = text.length === 10 ? datePattern.exec(text) : null
  return match ? daysSince1970(Number(match[1]), Number(match[2]), Number(match[3])) : undefined
}

/**
 * ISO 8601 in µs since 1970 UTC: a date alone, which is its midnight, or `date(T| )hh:mm[:ss[.fraction]][zone]` with the zone
 * `Z`, `z`, `±hh:mm`, `±hhmm` or `±hh`; UTC without one. No finer than µs, no leap seconds, and in UTC within the years 0001 to 9999.
 */
export function readTimestamp(text: string): bigint | undefined {
  const match = timestampPattern.exec(text)
  if (!match) return undefined
  const [
    ,
    year,
    month,
    day,
    hour = '0',
    minute = '0',
    second = '0',
    fraction = '',
    sign,
    zoneHour = '0',
    zoneMinute = '0',
  ] = match
  const days = daysSince1970(Number(year), Number(month), Number(day))
  if (days === undefined || !isTimeOfDay(hour, minute, second) || !isTimeOfDay(zoneHour, zoneMinute, '0'))
    return undefined
  if (fractionEnd(fraction) > 6) return undefined
  const offsetMinutes = (sign === '-' ? -1 : 1) * (Number(zoneHour) * 60 + Number(zoneMinute))
  const seconds = days * 86_400 + (Number(hour) * 60 + Number(minute) - offsetMinutes) * 60 + Number(second)
  if (seconds < firstSecond || seconds > lastSecond) return undefined
  return BigInt(seconds) * 1_000_000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'))
}

/** A number as 0.`digits` × 10^`point`; `digits` neither starts nor ends with 0 and is empty for 0, whose `point` is 0. */
interface Decimal {
  readonly negative: boolean
  readonly digits: string
  readonly point: number
}

function readDecimal(token: string): Decimal {
  const negative = token[0] === '-'
  const exponentAt = token.search(/[eE]/)
  const mantissa = token.slice(negative ? 1 : 0, exponentAt < 0 ? undefined : exponentAt)
  const exponent = exponentAt < 0 ? 0 : Number(token.slice(exponentAt + 1))
  const pointAt = mantissa.indexOf('.')
  const all = pointAt < 0 ? mantissa : mantissa.slice(0, pointAt) + mantissa.slice(pointAt + 1)
  let start = 0
  while (start < all.length && all[start] === '0') start++
  const end = fractionEnd(all)
  if (start >= end) return { negative, digits: '', point: 0 }
  return { negative, digits: all.slice(start, end), point: (pointAt < 0 ? all.length : pointAt) - start + exponent }
}

/** Where the trailing zeros of a run of digits start. */
function fractionEnd(digits: string): number {
  let end = digits.length
  while (end > 0 && digits[end - 1] === '0') end--
  return end
}

function fractionDigits({ digits, point }: Decimal): number {
  return Math.max(0, digits.length - point)
}

function isInRange({ digits }: Decimal, nearest: number): boolean {
  return digits === '' || (nearest !== 0 && Number.isFinite(nearest))
}

function isDoubleExact({ digits, point }: Decimal, nearest: number): boolean {
  if (digits.length > 17) return false
  const shortest = readDecimal(String(nearest))
  return shortest.digits === digits && shortest.point === point
}

function isIntegerToken(token: string): boolean {
  return /^-?\d+$/.test(token) && token !== '-0'
}

const datePattern = /^(\d{4})-(\d{2})-(\d{2})$/
const timestampPattern =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(?:[Zz]|([-+])(\d{2})(?::?(\d{2}))?)?)?$/

function isTimeOfDay(hour: string, minute: string, second: string): boolean {
  return Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60
}

function daysSince1970(year: number, month: number, day: number): number | undefined {
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysOfMonth(year, month)) return undefined
  return new Date(0).setUTCFullYear(year, month - 1, day) / 86_400_000
}

function daysOfMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** The first and the last second of the years 0001 to 9999. */
const firstSecond = -62_135_596_800
const lastSecond = 253_402_300_799
