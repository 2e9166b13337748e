/**
 * Copies columns of a RowBatch into DuckDB's vectors, 2,048 rows at a time.
 *
 * Numbers are laid out alike on both sides and are copied as they are, validity bits too. A text is a record of 16 bytes:
 *
 *   u32   length
 *   then  up to 12 bytes of text, padded with 0                    where it is that short
 *   or    the first 4 bytes, and the address of the whole text     where it is longer
 *
 * The fast way gives the vector a column's texts as one string, reads back the address it got, makes the records by counting
 * on from there, and copies them all at once; the plain way asks DuckDB to make each. `row-source.ts` tests the fast one first.
 */
import duckdb from '@duckdb/node-bindings'
import type { ColumnData, ColumnType, ColumnValues, RowBatch, TextValues } from '../../../rows.ts'
import { decimalDigits } from './decimals.ts'

/** Rows that a vector holds. */
export const vectorRows = 2048

export type FillTexts = (vector: duckdb.Vector, texts: TextValues, from: number, count: number) => void

/** Fills a chunk with `count` rows from row `from`, a multiple of {@link vectorRows}. */
export function fillChunk(chunk: duckdb.DataChunk, batch: RowBatch, from: number, count: number, fillTexts: FillTexts) {
  duckdb.data_chunk_set_size(chunk, count)
  for (const [index, { type }] of batch.table.columns.entries()) {
    const vector = duckdb.data_chunk_get_vector(chunk, index)
    const { valid, values } = batch.columns[index]!
    fillValidity(vector, valid, from, count)
    if (!isTexts(values)) copyNumbers(vector, values, from, count)
    else if (type.startsWith('DECIMAL')) fillDecimals(vector, scaleOf(type), { valid, values }, from, count)
    else fillTexts(vector, values, from, count)
  }
}

function isTexts(values: ColumnValues): values is TextValues {
  return 'offsets' in values
}

function scaleOf(type: ColumnType): number {
  return Number(type.slice('DECIMAL(38,'.length, -1))
}

function fillValidity(vector: duckdb.Vector, valid: Uint8Array, from: number, count: number): void {
  const start = from >> 3
  const bytes = Math.ceil(count / 8)
  if (count % 8 === 0 && areAllValid(valid, start, start + bytes)) return
  duckdb.vector_ensure_validity_writable(vector)
  duckdb.copy_data_to_vector_validity(vector, 0, valid.buffer as ArrayBuffer, valid.byteOffset + start, bytes)
}

function areAllValid(valid: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (valid[at] !== 0xff) return false
  return true
}

function copyNumbers(vector: duckdb.Vector, values: Exclude<ColumnValues, TextValues>, from: number, count: number) {
  const width = values.BYTES_PER_ELEMENT
  duckdb.copy_data_to_vector(vector, 0, values.buffer as ArrayBuffer, values.byteOffset + from * width, count * width)
}

/** A decimal is its digits without the point, in 128 bits, low half first. */
function fillDecimals(
  vector: duckdb.Vector,
  scale: number,
  { valid, values }: ColumnData & { values: TextValues },
  from: number,
  count: number,
): void {
  const halves = new BigInt64Array(count * 2)
  for (let row = 0; row < count; row++) {
    const at = from + row
    if ((valid[at >> 3]! & (1 << (at & 7))) === 0) continue
    const digits = decimalDigits(values.bytes, values.offsets[at]!, values.offsets[at + 1]!, scale)
    halves[row * 2] = digits
    halves[row * 2 + 1] = digits >> 64n
  }
  duckdb.copy_data_to_vector(vector, 0, halves.buffer, 0, halves.byteLength)
}

export const fillTextsPlainly: FillTexts = (vector, { offsets, bytes }, from, count) => {
  for (let row = 0; row < count; row++) {
    const text = bytes.subarray(offsets[from + row], offsets[from + row + 1])
    duckdb.vector_assign_string_element_len(vector, row, text)
  }
}

const recordBytes = 16
const inlineBytesMax = 12

/** The records of one vector, made here and then copied: four numbers each. */
const records = new Int32Array(vectorRows * 4)

/** Of a text of so many bytes, which bits of its first, second and third four bytes are its own. */
const ownBits = [0, 4, 8].map((before) =>
  Int32Array.from(
    { length: inlineBytesMax + 1 },
    (_, length) => 2 ** (8 * Math.min(4, Math.max(0, length - before))) - 1,
  ),
) as [Int32Array, Int32Array, Int32Array]

export const fillTextsFast: FillTexts = (vector, texts, from, count) => {
  const { offsets, bytes } = texts
  const start = offsets[from]!
  const heap = placeHeap(vector, bytes.subarray(start, offsets[from + count]))
  // Below, whole texts differ in the lower half of their address alone.
  if (heap === undefined) return fillTextsPlainly(vector, texts, from, count)
  const heapLow = (heap.low - start) | 0
  const heapHigh = heap.high | 0
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [first, second, third] = ownBits
  const wholeEnd = bytes.length - inlineBytesMax
  let at = start
  for (let row = 0, word = 0; row < count; row++, word += 4) {
    const end = offsets[from + row + 1]!
    const length = end - at
    records[word] = length
    if (length > inlineBytesMax) {
      records[word + 1] = view.getInt32(at, true)
      records[word + 2] = (heapLow + at) | 0
      records[word + 3] = heapHigh
    } else if (at <= wholeEnd) {
      records[word + 1] = view.getInt32(at, true) & first[length]!
      records[word + 2] = view.getInt32(at + 4, true) & second[length]!
      records[word + 3] = view.getInt32(at + 8, true) & third[length]!
    } else placeInline(bytes.subarray(at, end), word)
    at = end
  }
  duckdb.copy_data_to_vector(vector, 0, records.buffer, 0, count * recordBytes)
}

/** A short text so near the end that twelve bytes cannot be read. */
function placeInline(text: Uint8Array, word: number): void {
  records.fill(0, word + 1, word + 4)
  new Uint8Array(records.buffer).set(text, word * 4 + 4)
}

/** Gives the vector the texts of all its rows as one string and tells where it put them; undefined where 4 GiB end among them. */
function placeHeap(vector: duckdb.Vector, texts: Uint8Array): { low: number; high: number } | undefined {
  if (texts.length <= inlineBytesMax) return { low: 0, high: 0 }
  records.fill(0, 0, 4)
  duckdb.copy_data_to_vector(vector, 0, records.buffer, 0, recordBytes)
  duckdb.vector_assign_string_element_len(vector, 0, texts)
  const record = duckdb.vector_get_data(vector, recordBytes)
  const view = new DataView(record.buffer, record.byteOffset, recordBytes)
  // An address that is not the one just placed would let DuckDB read anywhere.
  if (view.getUint32(0, true) !== texts.length) throw new Error('DuckDB did not take a column of texts as one string')
  const [low, high] = [view.getUint32(8, true), view.getUint32(12, true)]
  return low + texts.length > 2 ** 32 ? undefined : { low, high }
}
