/** One leaf's column of the extractor in JavaScript: how a value in JSON becomes a cell of each type, and which flags that raises. */
import { ByteHeap, newFixedValues, newValidity } from './extract-columns.ts'
import { type ExtractedColumn, type Leaf, rowFlags } from './extraction.ts'
import { isNumberInRange, readBigint, readDate, readDecimalText, readDouble, readTimestamp } from './scalar.ts'
import { decodeString } from './walk.ts'

export type ValueKind = 'string' | 'number' | 'true' | 'false' | 'container'

export interface CellColumn {
  /** Rows come in ascending order; of two values for one row the last stays. @returns the flags that the value raises. */
  set(row: number, kind: ValueKind, payload: Uint8Array, start: number, end: number): number
  finish(): ExtractedColumn
}

/** Undefined for a leaf that is not kept. */
export function openCellColumn(leaf: Leaf, rowCount: number, valueBytesMax: number): CellColumn | undefined {
  if (leaf.type === 'DISCARD') return undefined
  const fixed = openFixedColumn(leaf, rowCount)
  return fixed ?? openTextColumn(leaf, rowCount, valueBytesMax)
}

/** How a token of one kind becomes a value; undefined where it is none. */
type Read<T> = (token: string) => T | undefined

function openFixedColumn(leaf: Leaf, rowCount: number): CellColumn | undefined {
  const values = newFixedValues(leaf.type, rowCount)
  if (!values) return undefined
  const valid = newValidity(rowCount)
  const store = values as { [row: number]: number | bigint }
  const reads: { readonly [kind in ValueKind]?: Read<number | bigint> } = {
    ...(leaf.type === 'BOOLEAN' && { true: () => 1, false: () => 0 }),
    ...(leaf.type === 'BIGINT' && { number: readBigint }),
    ...(leaf.type === 'DOUBLE' && { number: readDouble }),
    ...(leaf.type === 'DATE' && { string: readDate }),
    ...(leaf.type === 'TIMESTAMP' && { string: readTimestamp }),
  }
  return {
    set(row, kind, payload, start, end) {
      const token = tokenText(kind, payload, start, end)
      const value = reads[kind]?.(token)
      if (value === undefined) return rowFlags.misfit | rangeFlag(kind, token)
      valid[row >> 3]! |= 1 << (row & 7)
      store[row] = value
      return 0
    },
    finish: () => ({ valid, values }),
  }
}

function openTextColumn(leaf: Leaf, rowCount: number, valueBytesMax: number): CellColumn {
  const text = new TextCells(rowCount)
  const readText = leaf.type === 'JSON' ? jsonText : leaf.type === 'VARCHAR' ? varcharText : undefined
  return {
    set(row, kind, payload, start, end) {
      const range = kind === 'number' ? rangeFlag(kind, tokenText(kind, payload, start, end)) : 0
      if (!readText) {
        const decimal = kind === 'number' && readDecimalText(tokenText(kind, payload, start, end), leaf.scale!)
        if (!decimal) return range | rowFlags.misfit
        text.set(row, utf8.encode(decimal))
        return range
      }
      if (kind === 'container' && leaf.type === 'VARCHAR') return rowFlags.misfit
      const { bytes, isSanitized } = readText(kind, payload, start, end)
      const flags = range | (isSanitized ? rowFlags.sanitized : 0)
      if (bytes.length > valueBytesMax) return flags | rowFlags.valueTooLarge
      text.set(row, bytes)
      return flags
    },
    finish: () => text.finish(),
  }
}

interface Text {
  readonly bytes: Uint8Array
  readonly isSanitized: boolean
}

/** A string's text, any other token as it is. */
function varcharText(kind: ValueKind, payload: Uint8Array, start: number, end: number): Text {
  if (kind !== 'string') return { bytes: payload.subarray(start, end), isSanitized: false }
  const written = payload.subarray(start + 1, end - 1)
  if (!written.includes(BACKSLASH)) return { bytes: written, isSanitized: false }
  const text = decodeString(payload, start, end)
  return { bytes: utf8.encode(text), isSanitized: !text.isWellFormed() } // encoding makes a lone surrogate U+FFFD
}

/** The value as it came; an escaped lone surrogate, which no database would take, becomes the escape of U+FFFD, in the same space. */
function jsonText(_kind: ValueKind, payload: Uint8Array, start: number, end: number): Text {
  const bytes = payload.subarray(start, end)
  if (!bytes.includes(BACKSLASH)) return { bytes, isSanitized: false }
  const text = latin1.decode(bytes) // each byte a character: only ASCII is looked at
  const sane = text.replace(escapePattern, (match: string) => (loneSurrogatePattern.test(match) ? '\\ufffd' : match))
  return sane === text ? { bytes, isSanitized: false } : { bytes: Buffer.from(sane, 'latin1'), isSanitized: true }
}

/** One escape, or two that are a pair of surrogates. */
const escapePattern = /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\./g
const loneSurrogatePattern = /^\\u[dD][89a-fA-F][0-9a-fA-F]{2}$/

/** Text of a row is set in one piece, whatever was set for it before. */
class TextCells {
  readonly #valid: Uint8Array
  readonly #offsets: Uint32Array
  readonly #heap = new ByteHeap(1024)
  /** The last row that has a text; offsets behind it are not filled in yet. */
  #row = -1

  constructor(rowCount: number) {
    this.#valid = newValidity(rowCount)
    this.#offsets = new Uint32Array(rowCount + 1)
  }

  set(row: number, bytes: Uint8Array): void {
    if (row === this.#row) this.#heap.length = this.#offsets[row]!
    else this.#offsets.fill(this.#heap.length, this.#row + 1, row + 1)
    this.#row = row
    this.#heap.append(bytes)
    this.#valid[row >> 3]! |= 1 << (row & 7)
  }

  finish(): ExtractedColumn {
    this.#offsets.fill(this.#heap.length, this.#row + 1)
    return { valid: this.#valid, values: { offsets: this.#offsets, bytes: this.#heap.bytes() } }
  }
}

/** A string decoded, any other token as it is written; nothing of an array or object, which no caller needs. */
function tokenText(kind: ValueKind, payload: Uint8Array, start: number, end: number): string {
  if (kind === 'string') return decodeString(payload, start, end)
  return kind === 'container' ? '' : latin1.decode(payload.subarray(start, end))
}

function rangeFlag(kind: ValueKind, token: string): number {
  return kind === 'number' && !isNumberInRange(token) ? rowFlags.numberRange : 0
}

const BACKSLASH = 0x5c
const utf8 = new TextEncoder()
const latin1 = {
  decode: (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'),
}
