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
export const ZERO: u8 = 0x30
export const COLON: u8 = 0x3a
export const OPEN_BRACKET: u8 = 0x5b
export const BACKSLASH: u8 = 0x5c
export const CLOSE_BRACKET: u8 = 0x5d
export const OPEN_BRACE: u8 = 0x7b
export const CLOSE_BRACE: u8 = 0x7d

/** The first byte at or after `at` that is no white space. */
export function skipSpace(at: usize): usize {
  return load<u8>(at) > SPACE ? at : skipSpaceSlowly(at)
}

function skipSpaceSlowly(at: usize): usize {
  while (load<u8>(at) <= SPACE && (SPACES >> load<u8>(at)) & 1) at++
  return at
}

/** A bit for each of the four characters that are white space. */
const SPACES: u64 = (1 << (<u64>SPACE)) | (1 << (<u64>LINE_FEED)) | (1 << (<u64>CARRIAGE_RETURN)) | (1 << (<u64>TAB))

export function isNumberStart(byte: u8): bool {
  return byte == MINUS || isDigit(byte)
}

export function isDigit(byte: u8): bool {
  return <u8>(byte - ZERO) <= 9
}
