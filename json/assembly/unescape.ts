/**
 * Texts as they were before they were written for another format: see src/unescaper.ts for what each function does.
 *
 * Memory: constants; then from `inputAddress` the input, and a byte 0 that no token contains; then, at an address that the host
 * chooses, the output, which is never longer than the input. Up to 64 bytes at a time are read and written, so both need room to spare.
 */
import { bits, controls, copy, copyBlock, keepOfBlock, splat } from './blocks'
import { hexDigits } from './hex'
import { BACKSLASH, CLOSE_BRACKET, COMMA, LINE_FEED, OPEN_BRACKET, QUOTE, skipSpace } from './tokens'
import { writeField } from './unescape-field'

const ODD_BITS: u64 = 0xaaaaaaaaaaaaaaaa

/** By byte that follows a backslash: what both stand for; 0 if that is nothing, or needs more bytes. */
const escapes: usize = makeEscapes()

/** Where the output of the last call ends. */
let outputEnd: usize = 0

let hasLineFeed: bool = false

export function inputAddress(): usize {
  return (__heap_base + 15) & ~15
}

export function outputEndAddress(): usize {
  return outputEnd
}

/**
 * The byte after the string token at `at`, its text written to `to`; 0 if there is none. Sixty-four bytes at a time: what no backslash
 * is in is copied, and of what stands for itself behind one (quotes and backslashes, which are nearly all) the backslashes are left out.
 */
export function unescapeString(at: usize, to: usize): usize {
  if (load<u8>(at++) != QUOTE) return 0
  const backslash = splat(BACKSLASH)
  const quote = splat(QUOTE)
  const control = splat(0x1f)
  while (true) {
    const first = v128.load(at)
    const second = v128.load(at, 16)
    const third = v128.load(at, 32)
    const fourth = v128.load(at, 48)
    const backslashes = bits(
      i8x16.eq(first, backslash),
      i8x16.eq(second, backslash),
      i8x16.eq(third, backslash),
      i8x16.eq(fourth, backslash),
    )
    const quotes = bits(
      i8x16.eq(first, quote),
      i8x16.eq(second, quote),
      i8x16.eq(third, quote),
      i8x16.eq(fourth, quote),
    )
    const least = i8x16.min_u(i8x16.min_u(first, second), i8x16.min_u(third, fourth))
    const isAnyControl = v128.any_true(i8x16.le_u(least, control))
    let escaping: u64 = 0
    let escaped: u64 = 0
    if (backslashes != 0) {
      const escapes = escapesAmong(backslashes)
      escaping = escapes & backslashes
      escaped = escapes ^ backslashes
    }
    const stops = (isAnyControl ? quotes | controls(at) : quotes) & ~escaped
    // A backslash that comes last begins the next block.
    const length = stops != 0 ? <usize>ctz(stops) : 64 - <usize>(escaping >> 63)
    const within: u64 = length == 64 ? -1 : ((<u64>1) << (<u64>length)) - 1
    escaping &= within
    if (escaping == 0) {
      copyBlock(at, to)
      at += length
      to += length
    } else if ((escaped & within & ~(quotes | backslashes)) == 0) {
      to = keepOfBlock(at, within & ~escaping, to)
      at += length
    } else {
      at = unescapeBlock(escaping, at, at + length, to)
      if (at == 0) return 0
      to = outputEnd
    }
    if (stops == 0) continue
    outputEnd = to
    return load<u8>(at) == QUOTE ? at + 1 : 0
  }
}

/**
 * Of 64 bytes, those that are either an escaping backslash or an escaped byte that is none: a bit for each. Taken from all backslashes
 * by `^`, escaped bytes are left. Runs of backslashes pair up from their start; a borrow goes through each run and ends behind it.
 */
function escapesAmong(backslashes: u64): u64 {
  return (((backslashes << 1) | ODD_BITS) - backslashes) ^ ODD_BITS
}

/** Unescapes the bytes from `block` to `end`, in which nothing stops a string, and what their escapes, at these bits, reach into. */
function unescapeBlock(escaping: u64, block: usize, end: usize, to: usize): usize {
  let at = block
  while (escaping != 0) {
    const stop = block + <usize>ctz(escaping)
    escaping &= escaping - 1
    if (stop < at) continue // the second half of a pair
    to = copy(at, stop, to)
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
  outputEnd = at < end ? copy(at, end, to) : to
  return at < end ? end : at
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

/** Decodes the form field from `at` to `end`. */
export function decodeField(at: usize, end: usize, to: usize): void {
  outputEnd = writeField(at, end, to)
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
  const first = <u32>load<u8>(hexDigits + load<u8>(at))
  const second = <u32>load<u8>(hexDigits + load<u8>(at, 1))
  const third = <u32>load<u8>(hexDigits + load<u8>(at, 2))
  const fourth = <u32>load<u8>(hexDigits + load<u8>(at, 3))
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
