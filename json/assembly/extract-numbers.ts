/**
 * Numbers: what can be decided here without doubt is; the rest is deferred to src/scalar.ts, which decides everything exactly.
 * A number is deferred too where a double might be infinite or 0 for it, whatever its column, so that the row gets its flag.
 */
import { BIGINT, DECIMAL, DOUBLE, JSON_TEXT, MISFIT, VARCHAR, defer, raise, scaleOf, setCell, setDecimal, setText, typeOf } from './extract-cells'
import { doubleRead, readDouble } from './extract-doubles'
import { MINUS, PLUS, POINT, ZERO } from './tokens'

const EXPONENT: u8 = 0x65 // e, once the case is folded

/** A token with more bytes might be beyond a double even without an exponent. */
const SAFE_BYTES: usize = 300

/** The byte after the number at `at`. */
export function numberEnd(at: usize): usize {
  while (true) {
    const byte = load<u8>(at)
    if (byte - ZERO > 9 && byte != POINT && (byte | 0x20) != EXPONENT && byte != MINUS && byte != PLUS) return at
    at++
  }
}

/** The number parsed last: ±mantissa × 10^(exponent - scale), if its digits, counted from the first that is not 0, are at most 19. */
let negative: bool = false
let mantissa: u64 = 0
let digits: i32 = 0
let wholeDigits: i32 = 0
let scale: i32 = 0
let exponent: i32 = 0
let hasExponent: bool = false
let mantissaEnd: usize = 0

/** Puts the number at `at` into the column and returns the byte after it. */
export function readNumber(column: usize, at: usize): usize {
  const end = parseNumber(at)
  const type = typeOf(column)
  if (type == BIGINT && isBigint()) {
    setCell<i64>(column, negative ? 0 - <i64>mantissa : <i64>mantissa)
    return end
  }
  if (type == DOUBLE) {
    const isDecided = digits <= 19 && readDouble(mantissa, digits, exponent - scale)
    if (isDecided) setCell<f64>(column, negative ? -doubleRead() : doubleRead())
    else defer(column, at, end)
    return end
  }
  if (type == DECIMAL) {
    if (isShortestDecimal(scaleOf(column))) setDecimal(column, at, end)
    else defer(column, at, end)
    return end
  }
  if (type == VARCHAR || type == JSON_TEXT) setText(column, at, end)
  else raise(MISFIT)
  if (hasExponent || end - at > SAFE_BYTES) defer(column, at, end)
  return end
}

// @ts-ignore: decorator
@inline
function isBigint(): bool {
  const limit: u64 = negative ? 0x8000000000000000 : 0x7fffffffffffffff
  const isNegativeZero = negative && digits == 0
  return scale == 0 && !hasExponent && digits <= 19 && mantissa <= limit && !isNegativeZero
}

/** Whether the token is, as it stands, the text of a DECIMAL(38,scaleMax). */
function isShortestDecimal(scaleMax: i32): bool {
  if (hasExponent || scale > scaleMax || wholeDigits > 38 - scaleMax) return false
  return scale == 0 ? !(negative && digits == 0) : load<u8>(mantissaEnd - 1) != ZERO
}

// @ts-ignore: decorator
@inline
function parseNumber(at: usize): usize {
  negative = load<u8>(at) == MINUS
  if (negative) at++
  let value: u64 = 0
  const wholeStart = at
  let digit = load<u8>(at) - ZERO
  while (digit <= 9) {
    value = value * 10 + digit
    digit = load<u8>(++at) - ZERO
  }
  digits = load<u8>(wholeStart) == ZERO ? 0 : <i32>(at - wholeStart)
  wholeDigits = digits
  scale = 0
  if (load<u8>(at) == POINT) {
    const fractionStart = ++at
    digit = load<u8>(at) - ZERO
    if (digits == 0) {
      while (digit == 0) digit = load<u8>(++at) - ZERO
    }
    const countedFrom = at
    while (digit <= 9) {
      value = value * 10 + digit
      digit = load<u8>(++at) - ZERO
    }
    digits += <i32>(at - countedFrom)
    scale = <i32>(at - fractionStart)
  }
  mantissa = value
  mantissaEnd = at
  exponent = 0
  hasExponent = (load<u8>(at) | 0x20) == EXPONENT
  if (!hasExponent) return at
  const end = numberEnd(at)
  exponent = smallExponent(at + 1, end)
  return end
}

/** An exponent of at most 4 characters; any other is told as one far out of reach. */
function smallExponent(at: usize, end: usize): i32 {
  const isNegative = load<u8>(at) == MINUS
  if (isNegative || load<u8>(at) == PLUS) at++
  if (end - at > 4) return 1_000_000
  let value = 0
  while (at < end) value = value * 10 + <i32>(load<u8>(at++) - ZERO)
  return isNegative ? -value : value
}

