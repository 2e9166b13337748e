/** What a field of a form says: `%` and two hexadecimal digits are a byte, `+` is a space. */
import { keep, splat } from './blocks'
import { hexDigits } from './hex'
import { PLUS, SPACE } from './tokens'

const PERCENT: u8 = 0x25

/** Where `decodeSlowly` stopped writing. */
let writtenEnd: usize = 0

/**
 * Writes to `to` what the form field from `at` to `end` says, and returns where that ends. Sixteen bytes at a time: each `%` becomes
 * the byte that the two digits behind it are, then the digits are left out, those of the bytes before too.
 */
export function writeField(at: usize, end: usize, to: usize): usize {
  let digitsLeft: u32 = 0 // a bit for each of the first bytes that is a digit of a `%` before them
  const percent = splat(PERCENT)
  const plus = splat(PLUS)
  const toSpace = splat(PLUS - SPACE)
  const highNibble = splat(0xf0)
  const zero = splat(0x30 + 0x80)
  const nine = splat(9 + 0x80)
  const lower = splat(0x20)
  const a = splat(0x61 + 0x80)
  const five = splat(5 + 0x80)
  const ten = splat(10)
  let chunk = v128.load(at)
  let values = valuesOf(chunk, zero, nine, lower, a, five, ten)
  while (at + 32 <= end) {
    const next = v128.load(at, 16)
    const ofNext = valuesOf(next, zero, nine, lower, a, five, ten)
    const percents = i8x16.eq(chunk, percent)
    const plain = i8x16.sub(chunk, v128.and(i8x16.eq(chunk, plus), toSpace))
    const places = <u32>i8x16.bitmask(percents)
    const digits = (places << 1) | (places << 2)
    if ((digits & (othersAmong(values) | (othersAmong(ofNext) << 16))) != 0) {
      const stopped = decodeSlowly(at + popcnt(digitsLeft), at + 16, end, to)
      to = writtenEnd
      at += 16
      digitsLeft = (1 << (<u32>(stopped - at))) - 1
    } else {
      const first = i8x16.shuffle(values, ofNext, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
      const second = i8x16.shuffle(values, ofNext, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)
      const bytes = v128.bitselect(i16x8.shl(first, 4), second, highNibble)
      to = keep(v128.bitselect(bytes, plain, percents), ~(digits | digitsLeft) & 0xffff, to)
      digitsLeft = digits >> 16
      at += 16
    }
    chunk = next
    values = ofNext
  }
  decodeSlowly(at + popcnt(digitsLeft), end, end, to)
  return writtenEnd
}

/** The same one byte after another, up to `stop` or little more: where it stopped. */
function decodeSlowly(at: usize, stop: usize, end: usize, to: usize): usize {
  while (at < stop) {
    const byte = load<u8>(at++)
    if (byte == PERCENT && at + 1 < end) {
      const high = load<u8>(hexDigits + load<u8>(at))
      const low = load<u8>(hexDigits + load<u8>(at, 1))
      const isByte = (high | low) < 16
      store<u8>(to++, isByte ? (high << 4) | low : PERCENT)
      if (isByte) at += 2
    } else store<u8>(to++, byte == PLUS ? SPACE : byte)
  }
  writtenEnd = to
  return at
}

/** Of hexadecimal digits their values, with the highest bit set; all ones of all else. Constants are told, lest each use loads them. */
function valuesOf(chars: v128, zero: v128, nine: v128, lower: v128, a: v128, five: v128, ten: v128): v128 {
  const decimal = i8x16.sub(chars, zero)
  const letter = i8x16.sub(v128.or(chars, lower), a)
  const ofDecimal = v128.or(decimal, i8x16.gt_s(decimal, nine))
  const ofLetter = v128.or(i8x16.add(letter, ten), i8x16.gt_s(letter, five))
  return i8x16.min_u(ofDecimal, ofLetter)
}

/** A bit for each of the values that is of no digit. */
function othersAmong(values: v128): u32 {
  return <u32>i8x16.bitmask(i16x8.shl(values, 1))
}
