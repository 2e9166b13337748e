/**
 * Strings, and all that is skipped or kept as it is written. Texts are unescaped where they stand: they only become shorter, and
 * nobody reads the input twice.
 */
import { SANITIZED, raise } from './extract-cells'
import { BACKSLASH, QUOTE } from './tokens'

/** Whether the last `stringEnd` or `containerEnd` passed a backslash. */
let hasEscape: bool = false

export function passedEscape(): bool {
  return hasEscape
}

/** The first quote or backslash at or after `at`. */
// @ts-ignore: decorator
@inline
export function stringStop(at: usize): usize {
  while (true) {
    const chunk = v128.load(at)
    const stops = i8x16.bitmask(v128.or(i8x16.eq(chunk, i8x16.splat(QUOTE)), i8x16.eq(chunk, i8x16.splat(BACKSLASH))))
    if (stops != 0) return at + <usize>ctz(stops)
    at += 16
  }
}

/** The closing quote of the string whose first character is at `at`. */
export function stringEnd(at: usize): usize {
  hasEscape = false
  return passString(at)
}

function passString(at: usize): usize {
  while (true) {
    at = stringStop(at)
    if (load<u8>(at) == QUOTE) return at
    hasEscape = true
    at += 2
  }
}

/** The byte after the array or object that opens at `at`. */
export function containerEnd(at: usize): usize {
  hasEscape = false
  let open = 0
  while (true) {
    const chunk = v128.load(at)
    const folded = v128.or(chunk, i8x16.splat(0x20)) // [ and { become one, ] and } too
    const brackets = v128.or(i8x16.eq(folded, i8x16.splat(0x7b)), i8x16.eq(folded, i8x16.splat(0x7d)))
    const stops = i8x16.bitmask(v128.or(brackets, i8x16.eq(chunk, i8x16.splat(QUOTE))))
    if (stops == 0) {
      at += 16
      continue
    }
    at += <usize>ctz(stops)
    const byte = load<u8>(at++)
    if (byte == QUOTE) at = passString(at) + 1
    else if ((byte & 2) != 0) open++ // of the four brackets only the opening ones have this bit
    else if (--open == 0) return at
  }
}

/** Unescapes the text from its first backslash on, and returns its new end; a lone surrogate becomes U+FFFD. */
export function unescapeText(stop: usize): usize {
  return unescape(stop, false)
}

/** As a text, but a lone surrogate stays one, in the three bytes it would have if it were a character. */
export function unescapeKey(stop: usize): usize {
  return unescape(stop, true)
}

/** Where the closing quote of the string was that was unescaped last. */
let closingQuote: usize = 0

export function unescapedQuote(): usize {
  return closingQuote
}

function unescape(from: usize, keepsSurrogates: bool): usize {
  let to = from
  while (load<u8>(from) != QUOTE) {
    const escaped = load<u8>(from, 1)
    if (escaped == 0x75 /* u */) {
      let code = hex(from + 2)
      from += 6
      if (code >>> 11 == 27) {
        if (isPair(code, from)) {
          code = 0x10000 + ((code & 0x3ff) << 10) + (hex(from + 2) & 0x3ff)
          from += 6
        } else if (!keepsSurrogates) {
          code = 0xfffd
          raise(SANITIZED)
        }
      }
      to = writeCode(to, code)
    } else {
      store<u8>(to++, unescapedByte(escaped))
      from += 2
    }
    const stop = stringStop(from)
    while (stop - from >= 16) {
      v128.store(to, v128.load(from))
      to += 16
      from += 16
    }
    while (from < stop) store<u8>(to++, load<u8>(from++))
  }
  closingQuote = from
  return to
}

/** Replaces each lone surrogate that is escaped between `at` and `end` by the escape of U+FFFD, which is as long. */
export function sanitizeEscapes(at: usize, end: usize): void {
  while (at < end) {
    if (load<u8>(at) != BACKSLASH) {
      at++
      continue
    }
    if (load<u8>(at, 1) != 0x75 /* u */) {
      at += 2
      continue
    }
    const code = hex(at + 2)
    at += 6
    if (code >>> 11 != 27) continue
    if (isPair(code, at)) {
      at += 6
    } else {
      store<u32>(at - 4, 0x64666666) // fffd
      raise(SANITIZED)
    }
  }
}

/** Whether `code` is the first half of a surrogate pair and its second half is escaped at `next`. */
function isPair(code: u32, next: usize): bool {
  return code < 0xdc00 && load<u16>(next) == 0x755c /* \u */ && hex(next + 2) >>> 10 == 55
}

function hex(at: usize): u32 {
  return (hexDigit(at) << 12) | (hexDigit(at + 1) << 8) | (hexDigit(at + 2) << 4) | hexDigit(at + 3)
}

// @ts-ignore: decorator
@inline
function hexDigit(at: usize): u32 {
  const byte = <u32>load<u8>(at)
  return (byte & 15) + (byte > 0x40 ? 9 : 0)
}

function unescapedByte(escaped: u8): u8 {
  switch (escaped) {
    case 0x62: return 0x08 // b
    case 0x66: return 0x0c // f
    case 0x6e: return 0x0a // n
    case 0x72: return 0x0d // r
    case 0x74: return 0x09 // t
    default: return escaped // quote, backslash, slash
  }
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
