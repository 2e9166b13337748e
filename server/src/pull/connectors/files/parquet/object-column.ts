/** A column whose values are objects of the library, some rows at a time: what is nested, and what is seldom. */
import type { DecodedArray } from 'hyparquet'
import { UnreadableFile } from '../file-bytes.ts'
import { type Cells, CellWindow, type ColumnReader } from './cells.ts'
import { jsonTextOf } from './values.ts'

export interface Piece {
  /** Row that it begins with. */
  readonly start: number
  readonly values: DecodedArray
}

export class ObjectColumn implements ColumnReader {
  readonly key: Buffer
  readonly name: string
  readonly #window = new CellWindow()
  #pieces: readonly Piece[] = []
  #row = 0
  #end = 0

  constructor(name: string) {
    this.name = name
    this.key = Buffer.from(`${JSON.stringify(name)}:`)
  }

  /** Goes on with rows `from` to `to`, which pieces have, in any order. @throws UnreadableFile: they have not. */
  begin(pieces: readonly Piece[], from: number, to: number): void {
    this.#pieces = pieces.toSorted((a, b) => a.start - b.start)
    this.#row = from
    this.#end = to
    let at = from
    for (const { start, values } of this.#pieces) if (start <= at) at = Math.max(at, start + values.length)
    if (at < to) throw tooShort(this.key, at)
  }

  left(): number {
    return this.#end - this.#row
  }

  read(count: number): Cells {
    const { cells, starts, ends } = this.#window
    cells.length = 0
    for (let index = 0; index < count; index++, this.#row++) {
      while (!isIn(this.#pieces[0]!, this.#row)) this.#pieces = this.#pieces.slice(1)
      const { start, values } = this.#pieces[0]!
      starts[index] = cells.length
      cells.json(jsonTextOf(values[this.#row - start]))
      ends[index] = cells.length
    }
    return this.#window
  }
}

export function tooShort(key: Buffer, rows: number): UnreadableFile {
  return new UnreadableFile(`it has no more than ${rows} rows of ${key.toString().slice(0, -1)} and says more`)
}

function isIn({ start, values }: Piece, row: number): boolean {
  return row < start + values.length
}
