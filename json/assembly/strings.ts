/**
 * Strings of a body, proved from a map of it: which bytes are quotes, backslashes or control characters is found out for all of it
 * beforehand, sixteen at a time, so that finding a string's end waits for nothing but a look into that map.
 */
import { BACKSLASH, QUOTE } from './tokens'

/** Where the map is: the bits of the bytes from `at` on are in the byte at `stops + at / 8` and those that follow. */
let stops: usize = 0

/** Whether the body is ASCII, as far as it is known: where it is not, there may be other bytes behind it as well. */
let isPlain: bool = false

/** Constants that the compiler would otherwise make anew at each use: sixteen quotes, backslashes, last control characters. */
const splats: usize = makeSplats()

/** By byte: 1 may follow a backslash, 2 is a hexadecimal digit, 3 both. */
const escapes: usize = classifyEscapes()

/**
 * Notes for all bytes of a body up to `end`, and the one there, which of them may end a run of plain characters in a string.
 * To be called before anything else here; takes an eighth of the body's size of the memory behind it. `body` is a multiple of 16.
 */
export function noteStops(body: usize, end: usize): void {
  stops = ((end + 64) & ~15) - (body >> 3)
  const quote = v128.load(splats)
  const backslash = v128.load(splats, 16)
  const control = v128.load(splats, 32)
  let all = i8x16.splat(0)
  for (let at = body; at <= end; at += 16) {
    const chunk = v128.load(at)
    all = v128.or(all, chunk)
    const found = v128.or(v128.or(i8x16.eq(chunk, quote), i8x16.eq(chunk, backslash)), i8x16.le_u(chunk, control))
    store<u16>(stops + (at >> 3), i8x16.bitmask(found))
  }
  isPlain = i8x16.bitmask(all) == 0
}

/** Of the body that was noted last: true only if all of it is ASCII. */
export function isAscii(): bool {
  return isPlain
}

/** A bit for each of at least 57 bytes from `at` on, which is 1 for a quote, a backslash or a control character. */
export function stopsFrom(at: usize): u64 {
  return load<u64>(stops + (at >> 3)) >> (at & 7)
}

/** The byte after the closing quote of the string whose first character is at `at`; 0 if an escape or a control character is wrong. */
export function stringEnd(at: usize): usize {
  while (true) {
    const ahead = stopsFrom(at)
    if (ahead == 0) {
      at = (at + 64) & ~7
      continue
    }
    at += <usize>ctz(ahead)
    const byte = load<u8>(at)
    if (byte == QUOTE) return at + 1
    if (byte != BACKSLASH) return 0
    at = escapeEnd(at)
    if (at == 0) return 0
  }
}

/** The byte after the escape at `at`; 0 if it is none. */
function escapeEnd(at: usize): usize {
  const escaped = load<u8>(at + 1)
  if (escaped != 0x75 /* u */) return load<u8>(escapes + escaped) & 1 ? at + 2 : 0
  return isHex(at + 2) && isHex(at + 3) && isHex(at + 4) && isHex(at + 5) ? at + 6 : 0
}

function isHex(at: usize): bool {
  return (load<u8>(escapes + load<u8>(at)) & 2) != 0
}

function makeSplats(): usize {
  const splats = memory.data(48, 16)
  v128.store(splats, i8x16.splat(<i8>QUOTE))
  v128.store(splats, i8x16.splat(<i8>BACKSLASH), 16)
  v128.store(splats, i8x16.splat(0x1f), 32)
  return splats
}

function classifyEscapes(): usize {
  const table = memory.data(256)
  const plain = memory.data<u8>([0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74]) // "\/bfnrt
  for (let index: usize = 0; index < 8; index++) store<u8>(table + load<u8>(plain + index), 1)
  for (let byte: usize = 0; byte < 256; byte++) {
    const isHexDigit = (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66)
    if (isHexDigit) store<u8>(table + byte, load<u8>(table + byte) | 2)
  }
  return table
}
