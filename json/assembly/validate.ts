/**
 * Proves JSON and finds the borders of its records: see src/records.ts for what a record is, src/scan-wasm.ts for the host.
 * That all is UTF-8 is the host's to prove. What is not proved here is not explained either: src/scan-js.ts does that.
 *
 * Memory: constants and `frames`; then from `borders` three arrays of u32, `recordsMax` each: starts, ends (offsets into the body)
 * and lines (0: proved; else the number of the line, or of the record in an array, that is not); then the body, then 16 bytes to spare.
 */
import {
  BACKSLASH, CARRIAGE_RETURN, CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, LINE_FEED, MINUS, OPEN_BRACE, OPEN_BRACKET, PLUS, POINT, QUOTE, ZERO,
  skipSpace,
} from './tokens'

const DEPTH_MAX = 1024

/** For each open object the number of its keys so far, for each open array -1. */
const frames: usize = memory.data(4 * (DEPTH_MAX + 1), 16)

/** 1: may follow a backslash; 2: a hexadecimal digit; 3: both. */
const escapes: usize = classifyEscapes()

let depthMax: i32 = 0
let eventBytesMax: usize = 0
let recordsMax: i32 = 0
let keyBytesMax: usize = 0
let objectKeysMax: i32 = 0

const borders: usize = (__heap_base + 15) & ~15
let body: usize = 0
let count: i32 = 0
let unproved: i32 = 0
/** Whether the value proved last has a key that is too long, or too many of them. */
let hasKeyFault: bool = false

export function configure(depth: i32, eventBytes: i32, records: i32, keyBytes: i32, objectKeys: i32): void {
  depthMax = min(depth, DEPTH_MAX)
  eventBytesMax = eventBytes
  recordsMax = records
  keyBytesMax = keyBytes
  objectKeysMax = objectKeys
  body = (borders + 12 * <usize>records + 15) & ~15
}

export function bordersAddress(): usize {
  return borders
}

export function bodyAddress(): usize {
  return body
}

/** How many records the last scan met that are not proved. */
export function unprovedCount(): i32 {
  return unproved
}

/** The number of records from `offset` to `length`, or -1: the body as a whole is not proved. */
export function scanJson(offset: usize, length: usize): i32 {
  const end = body + length
  store<u8>(end, 0)
  count = 0
  unproved = 0
  let at = skipSpace(body + offset)
  if (load<u8>(at) == OPEN_BRACE) at = recordEnd(at)
  else if (load<u8>(at) == OPEN_BRACKET) at = elementsEnd(at)
  else return -1
  return at != 0 && skipSpace(at) == end ? count : -1
}

/** The number of records from `offset` to `length`, or -1: there are more than `recordsMax`. Overwrites the line feeds. */
export function scanNdjson(offset: usize, length: usize): i32 {
  const end = body + length
  store<u8>(end, LINE_FEED)
  count = 0
  unproved = 0
  let line = 0
  let at = body + offset
  while (at < end) {
    line++
    const lineEnd = lineFeed(at)
    store<u8>(lineEnd, 0)
    const start = skipSpace(at)
    if (start < lineEnd) {
      if (count == recordsMax) return -1
      const valueEnd = load<u8>(start) == OPEN_BRACE ? proveValue(start) : 0
      if (valueEnd != 0 && skipSpace(valueEnd) == lineEnd && isWithinLimits(start, valueEnd)) addRecord(start, valueEnd, 0)
      else addRecord(at, load<u8>(lineEnd - 1) == CARRIAGE_RETURN ? lineEnd - 1 : lineEnd, line)
    }
    at = lineEnd + 1
  }
  return count
}

/** The end of the array that opens at `at`, each element a record; 0 if it is not proved. */
function elementsEnd(at: usize): usize {
  at = skipSpace(at + 1)
  if (load<u8>(at) == CLOSE_BRACKET) return at + 1
  while (true) {
    at = recordEnd(at)
    if (at == 0) return 0
    at = skipSpace(at)
    if (load<u8>(at) == CLOSE_BRACKET) return at + 1
    if (load<u8>(at) != COMMA) return 0
    at = skipSpace(at + 1)
  }
}

/** The end of the record at `at`; 0 if it is not proved, or one too many. */
function recordEnd(at: usize): usize {
  if (count == recordsMax) return 0
  const end = proveValue(at)
  if (end == 0) return 0
  const isProved = load<u8>(at) == OPEN_BRACE && isWithinLimits(at, end)
  addRecord(at, end, isProved ? 0 : count + 1)
  return end
}

// @ts-ignore: decorator
@inline
function isWithinLimits(start: usize, end: usize): bool {
  return !hasKeyFault && end - start <= eventBytesMax
}

