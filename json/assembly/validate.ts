/**
 * Proves JSON and finds the borders of its records: see src/records.ts for what a record is, src/scan-wasm.ts for the host.
 * That all is UTF-8 is the host's to prove. What is not proved here is not explained either: src/scan-js.ts does that.
 *
 * Memory: constants and `frames`; then from `borders` three arrays of u32, `recordsMax` each: starts, ends (offsets into the body)
 * and lines (0: proved; else the number of the line, or of the record in an array, that is not); then the body; then the bits of `noteStops`,
 * an eighth of its size. The host gives 256 bytes more.
 */
import { literalEnd, numberEnd } from './scalars'
import { noteStops, stopsFrom, stringEnd } from './strings'
import {
  CARRIAGE_RETURN,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  LINE_FEED,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  isNumberStart,
  skipSpace,
} from './tokens'

const DEPTH_MAX = 1024
const QUOTE_COLON: u16 = 0x3a22
const QUOTE_COMMA: u16 = 0x2c22

/** From the second on: for each open object the number of its keys so far, for each open array -1. */
const frames: usize = memory.data(4 * (DEPTH_MAX + 1), 16)

let depthMax: i32 = 0
let eventBytesMax: usize = 0
let recordsMax: u32 = 0
let keyBytesMax: usize = 0
let objectKeysMax: i32 = 0

const borders: usize = (__heap_base + 15) & ~15
let body: usize = 0
let count: u32 = 0
let unproved: u32 = 0
/** Whether the value proved last has a key that is too long, or too many of them. */
let hasKeyFault: bool = false

export function configure(depth: i32, eventBytes: i32, records: u32, keyBytes: i32, objectKeys: i32): void {
  depthMax = min(depth, DEPTH_MAX)
  eventBytesMax = eventBytes
  recordsMax = records
  keyBytesMax = keyBytes
  objectKeysMax = objectKeys
  body = (borders + <usize>records * 12 + 15) & ~15
}

export function bordersAddress(): usize {
  return borders
}

export function bodyAddress(): usize {
  return body
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
  return !hasKeyFault && end - start <= eventBytesMax
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

/** The end of the value at `at`; 0 if it is no JSON or too deep. */
function proveValue(at: usize): usize {
  let frame = frames // of the innermost object or array
  const lastFrame = frames + <usize>depthMax * 4
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
        frame += 4
        store<i32>(frame, 0)
        at = valueOfMember(at, frame)
        if (at == 0) return 0
        continue
      }
    } else if (byte == OPEN_BRACKET) {
      if (frame == lastFrame) return 0
      at = skipSpace(at + 1)
      if (load<u8>(at) == CLOSE_BRACKET) {
        at++
      } else {
        frame += 4
        store<i32>(frame, -1)
        continue
      }
    } else {
      at = isNumberStart(byte) ? numberEnd(at, byte) : literalEnd(at, byte)
      if (at == 0) return 0
    }

    // A value has ended: close what ends with it, up to the next value.
    while (true) {
      if (frame == frames) return at
      const isObject = load<i32>(frame) > 0
      at = skipSpace(at)
      const next = load<u8>(at)
      if (next == COMMA) {
        at = skipSpace(at + 1)
        if (!isObject) break
        at = valueOfMember(at, frame)
        if (at == 0) return 0
        break
      }
      if (next != (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) return 0
      at++
      frame -= 4
    }
  }
}

/**
 * The value of the member whose key is at `at`, or of a later one: members that are numbers or plain text, which are most, are
 * passed over right here if another follows. 0 if something is no member.
 */
function valueOfMember(at: usize, frame: usize): usize {
  let keys = load<i32>(frame)
  while (true) {
    if (load<u8>(at) != QUOTE) return 0
    keys++
    const first = at + 1
    let ahead = stopsFrom(first)
    let close = first + <usize>ctz(ahead)
    if (ahead != 0 && load<u16>(close) == QUOTE_COLON) {
      at = close + 2
    } else {
      ahead = 0 // what follows is not where it is looked for below
      at = stringEnd(first)
      if (at == 0) return 0
      close = at - 1
      at = skipSpace(at)
      if (load<u8>(at) != COLON) return 0
      at = skipSpace(at + 1)
    }
    if (close - first > keyBytesMax) hasKeyFault = true

    const byte = load<u8>(at)
    if (byte == QUOTE) {
      ahead &= ahead - 1 // without the key's closing quote,
      ahead &= ahead - 1 // and without the opening one here: what comes next ends the text
      const end = first + <usize>ctz(ahead)
      if (ahead == 0 || load<u16>(end) != QUOTE_COMMA) break
      at = skipSpace(end + 2)
    } else {
      if (!isNumberStart(byte)) break
      const end = numberEnd(at, byte)
      if (end == 0) return 0
      if (load<u8>(end) != COMMA) break
      at = skipSpace(end + 1)
    }
  }
  if (keys > objectKeysMax) hasKeyFault = true
  store<i32>(frame, keys)
  return skipSpace(at)
}

/** The first line feed at or after `at`; there is one. */
function lineFeed(at: usize): usize {
  while (true) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(<i8>LINE_FEED)))
    if (found != 0) return at + ctz(found)
    at += 16
  }
}
