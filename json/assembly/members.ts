/**
 * Finds members of objects by their keys: see src/member-finder.ts for what is found, src/members-wasm.ts for the host.
 * The bytes were proved before, by validate.ts; nothing is checked again.
 *
 * Memory: constants; then from `keysAddress` for each key its length and its address (u32 each), then the keys' bytes; then, at an
 * address that the host chooses, the starts of the objects (u32 each) and after them two u32 for each object and key: the answer.
 * The body comes last, with 128 bytes to spare.
 */
import { BACKSLASH, CLOSE_BRACE, COMMA, OPEN_BRACE, OPEN_BRACKET, PLUS, QUOTE, skipSpace } from './tokens'

/** In the answer's first place of an object that has an escaped key: the host looks for itself. */
const ESCAPED_KEY: u32 = 0xffffffff

/** Constants that the compiler would otherwise make anew at each use: see `containerEnd`. */
const splats: usize = makeSplats()

/** Whether the string passed last has an escape. */
let hasEscape: bool = false

export function keysAddress(): usize {
  return (__heap_base + 15) & ~15
}

/** Answers for `count` objects whose starts are at `starts`, and returns how many of them the host has to look at itself. */
export function find(keyCount: u32, starts: usize, count: u32, body: usize): u32 {
  const answers = starts + <usize>count * 4
  const stride = <usize>keyCount * 8
  memory.fill(answers, 0, stride * <usize>count)
  let left: u32 = 0
  for (let index: u32 = 0; index < count; index++) {
    const answer = answers + stride * <usize>index
    if (findIn(body + load<u32>(starts + <usize>index * 4), keyCount, answer, body)) continue
    store<u32>(answer, ESCAPED_KEY)
    left++
  }
  return left
}

/** Whether the object at `at` has plain keys only; then all that is looked for is found. */
function findIn(at: usize, keyCount: u32, answer: usize, body: usize): bool {
  at = skipSpace(at + 1)
  while (load<u8>(at) != CLOSE_BRACE) {
    const key = at + 1
    at = stringEnd(key)
    if (hasEscape) return false
    const place = placeOf(key, at - 1 - key, keyCount)
    at = skipSpace(skipSpace(at) + 1) // over the colon
    const value = at
    at = valueEnd(at)
    if (place >= 0) {
      store<u32>(answer + <usize>place * 8, <u32>(value - body))
      store<u32>(answer + <usize>place * 8, <u32>(at - body), 4)
    }
    at = skipSpace(at)
    if (load<u8>(at) == COMMA) at = skipSpace(at + 1)
  }
  return true
}

/** Which of the keys looked for this is; -1 for none. */
function placeOf(key: usize, length: usize, keyCount: u32): i32 {
  let entry = keysAddress()
  for (let place: u32 = 0; place < keyCount; place++) {
    if (<usize>load<u32>(entry) == length && memory.compare(key, load<u32>(entry, 4), length) == 0) return place
    entry += 8
  }
  return -1
}

function valueEnd(at: usize): usize {
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
function stringEnd(at: usize): usize {
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
