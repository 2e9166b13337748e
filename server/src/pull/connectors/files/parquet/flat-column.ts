/**
 * A column of plain values, page by page, straight to JSON: its pages are unpacked when their rows are asked for, and texts stay bytes.
 */
import type { ColumnMetaData, DataReader } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import { type Cells, CellWindow, type ColumnReader, rowsInWindow } from './cells.ts'
import { type FlatColumnParts, FlatPages, type Page } from './flat-pages.ts'

export class FlatColumn implements ColumnReader {
  readonly key: Buffer
  readonly name: string
  #memory = Buffer.alloc(0)
  readonly #parts: FlatColumnParts
  readonly #window = new CellWindow()
  #reader: DataReader | undefined
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

  /** For its next chunk: that of the one before, where it is large enough. */
  memoryFor(bytes: number): Buffer {
    if (this.#memory.length < bytes) this.#memory = Buffer.allocUnsafeSlow(bytes)
    return this.#memory
  }

  /** Goes on with the chunk of a group of rows, packed as it is in the file. */
  begin(meta: ColumnMetaData, chunk: Uint8Array, rowsMax: number): void {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    this.#reader = { view, offset: 0 }
    this.#pages = new FlatPages(this.#parts, meta.codec, rowsMax)
    this.#dictionary = undefined
    this.#page = undefined
    this.#row = 0
  }

  left(): number {
    while (this.#page === undefined || this.#row === this.#page.rows) {
      const reader = this.#reader!
      if (reader.offset >= reader.view.byteLength - 1) return 0
      this.#readPage()
    }
    return this.#page.rows - this.#row
  }

  /** Passes over rows, or as many as there are. */
  skip(count: number): void {
    for (let rest = count; rest > 0; ) {
      const some = Math.min(rest, this.left(), rowsInWindow)
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

  #readPage(): void {
    const reader = this.#reader!
    const header = parquetHeader(reader)
    const packed = new Uint8Array(
      reader.view.buffer,
      reader.view.byteOffset + reader.offset,
      Math.min(header.compressed_page_size, reader.view.byteLength - reader.offset),
    )
    if (packed.length < header.compressed_page_size) throw new Error('a page is cut short')
    reader.offset += header.compressed_page_size
    if (header.type === 'DICTIONARY_PAGE') this.#dictionary = this.#pages!.dictionary(header, packed)
    else if (header.type === 'DATA_PAGE') this.#turnTo(this.#pages!.page(header, packed))
    else if (header.type === 'DATA_PAGE_V2') this.#turnTo(this.#pages!.pageV2(header, packed))
    else throw new Error(`pages of type ${header.type} are not known`)
  }

  #turnTo(page: Page): void {
    this.#page = page
    this.#row = 0
    this.#valueAt = 0
  }
}
