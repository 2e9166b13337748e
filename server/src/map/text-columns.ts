/** Columns of texts: which values are too long, and the same columns with values cut or left out. */
import type { ExtractedColumn } from '@millrace/json/extraction'
import type { TextValues } from '../rows.ts'

export function isValid({ valid }: ExtractedColumn, row: number): boolean {
  return ((valid[row >> 3]! >> (row & 7)) & 1) === 1
}

/** Rows with more characters (code points) than `most`. */
export function textsBeyond({ offsets, bytes }: TextValues, most: number): number[] {
  const rows: number[] = []
  for (let row = 0; row + 1 < offsets.length; row++) {
    const [start, end] = [offsets[row]!, offsets[row + 1]!]
    if (end - start > most && endOf(bytes, start, end, most) < end) rows.push(row)
  }
  return rows
}

/** Where so many characters of the UTF-8 `bytes[start .. end)` end. */
function endOf(bytes: Uint8Array, start: number, end: number, characters: number): number {
  let left = characters
  for (let at = start; at < end; at++) {
    const beginsCharacter = (bytes[at]! & 0xc0) !== 0x80
    if (beginsCharacter && left-- === 0) return at
  }
  return end
}

/** Rows whose decimal has more digits before the point than `most`. */
export function decimalsBeyond({ offsets, bytes }: TextValues, most: number): number[] {
  const rows: number[] = []
  for (let row = 0; row + 1 < offsets.length; row++) {
    const start = offsets[row]! + (bytes[offsets[row]!] === MINUS ? 1 : 0)
    let end = start
    while (end < offsets[row + 1]! && bytes[end] !== POINT) end++
    const isZero = end - start === 1 && bytes[start] === ZERO
    if (end - start > most && !isZero) rows.push(row)
  }
  return rows
}

/** The column, of each of the rows no more than so many characters. */
export function cutTexts(column: ExtractedColumn, rows: readonly number[], characters: number): ExtractedColumn {
  const { offsets, bytes } = column.values as TextValues
  return withEnds(column, new Map(rows.map((row) => [row, endOf(bytes, offsets[row]!, offsets[row + 1]!, characters)])))
}

/** The column with nulls in the rows. */
export function withoutValues(column: ExtractedColumn, rows: readonly number[]): ExtractedColumn {
  const { offsets } = column.values as TextValues
  const valid = column.valid.slice()
  for (const row of rows) valid[row >> 3]! &= ~(1 << (row & 7))
  return { ...withEnds(column, new Map(rows.map((row) => [row, offsets[row]!]))), valid }
}

/** The column, its texts without their first and their last character, which are one byte each. */
export function unbracketed({ valid, values }: ExtractedColumn): ExtractedColumn {
  const { offsets, bytes } = values as TextValues
  const shorter = new Uint32Array(offsets.length)
  const kept = new Uint8Array(bytes.length)
  let length = 0
  for (let row = 0; row + 1 < offsets.length; row++) {
    const [start, end] = [offsets[row]!, offsets[row + 1]!]
    if (end > start) {
      kept.set(bytes.subarray(start + 1, end - 1), length)
      length += end - start - 2
    }
    shorter[row + 1] = length
  }
  return { valid, values: { offsets: shorter, bytes: kept.subarray(0, length) } }
}

/** The column with some texts ending earlier. */
function withEnds(column: ExtractedColumn, ends: ReadonlyMap<number, number>): ExtractedColumn {
  const { offsets, bytes } = column.values as TextValues
  const cutOffsets = new Uint32Array(offsets.length)
  const cutBytes = new Uint8Array(bytes.length)
  let length = 0
  for (let row = 0; row + 1 < offsets.length; row++) {
    const text = bytes.subarray(offsets[row]!, ends.get(row) ?? offsets[row + 1]!)
    cutBytes.set(text, length)
    length += text.length
    cutOffsets[row + 1] = length
  }
  return { ...column, values: { offsets: cutOffsets, bytes: cutBytes.subarray(0, length) } }
}

const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
