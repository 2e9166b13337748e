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

/** Puts the number at `at` into the column and returns the byte after it. */
export function readNumber(column: usize, at: usize): usize {
  const start = at
  const negative = load<u8>(at) == MINUS
  if (negative) at++

  let mantissa: u64 = 0 // as it would be without point and exponent, if `digits` are at most 19
  const wholeStart = at
  let digit = load<u8>(at) - ZERO
  while (digit <= 9) {
    mantissa = mantissa * 10 + digit
    digit = load<u8>(++at) - ZERO
  }
  let digits = mantissa == 0 && at - wholeStart == 1 ? 0 : <i32>(at - wholeStart) // from the first that is not 0
  const wholeDigits = digits
  let scale = 0
  if (load<u8>(at) == POINT) {
    const fractionStart = ++at
    digit = load<u8>(at) - ZERO
    if (digits == 0) {
      while (digit == 0) digit = load<u8>(++at) - ZERO
    }
    const countedFrom = at
    while (digit <= 9) {
      mantissa = mantissa * 10 + digit
      digit = load<u8>(++at) - ZERO
    }
    digits += <i32>(at - countedFrom)
    scale = <i32>(at - fractionStart)
  }
  const mantissaEnd = at
  let exponent = 0
  const hasExponent = (load<u8>(at) | 0x20) == EXPONENT
  if (hasExponent) {
    at = numberEnd(at)
    exponent = smallExponent(mantissaEnd + 1, at)
  }

  const type = typeOf(column)
  if (type == BIGINT) {
    const limit: u64 = negative ? 0x8000000000000000 : 0x7fffffffffffffff
    if (scale == 0 && !hasExponent && digits <= 19 && mantissa <= limit && !(negative && digits == 0)) {
      setCell<i64>(column, negative ? 0 - <i64>mantissa : <i64>mantissa)
      return at
    }
    raise(MISFIT)
  } else if (type == DOUBLE) {
    const isDecided = digits <= 19 && readDouble(mantissa, digits, exponent - scale)
    if (isDecided) setCell<f64>(column, negative ? -doubleRead() : doubleRead())
    else defer(column, start, at)
    return at
  } else if (type == DECIMAL) {
    const limit = scaleOf(column)
    const isShortest = scale == 0 ? !(negative && digits == 0) : load<u8>(mantissaEnd - 1) != ZERO
    if (!hasExponent && isShortest && scale <= limit && wholeDigits <= 38 - limit) setDecimal(column, start, at)
    else defer(column, start, at)
    return at
  } else if (type == VARCHAR || type == JSON_TEXT) {
    setText(column, start, at)
  } else {
    raise(MISFIT)
  }
  if (hasExponent || at - start > SAFE_BYTES) defer(column, start, at)
  return at
}

/** An exponent of at most 4 characters; any other is told as one far out of reach. */
function smallExponent(at: usize, end: usize): i32 {
  const negative = load<u8>(at) == MINUS
  if (negative || load<u8>(at) == PLUS) at++
  if (end - at > 4) return 1_000_000
  let exponent = 0
  while (at < end) exponent = exponent * 10 + <i32>(load<u8>(at++) - ZERO)
  return negative ? -exponent : exponent
}