function addRecord(start: usize, end: usize, line: i32): void {
  const border = borders + 4 * <usize>count
  const stride = 4 * <usize>recordsMax
  store<u32>(border, <u32>(start - body))
  store<u32>(border + stride, <u32>(end - body))
  store<u32>(border + 2 * stride, line)
  if (line != 0) unproved++
  count++
}

/** The end of the value at `at`; 0 if it is no JSON or too deep. */
function proveValue(at: usize): usize {
  let frame = frames // past the last one in use
  const lastFrame = frames + 4 * <usize>depthMax
  let keys = -1 // of the innermost object; -1 in an array
  hasKeyFault = false
  while (true) {
    const byte = load<u8>(at)
    if (byte == QUOTE) {
      at = stringEnd(at + 1)
      if (at == 0) return 0
    } else if (byte == OPEN_BRACE) {
      if (frame == lastFrame) return 0
      at = skipSpace(at + 1)
      if (load<u8>(at) == CLOSE_BRACE) {
        at++
      } else {
        store<i32>(frame, keys)
        frame += 4
        keys = 1
        at = keyEnd(at, 1)
        if (at == 0) return 0
        continue
      }
    } else if (byte == OPEN_BRACKET) {
      if (frame == lastFrame) return 0
      at = skipSpace(at + 1)
      if (load<u8>(at) == CLOSE_BRACKET) {
        at++
      } else {
        store<i32>(frame, keys)
        frame += 4
        keys = -1
        continue
      }
    } else {
      at = byte == MINUS || isDigit(byte) ? numberEnd(at, byte) : literalEnd(at, byte)
      if (at == 0) return 0
    }

    // A value has ended: close what ends with it, up to the next value.
    while (true) {
      if (frame == frames) return at
      at = skipSpace(at)
      const next = load<u8>(at)
      if (next == COMMA) {
        at = skipSpace(at + 1)
        if (keys < 0) break
        at = keyEnd(at, ++keys)
        if (at == 0) return 0
        break
      }
      if (next != (keys < 0 ? CLOSE_BRACKET : CLOSE_BRACE)) return 0
      at++
      frame -= 4
      keys = load<i32>(frame)
    }
  }
}

/** The value after the key at `at`, the `ordinal`th of its object; 0 if there is no key and colon. */
// @ts-ignore: decorator
@inline
function keyEnd(at: usize, ordinal: i32): usize {
  if (load<u8>(at) != QUOTE) return 0
  const end = stringEnd(at + 1)
  if (end == 0) return 0
  if (end - at - 2 > keyBytesMax || ordinal > objectKeysMax) hasKeyFault = true
  const colon = skipSpace(end)
  return load<u8>(colon) == COLON ? skipSpace(colon + 1) : 0
}

/** The byte after the closing quote of the string whose first character is at `at`; 0 if an escape or a control character is wrong. */
function stringEnd(at: usize): usize {
  while (true) {
    const chunk = v128.load(at)
    const stops = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(chunk, i8x16.splat(<i8>QUOTE)), i8x16.eq(chunk, i8x16.splat(<i8>BACKSLASH))),
        i8x16.le_u(chunk, i8x16.splat(0x1f)),
      ),
    )
    if (stops == 0) {
      at += 16
      continue
    }
    at += ctz(stops)
    const byte = load<u8>(at)
    if (byte == QUOTE) return at + 1
    if (byte != BACKSLASH) return 0
    const escaped = load<u8>(at + 1)
    if (escaped == 0x75 /* u */) {
      if (!isHex(at + 2) || !isHex(at + 3) || !isHex(at + 4) || !isHex(at + 5)) return 0
      at += 6
    } else {
      if (!(load<u8>(escapes + escaped) & 1)) return 0
      at += 2
    }
  }
}

function numberEnd(at: usize, byte: u8): usize {
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

// @ts-ignore: decorator
@inline
function digitsEnd(at: usize): usize {
  while (isDigit(load<u8>(at))) at++
  return at
}

function literalEnd(at: usize, byte: u8): usize {
  const word = load<u32>(at)
  if (word == 0x65757274 /* true */ || word == 0x6c6c756e /* null */) return at + 4
  return byte == 0x66 /* f */ && load<u32>(at + 1) == 0x65736c61 /* alse */ ? at + 5 : 0
}

// @ts-ignore: decorator
@inline
function isDigit(byte: u8): bool {
  return <u8>(byte - ZERO) <= 9
}

// @ts-ignore: decorator
@inline
function isHex(at: usize): bool {
  return (load<u8>(escapes + load<u8>(at)) & 2) != 0
}

/** The first line feed at or after `at`; there is one. */
function lineFeed(at: usize): usize {
  while (true) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(<i8>LINE_FEED)))
    if (found != 0) return at + ctz(found)
    at += 16
  }
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
