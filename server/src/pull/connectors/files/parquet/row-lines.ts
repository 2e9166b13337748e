/** Puts together rows of their columns: an object of JSON on each line. */
import { type ColumnReader, rowsInWindow } from './cells.ts'

const [open, comma, close, newline] = [0x7b, 0x2c, 0x7d, 0x0a]

export interface RowLines {
  /** Up to `count` rows, fewer where a column has none at all any more; their bytes are good until the next are read. */
  read(count: number): { readonly payload: Buffer; readonly count: number }
}

export function openRowLines(columns: readonly ColumnReader[]): RowLines {
  let lines = Buffer.allocUnsafeSlow(1024 * 1024)
  let length = 0
  /** Where the next byte of each row goes. */
  const places = new Uint32Array(rowsInWindow)
  const keyBytes = columns.reduce((sum, { key }) => sum + key.length + 1, 0)

  function reserve(bytes: number): void {
    if (length + bytes <= lines.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(length + bytes, 2 * lines.length))
    lines.copy(larger, 0, 0, length)
    lines = larger
  }

  function writeWindow(count: number): void {
    const cells = columns.map((column) => column.read(count))
    const rowBytes = Math.max(1, keyBytes) + 2
    places.fill(rowBytes, 0, count)
    for (const { starts, ends } of cells) {
      for (let row = 0; row < count; row++) places[row]! += ends[row]! - starts[row]!
    }
    let end = length
    let bytes = 0
    for (let row = 0; row < count; row++) bytes += places[row]!
    reserve(bytes)
    for (let row = 0; row < count; row++) {
      const size = places[row]!
      lines[end] = open
      places[row] = columns.length === 0 ? end + 1 : end
      end += size
    }
    for (const [index, { key }] of columns.entries()) {
      writeColumn(lines, index === 0 ? open : comma, key, cells[index]!, places, count)
    }
    for (let row = 0; row < count; row++) {
      lines[places[row]!] = close
      lines[places[row]! + 1] = newline
    }
    length = end
  }

  return {
    read(wanted) {
      length = 0
      let count = 0
      while (count < wanted) {
        const rows = columns.reduce(
          (least, column) => Math.min(least, column.left()),
          Math.min(rowsInWindow, wanted - count),
        )
        if (rows === 0) break
        writeWindow(rows)
        count += rows
      }
      return { payload: lines.subarray(0, length), count }
    },
  }
}

function writeColumn(
  lines: Uint8Array,
  before: number,
  key: Uint8Array,
  { bytes, starts, ends }: { bytes: Uint8Array; starts: Uint32Array; ends: Uint32Array },
  places: Uint32Array,
  count: number,
): void {
  const keyLength = key.length
  for (let row = 0; row < count; row++) {
    let at = places[row]!
    lines[at++] = before
    for (let from = 0; from < keyLength; from++) lines[at++] = key[from]!
    const end = ends[row]!
    for (let from = starts[row]!; from < end; from++) lines[at++] = bytes[from]!
    places[row] = at
  }
}
