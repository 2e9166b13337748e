/**
 * Texts as they were before they were written for another format: see src/unescaper.ts for what each function does.
 *
 * Memory: constants; then from `inputAddress` the input, and a byte 0 that no token contains; then, at an address that the host
 * chooses, the output, which is never longer than the input. Sixteen bytes at a time are read and written, so both need room to spare.
 */
import { BACKSLASH, CLOSE_BRACKET, COMMA, LINE_FEED, OPEN_BRACKET, PLUS, QUOTE, SPACE, skipSpace } from './tokens'

const PERCENT: u8 = 0x25

/** By byte that follows a backslash: what both stand for; 0 if that is nothing, or needs more bytes. */
const escapes: usize = makeEscapes()

/** By byte: the value of the hexadecimal digit; 255 if it is none. */
const digits: usize = makeDigits()

/** Where the output of the last call ends. */
let outputEnd: usize = 0

let hasLineFeed: bool = false

export function inputAddress(): usize {
  return (__heap_base + 15) & ~15
}

export function outputEndAddress(): usize {
  return outputEnd
}

/** The byte after the string token at `at`, its text written to `to`; 0 if there is none. */
export function unescapeString(at: usize, to: usize): usize {
  if (load<u8>(at++) != QUOTE) return 0
  const quote = i8x16.splat(<i8>QUOTE)
  const backslash = i8x16.splat(<i8>BACKSLASH)
  let block = at
  while (true) {
    let stops = stringStops(block, quote, backslash)
    while (stops != 0) {
      const stop = block + <usize>ctz(stops)
      stops &= stops - 1
      if (stop < at) continue // part of an escape
      to = copy(at, stop, to)
      const byte = load<u8>(stop)
      if (byte != BACKSLASH) {
        outputEnd = to
        return byte == QUOTE ? stop + 1 : 0
      }
      const meant = load<u8>(escapes + load<u8>(stop, 1))
      if (meant != 0) {
        if (meant == LINE_FEED) hasLineFeed = true
        store<u8>(to++, meant)
        at = stop + 2
      } else {
        at = unescapeCode(stop, to)
        if (at == 0) return 0
        to = outputEnd
      }
    }
    block += 64
    if (at < block) {
      to = copy(at, block, to)
      at = block
    } else block = at
  }
}

/** How many strings the array at `at` has, each text written as a line; -1 if it is no array of strings, or one has a line feed. */
export function unescapeLines(at: usize, end: usize, to: usize): i32 {
  at = skipSpace(at)
  if (load<u8>(at) != OPEN_BRACKET) return -1
  at = skipSpace(at + 1)
  hasLineFeed = false
  let count: i32 = 0
  while (true) {
    at = unescapeString(at, to)
    if (at == 0 || hasLineFeed) return -1
    count++
    to = outputEnd
    store<u8>(to++, LINE_FEED)
    at = skipSpace(at)
    const byte = load<u8>(at)
    at = skipSpace(at + 1)
    if (byte == COMMA) continue
    outputEnd = to
    return byte == CLOSE_BRACKET && at == end ? count : -1
  }
}

/** Writes to `to` what the form field from `at` to `end` says. */
export function decodeField(at: usize, end: usize, to: usize): void {
  const percent = i8x16.splat(<i8>PERCENT)
  const plus = i8x16.splat(<i8>PLUS)
  let block = at
  while (at < end) {
    let stops = fieldStops(block, percent, plus)
    while (stops != 0) {
      const stop = block + <usize>ctz(stops)
      stops &= stops - 1
      if (stop >= end) break
      to = copy(at, stop, to)
      at = stop + 1
      if (load<u8>(stop) == PLUS) store<u8>(to++, SPACE)
      else {
        const high = <u32>load<u8>(digits + load<u8>(stop, 1))
        const low = <u32>load<u8>(digits + load<u8>(stop, 2))
        const isByte = (high | low) < 16 && stop + 2 < end
        store<u8>(to++, isByte ? <u8>((high << 4) | low) : PERCENT)
        if (isByte) at += 2
      }
    }
    block += 64
    const plainEnd = min(block, end)
    if (at < plainEnd) {
      to = copy(at, plainEnd, to)
      at = plainEnd
    } else block = at
  }
  outputEnd = to
}

/** A bit for each of 64 bytes that is a quote, a backslash or a control character. */
function stringStops(at: usize, quote: v128, backslash: v128): u64 {
  return (
    stringStops16(at, quote, backslash) |
    (stringStops16(at + 16, quote, backslash) << 16) |
    (stringStops16(at + 32, quote, backslash) << 32) |
    (stringStops16(at + 48, quote, backslash) << 48)
  )
}

