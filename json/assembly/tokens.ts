/** The tokens of JSON in this module's memory, which ends in a byte that none of them contains: so nothing here asks where the end is. */

export const TAB: u8 = 0x09
export const LINE_FEED: u8 = 0x0a
export const CARRIAGE_RETURN: u8 = 0x0d
export const SPACE: u8 = 0x20
export const QUOTE: u8 = 0x22
export const PLUS: u8 = 0x2b
export const COMMA: u8 = 0x2c
export const MINUS: u8 = 0x2d
export const POINT: u8 = 0x2e
export const SLASH: u8 = 0x2f
export const ZERO: u8 = 0x30
export const COLON: u8 = 0x3a
export const OPEN_BRACKET: u8 = 0x5b
export const BACKSLASH: u8 = 0x5c
export const CLOSE_BRACKET: u8 = 0x5d
export const OPEN_BRACE: u8 = 0x7b
export const CLOSE_BRACE: u8 = 0x7d

/** The first byte at or after `at` that is no white space. */
// @ts-ignore: decorator
@inline
export function skipSpace(at: usize): usize {
  return load<u8>(at) > SPACE ? at : skipSpaceSlowly(at)
}

function skipSpaceSlowly(at: usize): usize {
  while (true) {
    const byte = load<u8>(at)
    if (byte != SPACE && byte != LINE_FEED && byte != CARRIAGE_RETURN && byte != TAB) return at
    at++
  }
}
