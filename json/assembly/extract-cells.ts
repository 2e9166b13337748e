/**
 * Cells of the columns: where a value goes, and the flags of the row being read.
 *
 * A column is a record of u32, which the host writes (src/extract-layout.ts):
 *    0 type    4 values    8 validity bits    12 scale    16 leaf
 * `values` are as wide as the type says; those of text are pairs of u32, the address of the text and its length, until
 * `gatherText` has made offsets of them. An address is never 0, so a pair of zeros is no text.
 *
 * A cell that is decided in JavaScript leaves a record of u32: row, leaf, start and end of its token.
 */

export const BOOLEAN: u32 = 0
export const BIGINT: u32 = 1
export const DOUBLE: u32 = 2
export const DECIMAL: u32 = 3
export const TIMESTAMP: u32 = 4
export const DATE: u32 = 5
export const VARCHAR: u32 = 6
export const JSON_TEXT: u32 = 7
export const DISCARD: u32 = 8

/** `rowFlags` of src/extraction.ts. */
export const UNKNOWN: u32 = 1
export const MISFIT: u32 = 2
export const VALUE_TOO_LARGE: u32 = 8
export const DUPLICATE_KEY: u32 = 16
export const SANITIZED: u32 = 32

let row: usize = 0
let flags: u32 = 0
let deferred: usize = 0
let valueBytesMax: usize = 0

export function limitValues(bytesMax: usize): void {
  valueBytesMax = bytesMax
}

/** Records of deferred cells are written from `at` on. */
export function startCells(at: usize): void {
  deferred = at
}

export function deferredEnd(): usize {
  return deferred
}

export function startRow(index: usize): void {
  row = index
  flags = 0
}

export function finishRow(): u32 {
  return flags
}

// @ts-ignore: decorator
@inline
export function raise(flag: u32): void {
  flags |= flag
}

// @ts-ignore: decorator
@inline
export function typeOf(column: usize): u32 {
  return load<u32>(column)
}

// @ts-ignore: decorator
@inline
export function scaleOf(column: usize): i32 {
  return load<i32>(column, 12)
}

export function defer(column: usize, start: usize, end: usize): void {
  store<u32>(deferred, <u32>row)
  store<u32>(deferred, load<u32>(column, 16), 4)
  store<u32>(deferred, <u32>start, 8)
  store<u32>(deferred, <u32>end, 12)
  deferred += 16
}

// @ts-ignore: decorator
@inline
export function setCell<T>(column: usize, value: T): void {
  store<T>(<usize>load<u32>(column, 4) + row * sizeof<T>(), value)
  markValid(<usize>load<u32>(column, 8))
}

// @ts-ignore: decorator
@inline
function markValid(bits: usize): void {
  const at = bits + (row >> 3)
  store<u8>(at, load<u8>(at) | (1 << (<u8>row & 7)))
}

// @ts-ignore: decorator
@inline
export function setText(column: usize, start: usize, end: usize): void {
  if (end - start > valueBytesMax) flags |= VALUE_TOO_LARGE
  else setDecimal(column, start, end)
}

/** A text that no limit applies to. Its validity is marked when the texts are gathered. */
// @ts-ignore: decorator
@inline
export function setDecimal(column: usize, start: usize, end: usize): void {
  const pair = <usize>load<u32>(column, 4) + row * 8
  store<u32>(pair, <u32>start)
  store<u32>(pair, <u32>(end - start), 4)
}

/**
 * Copies the column's texts to `heap` one after the other, and puts the places where they end, counted from `base`, where the pairs
 * were. Writes up to 16 bytes more than it returns.
 */
export function gatherText(column: usize, rowCount: usize, base: u32, heap: usize): usize {
  const pairs = <usize>load<u32>(column, 4)
  const bits = <usize>load<u32>(column, 8)
  let to = heap
  for (let index: usize = 0; index < rowCount; index++) {
    const from = <usize>load<u32>(pairs + index * 8)
    if (from != 0) {
      const length = <usize>load<u32>(pairs + index * 8, 4)
      copyText(to, from, length)
      to += length
      store<u8>(bits + (index >> 3), load<u8>(bits + (index >> 3)) | (1 << (<u8>index & 7)))
    }
    store<u32>(pairs + index * 4, base + <u32>(to - heap))
  }
  return to - heap
}

// @ts-ignore: decorator
@inline
function copyText(to: usize, from: usize, length: usize): void {
  if (length > 256) {
    memory.copy(to, from, length)
    return
  }
  const end = to + length
  do {
    v128.store(to, v128.load(from))
    to += 16
    from += 16
  } while (to < end)
}
