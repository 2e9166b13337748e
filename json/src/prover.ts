/**
 * Proves one JSON value after another, byte by byte and without recursion: the grammar of RFC 8259, UTF-8, depth, keys.
 * The slow but plain twin of `assembly/validate.ts`; the one that says what is wrong.
 */
import type { JsonFault, RecordLimits } from './records.ts'
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  MINUS,
  OPEN_BRACE,
  OPEN_BRACKET,
  PLUS,
  POINT,
  QUOTE,
  SPACE,
  skipSpace,
  ZERO,
} from './tokens.ts'

/** What is wrong, and where. It is thrown, yet no Error: making one takes longer than reading a record, and a body may have a fault a record. */
export class Flaw {
  readonly code: JsonFault['code']
  readonly message: string
  /** Offset in bytes. */
  readonly at: number

  constructor(code: JsonFault['code'], reason: string, at: number) {
    this.code = code
    this.message = `${reason} at byte ${at}`
    this.at = at
  }
}

export class Prover {
  readonly #limits: RecordLimits
  /** For each open object the number of its keys so far, for each open array -1. */
  readonly #frames: Int32Array
  /** The first key of the value proved last that breaks a limit. */
  #keyFlaw: Flaw | undefined

  constructor(limits: RecordLimits) {
    this.#limits = limits
    this.#frames = new Int32Array(limits.depthMax)
  }

  /**
   * The end of the value that starts at `at`. Its bytes beyond `bytes` count as missing.
   * @throws Flaw `invalid_json`, `invalid_utf8`, `too_deep`: the first fault in the order of the bytes.
   */
  valueEnd(bytes: Uint8Array, at: number): number {
    const frames = this.#frames
    let depth = 0
    let keys = -1 // of the innermost object; -1 in an array
    this.#keyFlaw = undefined
    while (true) {
      const byte = bytes[at]
      if (byte === QUOTE) {
        at = stringEnd(bytes, at)
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (depth === frames.length) throw new Flaw('too_deep', `nested deeper than ${frames.length} levels`, at)
        const close = byte + 2
        at = skipSpace(bytes, at + 1)
        if (bytes[at] === close) {
          at++
        } else {
          frames[depth++] = keys
          keys = byte === OPEN_BRACE ? 1 : -1
          if (keys > 0) at = this.#keyEnd(bytes, at, keys, '"}" or a key in quotes')
          continue
        }
      } else {
        at = scalarEnd(bytes, at)
      }

      // A value has ended: close what ends with it, up to the next value.
      while (true) {
        if (depth === 0) return at
        at = skipSpace(bytes, at)
        const next = bytes[at]
        if (next === COMMA) {
          at = skipSpace(bytes, at + 1)
          if (keys >= 0) at = this.#keyEnd(bytes, at, ++keys, 'a key in quotes')
          break
        }
        if (next !== (keys < 0 ? CLOSE_BRACKET : CLOSE_BRACE)) {
          throw unexpected(bytes, at, keys < 0 ? '"," or "]" after an element' : '"," or "}" after a value')
        }
        at++
        keys = frames[--depth]!
      }
    }
  }

  /** Why the value proved last, at `bytes[start .. end)`, is no fit record; undefined if it is. */
  recordFlaw(bytes: Uint8Array, start: number, end: number): Flaw | undefined {
    const { eventBytesMax } = this.#limits
    if (bytes[start] !== OPEN_BRACE)
      return new Flaw('not_an_object', `expected an object, found ${kindOf(bytes[start]!)}`, start)
    if (end - start > eventBytesMax) {
      return new Flaw(
        'event_too_large',
        `an event of ${end - start} bytes, at most ${eventBytesMax} are allowed,`,
        start,
      )
    }
    return this.#keyFlaw
  }

  /** Where the value after the key and colon at `at` starts. */
  #keyEnd(bytes: Uint8Array, at: number, ordinal: number, expected: string): number {
    if (bytes[at] !== QUOTE) throw unexpected(bytes, at, expected)
    const { keyBytesMax, objectKeysMax } = this.#limits
    const end = stringEnd(bytes, at)
    if (ordinal > objectKeysMax) {
      this.#keyFlaw ??= new Flaw('too_many_keys', `an object of more than ${objectKeysMax} keys`, at)
    } else if (end - at - 2 > keyBytesMax) {
      this.#keyFlaw ??= new Flaw(
        'key_too_long',
        `a key of ${end - at - 2} bytes, at most ${keyBytesMax} are allowed,`,
        at,
      )
    }
    at = skipSpace(bytes, end)
    if (bytes[at] !== COLON) throw unexpected(bytes, at, '":" after a key')
    return skipSpace(bytes, at + 1)
  }
}

