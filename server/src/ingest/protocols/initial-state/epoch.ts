/** Seconds since 1970 UTC as they are written in an event's `epoch`. */

/**
 * Seconds written plainly, with a point, and in so few digits that the double is the number: 1419876021.778477. Undefined where they
 * are written in any other way.
 */
export function plainSeconds(body: Buffer, start: number, end: number): number | undefined {
  if (end - start > plainBytesMax) return undefined
  let digits = 0
  let scale = 0
  for (let at = start; at < end; at++) {
    const byte = body[at]!
    if (byte === POINT && scale === 0) scale = 1
    else if (byte >= ZERO && byte <= NINE) {
      digits = digits * 10 + byte - ZERO
      scale *= 10
    } else return undefined
  }
  return scale > 1 && digits < 2 ** 52 ? digits / scale : undefined
}

/** Seconds of any number token, to the microsecond; NaN of any other. */
export function secondsOf(token: Buffer): number {
  if (!isNumber(token[0]!) || token.length > numberBytesMax) return Number.NaN
  return Number(Number(token.toString('latin1')).toFixed(6))
}

export function isNumber(first: number): boolean {
  return first === MINUS || (first >= ZERO && first <= NINE)
}

/** Ms since 1970 UTC of seconds, taken to the microsecond. */
export function msOf(seconds: number): number {
  return Math.floor(Math.round(seconds * 1e6) / 1e3)
}

const plainBytesMax = 17
const numberBytesMax = 64
/** The first ms of the year 1 and the last of the year 9999. */
export const firstTime = -62_135_596_800_000
export const lastTime = 253_402_300_799_999

const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
