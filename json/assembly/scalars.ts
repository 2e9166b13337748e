/** Proves numbers (RFC 8259 §6) and literals. */
import { MINUS, PLUS, POINT, ZERO, isDigit } from './tokens'

/** The end of the number that starts with `byte` at `at`; 0 if it is none. */
export function numberEnd(at: usize, byte: u8): usize {
  if (byte == MINUS) {
    byte = load<u8>(++at)
    if (!isDigit(byte)) return 0
  }
  if (byte == ZERO) at++
  else at = digitsEnd(at)
  byte = load<u8>(at)
  if (byte == POINT) {
    if (!isDigit(load<u8>(++at))) return 0
    at = digitsEnd(at)
    byte = load<u8>(at)
  }
  if ((byte | 0x20) != 0x65 /* e */) return at
  byte = load<u8>(++at)
  if (byte == PLUS || byte == MINUS) at++
  return isDigit(load<u8>(at)) ? digitsEnd(at) : 0
}

function digitsEnd(at: usize): usize {
  while (isDigit(load<u8>(at))) at++
  return at
}

/** The end of the literal that starts with `byte` at `at`; 0 if it is none. */
export function literalEnd(at: usize, byte: u8): usize {
  const word = load<u32>(at)
  if (word == 0x65757274 /* true */ || word == 0x6c6c756e /* null */) return at + 4
  return byte == 0x66 /* f */ && load<u32>(at + 1) == 0x65736c61 /* alse */ ? at + 5 : 0
}