function stringStops16(at: usize, quote: v128, backslash: v128): u64 {
  const chunk = v128.load(at)
  const marks = v128.or(i8x16.eq(chunk, quote), i8x16.eq(chunk, backslash))
  return <u64>i8x16.bitmask(v128.or(marks, i8x16.le_u(chunk, i8x16.splat(0x1f))))
}

/** A bit for each of 64 bytes that is `%` or `+`. */
function fieldStops(at: usize, percent: v128, plus: v128): u64 {
  return (
    fieldStops16(at, percent, plus) |
    (fieldStops16(at + 16, percent, plus) << 16) |
    (fieldStops16(at + 32, percent, plus) << 32) |
    (fieldStops16(at + 48, percent, plus) << 48)
  )
}

function fieldStops16(at: usize, percent: v128, plus: v128): u64 {
  const chunk = v128.load(at)
  return <u64>i8x16.bitmask(v128.or(i8x16.eq(chunk, percent), i8x16.eq(chunk, plus)))
}

/** Copies what is from `at` to `end` to `to`, and returns where that ends; writes up to 16 bytes more. */
function copy(at: usize, end: usize, to: usize): usize {
  const copyEnd = to + (end - at)
  v128.store(to, v128.load(at))
  while (end - at > 16) {
    at += 16
    to += 16
    v128.store(to, v128.load(at))
  }
  return copyEnd
}

/** The byte after the escape of one code, or of both halves of a surrogate pair, at `at`; 0 if it is none. */
function unescapeCode(at: usize, to: usize): usize {
  if (load<u8>(at, 1) != 0x75 /* u */) return 0
  let code = codeAt(at + 2)
  if (code > 0xffff) return 0
  at += 6
  if (code >>> 11 == 27) {
    const isPair = code < 0xdc00 && load<u16>(at) == 0x755c /* \u */ && codeAt(at + 2) >>> 10 == 55
    code = isPair ? 0x10000 + ((code & 0x3ff) << 10) + (codeAt(at + 2) & 0x3ff) : 0xfffd
    if (isPair) at += 6
  }
  if (code == LINE_FEED) hasLineFeed = true
  outputEnd = writeCode(to, code)
  return at
}

/** The number in four hexadecimal digits; above 0xffff if they are not. */
function codeAt(at: usize): u32 {
  const first = <u32>load<u8>(digits + load<u8>(at))
  const second = <u32>load<u8>(digits + load<u8>(at, 1))
  const third = <u32>load<u8>(digits + load<u8>(at, 2))
  const fourth = <u32>load<u8>(digits + load<u8>(at, 3))
  if ((first | second | third | fourth) > 15) return 0xffffffff
  return (first << 12) | (second << 8) | (third << 4) | fourth
}

function writeCode(to: usize, code: u32): usize {
  if (code < 0x80) {
    store<u8>(to, code)
    return to + 1
  }
  if (code < 0x800) {
    store<u8>(to, 0xc0 | (code >> 6))
    store<u8>(to, 0x80 | (code & 63), 1)
    return to + 2
  }
  if (code < 0x10000) {
    store<u8>(to, 0xe0 | (code >> 12))
    store<u8>(to, 0x80 | ((code >> 6) & 63), 1)
    store<u8>(to, 0x80 | (code & 63), 2)
    return to + 3
  }
  store<u8>(to, 0xf0 | (code >> 18))
  store<u8>(to, 0x80 | ((code >> 12) & 63), 1)
  store<u8>(to, 0x80 | ((code >> 6) & 63), 2)
  store<u8>(to, 0x80 | (code & 63), 3)
  return to + 4
}

function makeEscapes(): usize {
  const table = memory.data(256)
  const written = memory.data<u8>([0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74]) // "\/bfnrt
  const meant = memory.data<u8>([0x22, 0x5c, 0x2f, 0x08, 0x0c, 0x0a, 0x0d, 0x09])
  for (let index: usize = 0; index < 8; index++) store<u8>(table + load<u8>(written + index), load<u8>(meant + index))
  return table
}

function makeDigits(): usize {
  const table = memory.data(256)
  memory.fill(table, 255, 256)
  for (let digit: usize = 0; digit < 10; digit++) store<u8>(table + 0x30 + digit, <u8>digit)
  for (let digit: usize = 10; digit < 16; digit++) {
    store<u8>(table + 0x37 + digit, <u8>digit) // A to F
    store<u8>(table + 0x57 + digit, <u8>digit) // a to f
  }
  return table
}
