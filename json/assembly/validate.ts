/**
 * Proves JSON and finds the borders of its records: see src/records.ts for what a record is, src/scan-wasm.ts for the host.
 * That all is UTF-8 is the host's to prove. What is not proved here is not explained either: src/scan-js.ts does that.
 *
 * Memory: constants; then from `borders` three arrays of u32, `recordsMax` each: starts, ends (offsets into the body)
 * and lines (0: proved; else the number of the line, or of the record in an array, that is not); then the body; then the bits of `noteStops`,
 * an eighth of its size. The host gives 256 bytes more. For texts.ts the body may be elsewhere, and be written by unescape.ts before.
 */
import { DEPTH_MAX, configureProof, hadKeyFault, proveValue } from './prove'
import { noteStops, stringEnd } from './strings'
import {
  BACKSLASH,
  CARRIAGE_RETURN,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  LINE_FEED,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
} from './tokens'

export { isAscii } from './strings'
export { decodeField, outputEndAddress, unescapeLines, unescapeString } from './unescape'

let eventBytesMax: usize = 0
let recordsMax: u32 = 0

const borders: usize = (__heap_base + 15) & ~15
let body: usize = 0
let count: u32 = 0
let unproved: u32 = 0
let arrayStart: usize = 0
let arrayEnd: usize = 0

export function configure(depth: i32, eventBytes: i32, records: u32, keyBytes: i32, objectKeys: i32): void {
  configureProof(min(depth, DEPTH_MAX), keyBytes, objectKeys)
  eventBytesMax = eventBytes
  recordsMax = records
  body = (borders + <usize>records * 12 + 15) & ~15
}

export function bordersAddress(): usize {
  return borders
}

export function bodyAddress(): usize {
  return body
}

/** Has the next scan be of what is at `at`, a multiple of 16. */
export function moveBody(at: usize): void {
  body = at
}

/** How many records the last scan met that are not proved. */
export function unprovedCount(): u32 {
  return unproved
}

/** The number of records from `offset` to `length`, or -1: the body as a whole is not proved. */
export function scanJson(offset: usize, length: usize): i32 {
  const end = body + length
  store<u8>(end, 0)
  count = 0
  unproved = 0
  noteStops(body, end)
  let at = skipSpace(body + offset)
  if (load<u8>(at) == OPEN_BRACE) at = recordEnd(at)
  else if (load<u8>(at) == OPEN_BRACKET) at = elementsEnd(at)
  else return -1
  return at != 0 && skipSpace(at) == end ? count : -1
}

/**
 * The number of records in the array that is the member of the one object there is, its key's token being the `keyLength` bytes at `key`;
 * -1: something is not proved, or the key is not there, or twice, or one that may be it has an escape.
 */
export function scanMember(offset: usize, length: usize, key: usize, keyLength: usize): i32 {
  const end = body + length
  store<u8>(end, 0)
  count = 0
  unproved = 0
  arrayStart = 0
  noteStops(body, end)
  let at = skipSpace(body + offset)
  if (load<u8>(at) != OPEN_BRACE) return -1
  do {
    const token = skipSpace(at + 1)
    if (load<u8>(token) != QUOTE) return -1
    at = stringEnd(token + 1)
    if (at == 0 || hasEscape(token, at)) return -1
    const isWanted = at - token == keyLength && memory.compare(token, key, keyLength) == 0
    at = skipSpace(at)
    if (load<u8>(at) != COLON) return -1
    at = skipSpace(at + 1)
    if (isWanted) {
      if (arrayStart != 0 || load<u8>(at) != OPEN_BRACKET) return -1
      arrayStart = at
      at = elementsEnd(at)
      arrayEnd = at
    } else at = proveValue(at)
    if (at == 0) return -1
    at = skipSpace(at)
  } while (load<u8>(at) == COMMA)
  return load<u8>(at) == CLOSE_BRACE && skipSpace(at + 1) == end && arrayStart != 0 ? count : -1
}

/** Offsets of the array that `scanMember` found. */
export function arrayStartOffset(): usize {
  return arrayStart - body
}

export function arrayEndOffset(): usize {
  return arrayEnd - body
}

function hasEscape(at: usize, end: usize): bool {
  while (at < end) if (load<u8>(at++) == BACKSLASH) return true
  return false
}

/** The number of records from `offset` to `length`, or -1: there are more than `recordsMax`. Overwrites the line feeds. */
export function scanNdjson(offset: usize, length: usize): i32 {
  const end = body + length
  store<u8>(end, LINE_FEED)
  count = 0
  unproved = 0
  noteStops(body, end)
  let line: u32 = 0
  let at = body + offset
  while (at < end) {
    line++
    const lineEnd = lineFeed(at)
    store<u8>(lineEnd, 0)
    const start = skipSpace(at)
    if (start < lineEnd) {
      if (count == recordsMax) return -1
      const valueEnd = load<u8>(start) == OPEN_BRACE ? proveValue(start) : 0
      if (valueEnd != 0 && skipSpace(valueEnd) == lineEnd && isWithinLimits(start, valueEnd))
        addRecord(start, valueEnd, 0)
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

function isWithinLimits(start: usize, end: usize): bool {
  return !hadKeyFault() && end - start <= eventBytesMax
}

function addRecord(start: usize, end: usize, line: u32): void {
  const border = borders + <usize>count * 4
  const stride = <usize>recordsMax * 4
  store<u32>(border, <u32>(start - body))
  store<u32>(border + stride, <u32>(end - body))
  store<u32>(border + 2 * stride, line)
  if (line != 0) unproved++
  count++
}

/** The first line feed at or after `at`; there is one. */
function lineFeed(at: usize): usize {
  while (true) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(<i8>LINE_FEED)))
    if (found != 0) return at + ctz(found)
    at += 16
  }
}
