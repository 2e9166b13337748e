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

/** By eight bits: the places of those that are set, eight bytes. */
const shuffles: usize = makeShuffles()

/** Sixteen times each of some bytes: constants that the compiler would otherwise make anew at each use. See `splat`. */
const splats: usize = makeSplats()

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
  let block = at
  while (true) {
    const backslashes = matches(block, splat(BACKSLASH))
    const stops = matches(block, splat(QUOTE)) | controls(block)
    // Bit 63 may escape what is in the next block, so that one is walked.
    const isPlain = (backslashes & (backslashes << 1)) == 0 && at == block && <i64>backslashes >= 0
    if (isPlain && (stops & ~(backslashes << 1)) == 0) {
      at = unescapeBlock(backslashes, block, to)
      if (at == 0) return 0
      to = outputEnd
      block += 64
      if (at > block) block = at
      continue
    }
    let left = stops | backslashes
    while (left != 0) {
      const stop = block + <usize>ctz(left)
      left &= left - 1
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

/** Unescapes sixty-four bytes in which nothing stops a string but these backslashes, and what their escapes reach into. */
function unescapeBlock(backslashes: u64, block: usize, to: usize): usize {
  let at = block
  while (backslashes != 0) {
    const stop = block + <usize>ctz(backslashes)
    backslashes &= backslashes - 1
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
  const end = block + 64
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

/**
 * Writes to `to` what the form field from `at` to `end` says. Sixteen bytes at a time: each `%` becomes the byte that it and the two
 * digits behind it are, then the digits are left out, those of the bytes before too.
 */
export function decodeField(at: usize, end: usize, to: usize): void {
  let digitsLeft: u32 = 0 // a bit for each of the first bytes that is a digit of a `%` before them
  while (at + 18 <= end) {
    const chunk = v128.load(at)
    const percents = i8x16.eq(chunk, splat(PERCENT))
    const plain = v128.bitselect(splat(SPACE), chunk, i8x16.eq(chunk, splat(PLUS)))
    const places = <u32>i8x16.bitmask(percents)
    if ((places | digitsLeft) == 0) {
      v128.store(to, plain)
      at += 16
      to += 16
      continue
    }
    const first = v128.load(at, 1)
    const second = v128.load(at, 2)
    if (v128.any_true(v128.andnot(percents, v128.and(areDigits(first), areDigits(second))))) {
      const next = decodeSlowly(at + popcnt(digitsLeft), at + 16, end, to)
      to = outputEnd
      at += 16
      digitsLeft = (1 << (<u32>(next - at))) - 1
      continue
    }
    const bytes = v128.or(i16x8.shl(valuesOf(first), 4), valuesOf(second))
    const digits = digitsLeft | (places << 1) | (places << 2)
    digitsLeft = digits >> 16
    to = keep(v128.bitselect(bytes, plain, percents), ~digits & 0xffff, to)
    at += 16
  }
  decodeSlowly(at + popcnt(digitsLeft), end, end, to)
}

/** The same one byte after another, up to `stop` or little more: where it stopped. */
function decodeSlowly(at: usize, stop: usize, end: usize, to: usize): usize {
  while (at < stop) {
    const byte = load<u8>(at++)
    if (byte == PERCENT && at + 1 < end) {
      const high = load<u8>(digits + load<u8>(at))
      const low = load<u8>(digits + load<u8>(at, 1))
      const isByte = (high | low) < 16
      store<u8>(to++, isByte ? (high << 4) | low : PERCENT)
      if (isByte) at += 2
    } else store<u8>(to++, byte == PLUS ? SPACE : byte)
  }
  outputEnd = to
  return at
}

/** All ones for each byte that is a hexadecimal digit. */
function areDigits(chars: v128): v128 {
  const decimal = i8x16.le_u(i8x16.sub(chars, splat(0x30)), splat(9))
  const letters = i8x16.sub(v128.or(chars, splat(0x20)), splat(0x61))
  return v128.or(decimal, i8x16.le_u(letters, splat(5)))
}

/** The values of hexadecimal digits. */
function valuesOf(chars: v128): v128 {
  const ofLetters = v128.and(i8x16.gt_u(chars, splat(0x40)), splat(9))
  return i8x16.add(v128.and(chars, splat(0x0f)), ofLetters)
}

/** Writes those of sixteen bytes whose bits are set, and returns where they end. */
function keep(bytes: v128, kept: u32, to: usize): usize {
  const low = <usize>(kept & 0xff)
  const high = <usize>(kept >> 8)
  const ofLow = v128.load64_zero(shuffles + (low << 3))
  const ofHigh = i8x16.add(v128.load64_zero(shuffles + (high << 3)), splat(8))
  store<u64>(to, i64x2.extract_lane(i8x16.swizzle(bytes, ofLow), 0))
  to += popcnt(low)
  store<u64>(to, i64x2.extract_lane(i8x16.swizzle(bytes, ofHigh), 0))
  return to + popcnt(high)
}

/** A bit for each of 64 bytes that is the one of the splat. */
function matches(at: usize, splat: v128): u64 {
  return (
    <u64>i8x16.bitmask(i8x16.eq(v128.load(at), splat)) |
    ((<u64>i8x16.bitmask(i8x16.eq(v128.load(at, 16), splat))) << 16) |
    ((<u64>i8x16.bitmask(i8x16.eq(v128.load(at, 32), splat))) << 32) |
    ((<u64>i8x16.bitmask(i8x16.eq(v128.load(at, 48), splat))) << 48)
  )
}

/** A bit for each of 64 bytes that is a control character. */
function controls(at: usize): u64 {
  const last = splat(0x1f)
  return (
    <u64>i8x16.bitmask(i8x16.le_u(v128.load(at), last)) |
    ((<u64>i8x16.bitmask(i8x16.le_u(v128.load(at, 16), last))) << 16) |
    ((<u64>i8x16.bitmask(i8x16.le_u(v128.load(at, 32), last))) << 32) |
    ((<u64>i8x16.bitmask(i8x16.le_u(v128.load(at, 48), last))) << 48)
  )
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

function makeShuffles(): usize {
  const table = memory.data(2048, 16)
  for (let bits: usize = 0; bits < 256; bits++) {
    let to = table + (bits << 3)
    for (let place: usize = 0; place < 8; place++) {
      if (((bits >> place) & 1) != 0) store<u8>(to++, <u8>place)
    }
  }
  return table
}

/** Sixteen times a byte below 128. */
function splat(byte: u8): v128 {
  return v128.load(splats + ((<usize>byte) << 4))
}

function makeSplats(): usize {
  const table = memory.data(2048, 16)
  for (let byte: usize = 0; byte < 128; byte++) v128.store(table + (byte << 4), i8x16.splat(<i8>byte))
  return table
}
