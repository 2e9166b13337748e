/**
 * Reads JSON objects that are proved into columns, in one pass along the trie of a mapping's leaves: see src/extraction.ts for what
 * that means, src/extract-wasm.ts for the host, which lays all memory out. Here is the way through a row: objects, keys, values.
 */
import {
  BOOLEAN, DATE, DISCARD, DUPLICATE_KEY, JSON_TEXT, MISFIT, TIMESTAMP, UNKNOWN, VARCHAR,
  deferredEnd, finishRow, limitValues, raise, setCell, setText, startCells, startRow, typeOf,
} from './extract-cells'
import { columnOf, findKey, firstOf, indexNodes, isKeyOf, keyLength, keyQuote, nextOf, wasSeen } from './extract-keys'
import { numberEnd, readNumber } from './extract-numbers'
import { containerEnd, passedEscape, sanitizeEscapes, stringEnd, stringStop, unescapeKey, unescapeText, unescapedQuote } from './extract-strings'
import { NO_TIME, readDate, readTimestamp } from './extract-times'
import { CLOSE_BRACE, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE, skipSpace } from './tokens'

export { gatherText } from './extract-cells'
export { powersAddress } from './extract-doubles'

const DEPTH_MAX = 1024

/** For each object around the one being read: its node, and where its next key is predicted. */
const frames: usize = memory.data(8 * DEPTH_MAX, 16)

let root: usize = 0
let depthMax: usize = 0
/** Counts rows, so that each has a stamp of its own. */
let stamp: u32 = 0

/** The first address that is free for the host's tables. */
export function freeAddress(): usize {
  return (__heap_base + 63) & ~63
}

/** The host has written nodes, columns and zeroed slots for `slotMask + 1` nodes. */
export function configure(
  nodes: usize, nodeCount: usize, slots: usize, slotMask: usize, seed: u64, depth: usize, valueBytesMax: usize,
): void {
  root = nodes
  depthMax = depth
  limitValues(valueBytesMax)
  indexNodes(nodes, nodeCount, slots, slotMask, seed)
}

/**
 * Reads the rows that start at the offsets `starts` from `input`, into columns that the host has zeroed, and their flags into `flags`.
 * Returns how many bytes of records for deferred cells are in `deferred`.
 */
export function readRows(input: usize, starts: usize, rowCount: usize, flags: usize, deferred: usize): usize {
  startCells(deferred)
  for (let row: usize = 0; row < rowCount; row++) {
    stamp++
    startRow(row)
    readObject(input + <usize>load<u32>(starts + row * 4))
    store<u8>(flags + row, finishRow())
  }
  return deferredEnd() - deferred
}

/** Reads the object that opens at `at`, and all in it. An object or key that the trie does not know has node 0. */
function readObject(at: usize): void {
  let frame = frames
  const lastFrame = frames + (depthMax - 1) * 8
  let object = root
  let predicted = firstOf(root)
  at = skipSpace(at + 1)
  if (load<u8>(at) == CLOSE_BRACE) return
  while (true) {
    at++ // the quote
    let node: usize = 0
    if (object != 0) {
      node = <usize>load<u32>(predicted)
      if (node != 0 && isKeyOf(node, at)) {
        at += keyLength(node) + 1
      } else {
        node = findKey(object, at)
        at = keyQuote() + 1
        if (node != 0) store<u32>(predicted, <u32>node)
      }
      if (node != 0) {
        predicted = nextOf(node)
        if (wasSeen(node, stamp)) raise(DUPLICATE_KEY)
      }
    } else {
      at = stringEnd(at) + 1
    }

    at = skipSpace(skipSpace(at) + 1) // the colon
    const byte = load<u8>(at)
    if (byte == OPEN_BRACE && frame < lastFrame) {
      store<u32>(frame, <u32>object)
      store<u32>(frame, <u32>predicted, 4)
      frame += 8
      object = node
      predicted = firstOf(node)
      at = skipSpace(at + 1)
      if (load<u8>(at) == QUOTE) continue
    } else {
      at = readValue(node, at, byte)
    }

    // A value has ended: close what ends with it, up to the next key.
    while (true) {
      at = skipSpace(at)
      if (load<u8>(at++) == COMMA) break
      if (frame == frames) return
      frame -= 8
      object = <usize>load<u32>(frame)
      predicted = <usize>load<u32>(frame, 4)
    }
    at = skipSpace(at)
  }
}

/** Puts the value at `at` where its node wants it, and returns the byte after it. */
// @ts-ignore: decorator
@inline
function readValue(node: usize, at: usize, byte: u8): usize {
  if (byte == 0x6e /* null */) return at + 4
  const column = node != 0 ? columnOf(node) : 0
  if (column == 0) {
    raise(UNKNOWN)
    return valueEnd(at, byte)
  }
  if (byte == QUOTE) return readString(column, at)
  if (byte <= 0x39) return typeOf(column) == DISCARD ? numberEnd(at) : readNumber(column, at)
  if (byte == OPEN_BRACKET || byte == OPEN_BRACE) return readContainer(column, at)
  return readFlag(column, at, byte == 0x74 /* true */)
}

function valueEnd(at: usize, byte: u8): usize {
  if (byte == QUOTE) return stringEnd(at + 1) + 1
  if (byte <= 0x39) return numberEnd(at)
  if (byte == OPEN_BRACKET || byte == OPEN_BRACE) return containerEnd(at)
  return at + (byte == 0x66 /* false */ ? 5 : 4)
}

// @ts-ignore: decorator
@inline
function readString(column: usize, at: usize): usize {
  const type = typeOf(column)
  if (type == VARCHAR) {
    const stop = stringStop(at + 1)
    if (load<u8>(stop) == QUOTE) {
      setText(column, at + 1, stop)
      return stop + 1
    }
    setText(column, at + 1, unescapeText(stop))
    return unescapedQuote() + 1
  }
  if (type == TIMESTAMP || type == DATE) return readTime(column, at)
  const end = stringEnd(at + 1) + 1
  if (type == JSON_TEXT) setJson(column, at, end)
  else if (type != DISCARD) raise(MISFIT)
  return end
}

function readTime(column: usize, at: usize): usize {
  const quote = stringEnd(at + 1)
  const end = passedEscape() ? unescapeTime(at + 1) : quote
  if (typeOf(column) == TIMESTAMP) {
    const micros = readTimestamp(at + 1, end)
    if (micros == NO_TIME) raise(MISFIT)
    else setCell<i64>(column, micros)
  } else {
    const days = end - at == 11 ? readDate(at + 1) : NO_TIME
    if (days == NO_TIME) raise(MISFIT)
    else setCell<i32>(column, <i32>days)
  }
  return quote + 1
}

/** Its lone surrogates, which are no part of any time, are kept, so that they raise no flag. */
function unescapeTime(at: usize): usize {
  return unescapeKey(stringStop(at))
}

function readContainer(column: usize, at: usize): usize {
  const end = containerEnd(at)
  const type = typeOf(column)
  if (type == JSON_TEXT) setJson(column, at, end)
  else if (type != DISCARD) raise(MISFIT)
  return end
}

function setJson(column: usize, start: usize, end: usize): void {
  if (passedEscape()) sanitizeEscapes(start, end)
  setText(column, start, end)
}

function readFlag(column: usize, at: usize, isTrue: bool): usize {
  const end = at + (isTrue ? 4 : 5)
  const type = typeOf(column)
  if (type == BOOLEAN) setCell<u8>(column, isTrue ? 1 : 0)
  else if (type == VARCHAR || type == JSON_TEXT) setText(column, at, end)
  else if (type != DISCARD) raise(MISFIT)
  return end
}