/** The flaw of finding something else than `expected` at `at`: of the encoding, if it is no UTF-8 either. */
export function unexpected(bytes: Uint8Array, at: number, expected: string): Flaw {
  const byte = bytes[at]
  if (byte !== undefined && byte >= 0x80) utf8End(bytes, at)
  return new Flaw('invalid_json', `expected ${expected}, found ${named(byte)}`, at)
}

function named(byte: number | undefined): string {
  if (byte === undefined) return 'the end'
  return byte > SPACE && byte < 0x7f && byte !== QUOTE
    ? `"${String.fromCharCode(byte)}"`
    : `byte 0x${byte.toString(16).padStart(2, '0')}`
}

function kindOf(first: number): string {
  if (first === OPEN_BRACKET) return 'an array'
  if (first === QUOTE) return 'a string'
  return first === MINUS || isDigit(first) ? 'a number' : first === 0x6e /* n */ ? 'null' : 'a boolean'
}

/** The byte after the closing quote of the string that opens at `at`. */
function stringEnd(bytes: Uint8Array, at: number): number {
  at++
  while (true) {
    let byte = bytes[at]
    while (byte !== undefined && byte >= 0x20 && byte < 0x80 && byte !== QUOTE && byte !== BACKSLASH) byte = bytes[++at]
    if (byte === QUOTE) return at + 1
    at = oddCharacterEnd(bytes, at)
  }
}

/** The end of a character in a string that is not plain ASCII: an escape, a longer character. */
function oddCharacterEnd(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]
  if (byte === undefined) throw unexpected(bytes, at, "a string's closing quote")
  if (byte < 0x20) throw new Flaw('invalid_json', `unescaped control character ${named(byte)} in a string`, at)
  return byte === BACKSLASH ? escapeEnd(bytes, at) : utf8End(bytes, at)
}

function escapeEnd(bytes: Uint8Array, at: number): number {
  const escaped = bytes[at + 1]
  if (escaped === 0x75 /* u */) {
    for (let digit = at + 2; digit < at + 6; digit++) {
      if (!isHex(bytes[digit])) throw unexpected(bytes, digit, 'four hexadecimal digits after \\u')
    }
    return at + 6
  }
  if (escaped === undefined || !'"\\/bfnrt'.includes(String.fromCharCode(escaped))) {
    throw unexpected(bytes, at + 1, 'one of "\\/bfnrtu after a backslash')
  }
  return at + 2
}

/** The end of the character of two to four bytes at `at`: RFC 3629 §4, so no surrogates, nothing overlong, nothing past U+10FFFF. */
function utf8End(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!
  const second = bytes[at + 1] ?? 0
  const third = bytes[at + 2] ?? 0
  const fourth = bytes[at + 3] ?? 0
  let length = 0
  if (first < 0xe0) {
    if (first >= 0xc2 && isContinuation(second)) length = 2
  } else if (first < 0xf0) {
    const isSecond = first === 0xe0 ? second >= 0xa0 : first !== 0xed || second < 0xa0
    if (isSecond && isContinuation(second) && isContinuation(third)) length = 3
  } else if (first <= 0xf4) {
    const isSecond = first === 0xf0 ? second >= 0x90 : first !== 0xf4 || second < 0x90
    if (isSecond && isContinuation(second) && isContinuation(third) && isContinuation(fourth)) length = 4
  }
  if (length === 0) throw new Flaw('invalid_utf8', `no UTF-8: ${named(first)} starts no character`, at)
  return at + length
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}

/** The end of the number or literal at `at`. */
function scalarEnd(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]
  if (byte === MINUS || isDigit(byte)) return numberEnd(bytes, at)
  const literal = byte === 0x74 ? 'true' : byte === 0x66 ? 'false' : byte === 0x6e ? 'null' : ''
  if (literal === '') throw unexpected(bytes, at, 'a value')
  for (let index = 1; index < literal.length; index++) {
    if (bytes[at + index] !== literal.charCodeAt(index)) throw unexpected(bytes, at + index, `"${literal}"`)
  }
  return at + literal.length
}

function numberEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at] === MINUS) at++
  if (bytes[at] === ZERO) at++
  else at = digitsEnd(bytes, at)
  if (bytes[at] === POINT) at = digitsEnd(bytes, at + 1)
  if (bytes[at] !== 0x65 /* e */ && bytes[at] !== 0x45 /* E */) return at
  at++
  if (bytes[at] === PLUS || bytes[at] === MINUS) at++
  return digitsEnd(bytes, at)
}

/** The end of the digits at `at`, of which there must be one. */
function digitsEnd(bytes: Uint8Array, at: number): number {
  if (!isDigit(bytes[at])) throw unexpected(bytes, at, 'a digit')
  do at++
  while (isDigit(bytes[at]))
  return at
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

function isHex(byte: number | undefined): boolean {
  return isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66)
}
