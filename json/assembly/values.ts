/** Where values end that were proved before: nothing is checked again. Up to 128 bytes behind them are read. */
import { BACKSLASH, CLOSE_BRACE, COMMA, OPEN_BRACE, OPEN_BRACKET, PLUS, QUOTE } from './tokens'

/** Constants that the compiler would otherwise make anew at each use: see `containerEnd`. */
const splats: usize = makeSplats()

let hasEscape: bool = false

/** Whether the string passed last has an escape. */
export function hadEscape(): bool {
  return hasEscape
}

/** The byte after the value at `at`, which is a member of an object. */
export function valueEnd(at: usize): usize {
  const byte = load<u8>(at)
  if (byte == QUOTE) return stringEnd(at + 1)
  if (byte == OPEN_BRACE || byte == OPEN_BRACKET) return containerEnd(at)
  while (isScalarByte(load<u8>(at))) at++
  return at
}

/** Of a number or a literal in an object: all but white space, a comma and the closing brace. */
function isScalarByte(byte: u8): bool {
  return byte > COMMA ? byte != CLOSE_BRACE : byte == PLUS
}

/** The byte after the closing quote of the string whose first character is at `at`. */
export function stringEnd(at: usize): usize {
  const quote = v128.load(splats)
  const backslash = v128.load(splats, 16)
  hasEscape = false
  while (true) {
    const chunk = v128.load(at)
    const stops = i8x16.bitmask(v128.or(i8x16.eq(chunk, quote), i8x16.eq(chunk, backslash)))
    if (stops == 0) {
      at += 16
      continue
    }
    at += <usize>ctz(stops)
    if (load<u8>(at) == QUOTE) return at + 1
    hasEscape = true
    at += 2
  }
}

/**
 * The byte after the bracket that closes the one at `at`. Sixty-four bytes at a time: from the quotes that are not escaped, which
 * bytes are inside of strings (each bit the parity of the quotes up to it); what brackets are left outside of them is counted.
 */
function containerEnd(at: usize): usize {
  let depth = 0
  let inString: u64 = 0 // all ones if the block begins inside a string
  let isEscaped: bool = false // whether the block's first byte is
  while (true) {
    let quotes = matches(at, 0)
    if (isEscaped || hasBackslash(at)) {
      const escaped = escapedBytes(matches(at, 16), isEscaped)
      isEscaped = endsInEscape(matches(at, 16), escaped)
      quotes &= ~escaped
    }
    const inside = parities(quotes) ^ inString
    inString = <u64>(<i64>inside >> 63)
    let brackets = bracketsAt(at) & ~inside
    while (brackets != 0) {
      const bracket = at + <usize>ctz(brackets)
      const isOpening = !(load<u8>(bracket) & 4)
      depth += isOpening ? 1 : -1
      if (depth == 0) return bracket + 1
      brackets &= brackets - 1
    }
    at += 64
  }
}

/** A bit for each of 64 bytes that is the one whose splat is at `splat`. */
function matches(at: usize, splat: usize): u64 {
  const byte = v128.load(splats + splat)
  return (
    <u64>i8x16.bitmask(i8x16.eq(v128.load(at), byte)) |
    ((<u64>i8x16.bitmask(i8x16.eq(v128.load(at, 16), byte))) << 16) |
    ((<u64>i8x16.bitmask(i8x16.eq(v128.load(at, 32), byte))) << 32) |
    ((<u64>i8x16.bitmask(i8x16.eq(v128.load(at, 48), byte))) << 48)
  )
}

function hasBackslash(at: usize): bool {
  const backslash = v128.load(splats, 16)
  const first = v128.or(i8x16.eq(v128.load(at), backslash), i8x16.eq(v128.load(at, 16), backslash))
  const second = v128.or(i8x16.eq(v128.load(at, 32), backslash), i8x16.eq(v128.load(at, 48), backslash))
  return v128.any_true(v128.or(first, second))
}

/** A bit for each of 64 bytes that is one of `[]{}`, or else one of `_yY` or DEL, which stand nowhere but in strings. */
function bracketsAt(at: usize): u64 {
  const ignored = v128.load(splats, 32)
  const bracket = v128.load(splats, 48)
  return (
    <u64>i8x16.bitmask(i8x16.eq(v128.or(v128.load(at), ignored), bracket)) |
    ((<u64>i8x16.bitmask(i8x16.eq(v128.or(v128.load(at, 16), ignored), bracket))) << 16) |
    ((<u64>i8x16.bitmask(i8x16.eq(v128.or(v128.load(at, 32), ignored), bracket))) << 32) |
    ((<u64>i8x16.bitmask(i8x16.eq(v128.or(v128.load(at, 48), ignored), bracket))) << 48)
  )
}

/** The bytes that follow a backslash which is not escaped itself. */
function escapedBytes(backslashes: u64, isFirstEscaped: bool): u64 {
  let escaped: u64 = isFirstEscaped ? 1 : 0
  let left = backslashes & ~escaped
  while (left != 0) {
    const next = (left & -left) << 1
    escaped |= next
    left &= left - 1
    left &= ~next
  }
  return escaped
}

function endsInEscape(backslashes: u64, escaped: u64): bool {
  return (backslashes & ~escaped) >> 63 != 0
}

/** Bit i is the parity of bits 0 to i. */
function parities(bits: u64): u64 {
  bits ^= bits << 1
  bits ^= bits << 2
  bits ^= bits << 4
  bits ^= bits << 8
  bits ^= bits << 16
  return bits ^ (bits << 32)
}

/** Sixteen each of: quote, backslash, the bits in which brackets differ, what brackets are without them. */
function makeSplats(): usize {
  const splats = memory.data(64, 16)
  v128.store(splats, i8x16.splat(<i8>QUOTE))
  v128.store(splats, i8x16.splat(<i8>BACKSLASH), 16)
  v128.store(splats, i8x16.splat(0x26), 32)
  v128.store(splats, i8x16.splat(0x7f), 48)
  return splats
}
