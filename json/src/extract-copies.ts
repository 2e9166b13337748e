/** The columns of one batch, copied out of WebAssembly's memory chunk by chunk. */
import { ByteHeap, emptyColumn, type FixedValues, newFixedValues, newValidity } from './extract-columns.ts'
import type { ExtractedColumn, LeafType } from './extraction.ts'

/** One memory, seen as arrays; they end with the memory's next growth. */
export interface MemoryViews {
  readonly buffer: ArrayBuffer
  readonly bytes: Uint8Array
  readonly ints: Int32Array
  readonly words: Uint32Array
  readonly longs: BigInt64Array
  readonly doubles: Float64Array
}

export function viewMemory(buffer: ArrayBuffer): MemoryViews {
  return {
    buffer,
    bytes: new Uint8Array(buffer),
    ints: new Int32Array(buffer),
    words: new Uint32Array(buffer),
    longs: new BigInt64Array(buffer),
    doubles: new Float64Array(buffer),
  }
}

/** Where the cells of a chunk are, and which rows of the batch they become. */
export interface ChunkCells {
  readonly views: MemoryViews
  readonly valid: number
  readonly values: number
  readonly rowCount: number
  /** The first of them in the batch, a multiple of 8. */
  readonly firstRow: number
}

export interface ColumnCopy {
  /** Bytes that a row's value has in memory; 0 for a leaf that is not kept. */
  readonly width: number
  /** `gather` puts the texts into memory one after the other, their ends counted from `base` where the values were. */
  append(cells: ChunkCells, gather: (base: number) => Uint8Array): void
  finish(): ExtractedColumn
}

/** `textBytesMax` is what the column's texts might have in all. */
export function openColumnCopy(type: LeafType, rowCount: number, textBytesMax: number): ColumnCopy {
  if (type === 'DISCARD') return { width: 0, append() {}, finish: () => emptyColumn }
  const values = newFixedValues(type, rowCount)
  return values ? openFixedCopy(values) : openTextCopy(rowCount, textBytesMax)
}

function openFixedCopy(values: FixedValues): ColumnCopy {
  const valid = newValidity(values.length)
  return {
    width: values.BYTES_PER_ELEMENT,
    append(cells) {
      appendValidity(valid, cells)
      appendValues(values, cells)
    },
    finish: () => ({ valid, values }),
  }
}

function openTextCopy(rowCount: number, textBytesMax: number): ColumnCopy {
  const valid = newValidity(rowCount)
  const offsets = new Uint32Array(rowCount + 1)
  let heap: ByteHeap | undefined
  return {
    width: TEXT_PAIR_BYTES,
    append(cells, gather) {
      const texts = gather(heap?.length ?? 0)
      appendValidity(valid, cells)
      const ends = cells.values >> 2
      offsets.set(cells.views.words.subarray(ends, ends + cells.rowCount), cells.firstRow + 1)
      heap ??= new ByteHeap(Math.min(textBytesMax, Math.ceil((texts.length * rowCount * 1.1) / cells.rowCount)))
      heap.append(texts)
    },
    finish: () => ({ valid, values: { offsets, bytes: heap?.bytes() ?? new Uint8Array(0) } }),
  }
}

function appendValidity(valid: Uint8Array, { views, valid: at, rowCount, firstRow }: ChunkCells): void {
  valid.set(views.bytes.subarray(at, at + ((rowCount + 7) >> 3)), firstRow >> 3)
}

function appendValues(values: FixedValues, { views, values: at, rowCount, firstRow }: ChunkCells): void {
  if (values instanceof BigInt64Array) values.set(views.longs.subarray(at >> 3, (at >> 3) + rowCount), firstRow)
  else if (values instanceof Float64Array) values.set(views.doubles.subarray(at >> 3, (at >> 3) + rowCount), firstRow)
  else if (values instanceof Int32Array) values.set(views.ints.subarray(at >> 2, (at >> 2) + rowCount), firstRow)
  else values.set(views.bytes.subarray(at, at + rowCount), firstRow)
}

/** The address of a text and its length. */
const TEXT_PAIR_BYTES = 8
