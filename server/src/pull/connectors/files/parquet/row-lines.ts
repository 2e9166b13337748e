/** Puts together rows of their columns: an object of JSON on each line. */
import { limits } from '@millrace/event/limits'
import { type Cells, type ColumnReader, rowsInWindow } from './cells.ts'

const [open, comma, close, newline] = [0x7b, 0x2c, 0x7d, 0x0a]
/** What a key has beside its own bytes: quotes and a colon. */
const keyMarks = 3
/** Rows of more are not given together, and those of a window may not have more: few bytes of a dictionary may be long texts of many rows. */
const linesBytesMax = 4 * 1024 * 1024
const windowBytesMax = rowsInWindow * limits.eventBytesMax

export interface RowLines {
  /** Up to `count` rows, fewer where a column has none at all any more; their bytes are good until the next are read. */
  read(count: number): Promise<RowLinesRead>
}

export interface RowLinesRead {
  readonly payload: Buffer
  readonly count: number
  /** Where each line ends, its line break included; absent where a row may not be within the limits of an event. */
  readonly ends?: Uint32Array
}

export function openRowLines(columns: readonly ColumnReader[]): RowLines {
  let lines = Buffer.allocUnsafeSlow(1024 * 1024)
  let length = 0
  /** Where the next byte of each row goes. */
  const places = new Uint32Array(rowsInWindow)
  const keys = columns.map(({ key }, index) => viewOf(Buffer.concat([Buffer.of(index === 0 ? open : comma), key])))
  const isPlain =
    columns.length <= limits.objectKeysMax &&
    columns.every(({ key, isFlat }) => isFlat && key.length - keyMarks <= limits.keyBytesMax)
  let ends = new Uint32Array(0)
  let isWithin = true
  const keyBytes = columns.reduce((sum, { key }) => sum + key.length + 1, 0)

  function reserve(bytes: number): void {
    if (length + bytes <= lines.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(length + bytes, 2 * lines.length))
    lines.copy(larger, 0, 0, length)
    lines = larger
  }

  function writeWindow(first: number, count: number): void {
    const cells = columns.map((column) => column.read(count))
    const rowBytes = Math.max(1, keyBytes) + 2
    places.fill(rowBytes, 0, count)
    for (const { starts, ends } of cells) {
      for (let row = 0; row < count; row++) places[row]! += ends[row]! - starts[row]!
    }
    let end = length
    let bytes = 0
    for (let row = 0; row < count; row++) bytes += places[row]!
    if (bytes > windowBytesMax)
      throw new Error(`${count} rows of it are ${bytes} bytes of JSON: that is more than can be read`)
    reserve(bytes)
    for (let row = 0; row < count; row++) {
      const size = places[row]!
      lines[end] = open
      places[row] = columns.length === 0 ? end + 1 : end
      end += size
      ends[first + row] = end
      if (size > limits.eventBytesMax) isWithin = false
    }
    const view = viewOf(lines)
    for (const [index, key] of keys.entries()) writeColumn(view, key, cells[index]!, places, count)
    for (let row = 0; row < count; row++) {
      lines[places[row]!] = close
      lines[places[row]! + 1] = newline
    }
    length = end
  }

  return {
    async read(wanted) {
      length = 0
      ends = new Uint32Array(wanted)
      isWithin = isPlain
      let count = 0
      while (count < wanted && length < linesBytesMax) {
        let rows = Math.min(rowsInWindow, wanted - count)
        for (const column of columns) rows = Math.min(rows, column.left() || (await column.turn()))
        if (rows === 0) break
        writeWindow(count, rows)
        count += rows
      }
      return { payload: lines.subarray(0, length), count, ...(isWithin && { ends: ends.subarray(0, count) }) }
    },
  }
}

function writeColumn(
  lines: DataView,
  key: DataView,
  { bytes, starts, ends }: Cells,
  places: Uint32Array,
  count: number,
): void {
  const cells = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const keyLength = key.byteLength
  for (let row = 0; row < count; row++) {
    const at = places[row]!
    const start = starts[row]!
    const length = ends[row]! - start
    copy(key, 0, keyLength, lines, at)
    copy(cells, start, length, lines, at + keyLength)
    places[row] = at + keyLength + length
  }
}

/** Four bytes at a time, the last of them twice where they are not a multiple of four: much faster than one at a time, or a call. */
function copy(from: DataView, start: number, length: number, to: DataView, at: number): void {
  if (length < 4) {
    for (let byte = 0; byte < length; byte++) to.setUint8(at + byte, from.getUint8(start + byte))
    return
  }
  const last = length - 4
  for (let byte = 0; byte < last; byte += 4) to.setUint32(at + byte, from.getUint32(start + byte, true), true)
  to.setUint32(at + last, from.getUint32(start + last, true), true)
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}
