/** Where the values of a column are, as JSON, for rows that follow each other. */
import { CellBytes } from './cell-bytes.ts'

/** So many rows of all columns at once stay in the processor's cache. */
export const rowsInWindow = 256

export interface Cells {
  readonly bytes: Uint8Array
  /** Of each row, among the bytes. */
  readonly starts: Uint32Array
  readonly ends: Uint32Array
}

export interface ColumnReader {
  /** What stands before a value of it: `"name":`. */
  readonly key: Buffer
  /** Its values are no objects and no lists, and sure to be JSON. */
  readonly isFlat: boolean
  /** Rows that it can give next, as far as it has looked. */
  left(): number
  /** Looks further where none are left. @returns how many are left then: 0 behind the last one. */
  turn(): Promise<number>
  /** The next `count` rows, no more than are {@link left}; good until the next are read. */
  read(count: number): Cells
}

/** Cells of a window that are written anew for each. */
export class CellWindow implements Cells {
  readonly cells = new CellBytes()
  readonly starts = new Uint32Array(rowsInWindow)
  readonly ends = new Uint32Array(rowsInWindow)

  get bytes(): Uint8Array {
    return this.cells.bytes
  }
}
