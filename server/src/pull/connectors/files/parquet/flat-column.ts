/**
 * A column of plain values, page by page, straight to JSON: its pages are unpacked when their rows are asked for, and texts stay bytes.
 */
import type { RowGroup } from 'hyparquet'
import { type Cells, CellWindow, type ColumnReader, rowsInWindow } from './cells.ts'
import { ChunkPages } from './chunk-pages.ts'
import { type FlatColumnParts, FlatPages, type Page } from './flat-pages.ts'
import { columnOf } from './metadata.ts'
import type { WholeFile } from './whole-file.ts'

export class FlatColumn implements ColumnReader {
  readonly key: Buffer
  readonly isFlat = true
  readonly name: string
  #memory = Buffer.alloc(0)
  readonly #parts: FlatColumnParts
  readonly #window = new CellWindow()
  #chunk: ChunkPages | undefined
  #pages: FlatPages | undefined
  #dictionary: Cells | undefined
  #page: Page | undefined
  /** Row of the page. */
  #row = 0
  #valueAt = 0

  constructor(parts: FlatColumnParts) {
    this.#parts = parts
    this.name = parts.node.element.name
    this.key = Buffer.from(`${JSON.stringify(this.name)}:`)
  }

  /** Goes on with a group of rows, so many bytes of the file at once. @throws Error: the column is not in it. */
  begin(file: WholeFile, group: RowGroup, pieceBytes: number): void {
    const meta = columnOf(group, [this.name])
    this.#chunk = new ChunkPages(file, meta, pieceBytes, (bytes) => this.#memoryFor(bytes))
    this.#pages = new FlatPages(this.#parts, meta.codec)
    this.#dictionary = undefined
    this.#page = undefined
    this.#row = 0
  }

  /** That of the piece before, where it is large enough. */
  #memoryFor(bytes: number): Buffer {
    if (this.#memory.length < bytes) this.#memory = Buffer.allocUnsafeSlow(bytes)
    return this.#memory
  }

  left(): number {
    return this.#page === undefined ? 0 : this.#page.rows - this.#row
  }

  async turn(): Promise<number> {
    while (this.left() === 0) {
      const next = await this.#chunk!.next()
      if (next === undefined) break
      if (next.header.dictionary_page_header) this.#dictionary = this.#pages!.dictionary(next)
      else if (next.header.type !== 'INDEX_PAGE') this.#turnTo(this.#pages!.page(next))
    }
    return this.left()
  }

  /** Passes over rows, or as many as there are. */
  async skip(count: number): Promise<void> {
    for (let rest = count; rest > 0; ) {
      const some = Math.min(rest, this.left() || (await this.turn()), rowsInWindow)
      if (some === 0) return
      this.read(some)
      rest -= some
    }
  }

  read(count: number): Cells {
    const { present, values } = this.#page!
    const { cells, starts, ends } = this.#window
    const dictionary = values.indexes === undefined ? undefined : this.#dictionary
    cells.length = 0
    for (let index = 0; index < count; index++) {
      const isPresent = present === undefined || present[this.#row] === 1
      this.#row++
      if (dictionary !== undefined) {
        const place = isPresent ? values.indexes![this.#valueAt++]! : dictionary.starts.length - 1
        starts[index] = dictionary.starts[place]!
        ends[index] = dictionary.ends[place]!
        continue
      }
      starts[index] = cells.length
      if (isPresent) values.write(cells, this.#valueAt++)
      else cells.nothing()
      ends[index] = cells.length
    }
    return dictionary === undefined ? this.#window : { bytes: dictionary.bytes, starts, ends }
  }

  #turnTo(page: Page): void {
    this.#page = page
    this.#row = 0
    this.#valueAt = 0
  }
}
