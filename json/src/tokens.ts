/** The bytes JSON is written with, and how to pass over its tokens where they were proved before. */

export const TAB = 0x09
export const LINE_FEED = 0x0a
export const CARRIAGE_RETURN = 0x0d
export const SPACE = 0x20
export const QUOTE = 0x22
export const PLUS = 0x2b
export const COMMA = 0x2c
export const MINUS = 0x2d
export const POINT = 0x2e
export const ZERO = 0x30
export const COLON = 0x3a
export const OPEN_BRACKET = 0x5b
export const BACKSLASH = 0x5c
export const CLOSE_BRACKET = 0x5d
export const OPEN_BRACE = 0x7b
export const CLOSE_BRACE = 0x7d

/** The first byte at or after `at` that is no white space. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  while (true) {
    const byte = bytes[at]
    if (byte !== SPACE && byte !== LINE_FEED && byte !== CARRIAGE_RETURN && byte !== TAB) return at
    at++
  }
}

/** The byte after the closing quote of the proved string that opens at `at`. */
export function provedStringEnd(bytes: Uint8Array, at: number): number {
  do at += bytes[at] === BACKSLASH ? 2 : 1
  while (bytes[at] !== QUOTE)
  return at + 1
}
