/**
 * A column of plain values, page by page, straight to JSON: its pages are unpacked when their rows are asked for, and texts stay bytes.
 * What its pages hold (parquet.thrift of Apache Parquet) is read by the functions of hyparquet.
 */
import type { ColumnMetaData, Compressors, DataReader, DecodedArray, PageHeader, SchemaTree } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import { decompressPage, readDataPage, readDataPageV2 } from 'hyparquet/src/datapage.js'
import { readPlain } from 'hyparquet/src/plain.js'
import { type Cells, CellWindow, type ColumnReader, rowsInWindow } from './cells.ts'
import { type FlatKind, openByteValues, openValues, type Values } from './flat-values.ts'
import { readRuns } from './run-lengths.ts'

interface FlatColumnParts {
  readonly node: SchemaTree
  readonly root: SchemaTree
  readonly kind: FlatKind
  readonly compressors: Compressors
}

interface Page {
  readonly rows: number
  /** 1 where a row has a value; undefined where all have. */
  readonly present: Uint8Array | undefined
  readonly values: Values
}

export class FlatColumn implements ColumnReader {
  readonly key: Buffer
  readonly name: string
  #memory = Buffer.alloc(0)
  readonly #parts: FlatColumnParts
  readonly #window = new CellWindow()
  #chunk: { readonly meta: ColumnMetaData; readonly reader: DataReader; readonly rowsMax: number } | undefined
  #dictionary: CellWindow | undefined
  #dictionaryCount = 0
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
    this.#chunk = { meta, reader: { view, offset: 0 }, rowsMax }
    this.#dictionary = undefined
    this.#page = undefined
    this.#row = 0
  }

  left(): number {
    while (this.#page === undefined || this.#row === this.#page.rows) {
      const { reader } = this.#chunk!
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
        const place = isPresent ? values.indexes![this.#valueAt++]! : this.#dictionaryCount
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
    const { reader } = this.#chunk!
    const header = parquetHeader(reader)
    const packed = new Uint8Array(
      reader.view.buffer,
      reader.view.byteOffset + reader.offset,
      Math.min(header.compressed_page_size, reader.view.byteLength - reader.offset),
    )
    if (packed.length < header.compressed_page_size) throw new Error('a page is cut short')
    reader.offset += header.compressed_page_size
    if (header.type === 'DICTIONARY_PAGE') this.#readDictionary(header, packed)
    else if (header.type === 'DATA_PAGE') this.#turnTo(this.#dataPage(header, packed))
    else if (header.type === 'DATA_PAGE_V2') this.#turnTo(this.#dataPageV2(header, packed))
    else throw new Error(`pages of type ${header.type} are not known`)
  }

  #turnTo(page: Page): void {
    this.#page = page
    this.#row = 0
    this.#valueAt = 0
  }

  #unpack(packed: Uint8Array, bytes: number): Uint8Array {
    return decompressPage(packed, bytes, this.#chunk!.meta.codec, this.#parts.compressors)
  }

  #readDictionary({ uncompressed_page_size, dictionary_page_header: page }: PageHeader, packed: Uint8Array): void {
    const { kind, node } = this.#parts
    const bytes = this.#unpack(packed, uncompressed_page_size)
    const count = page!.num_values
    if (count > bytes.length + 1) throw new Error('a dictionary has fewer values than it says')
    const values = isOfBytes(kind) ? openByteValues(kind, bytes, 0) : this.#plain(readerOf(bytes), count, node)
    const dictionary = new DictionaryCells(count + 1)
    for (let place = 0; place <= count; place++) {
      dictionary.starts[place] = dictionary.cells.length
      if (place < count) values.write(dictionary.cells, place)
      else dictionary.cells.nothing()
      dictionary.ends[place] = dictionary.cells.length
    }
    this.#dictionary = dictionary
    this.#dictionaryCount = count
  }

  #dataPage(header: PageHeader, packed: Uint8Array): Page {
    const page = header.data_page_header!
    const bytes = this.#unpack(packed, header.uncompressed_page_size)
    const reader = readerOf(bytes)
    const levels = this.#levels(reader, page.num_values, undefined)
    const values =
      this.#values(reader, page.encoding, levels.count) ??
      openValues(this.#parts.kind, readDataPage(bytes, page, this.#decoder()).dataPage)
    return { rows: page.num_values, present: levels.present, values }
  }

  #dataPageV2(header: PageHeader, packed: Uint8Array): Page {
    const page = header.data_page_header_v2!
    const levelBytes = page.repetition_levels_byte_length + page.definition_levels_byte_length
    const levels = this.#levels(readerOf(packed), page.num_values, page.definition_levels_byte_length)
    const rest = packed.subarray(levelBytes)
    const restBytes = header.uncompressed_page_size - levelBytes
    const isPacked = page.is_compressed !== false && restBytes > 0
    const values =
      this.#values(readerOf(isPacked ? this.#unpack(rest, restBytes) : rest), page.encoding, levels.count) ??
      openValues(this.#parts.kind, readDataPageV2(packed, header, this.#decoder()).dataPage)
    return { rows: page.num_values, present: levels.present, values }
  }

  /** Which rows have a value, and how many do. */
  #levels(reader: DataReader, rows: number, bytes: number | undefined): { present?: Uint8Array; count: number } {
    if (rows > this.#chunk!.rowsMax) throw new Error('a page has more rows than its group')
    if (this.#parts.node.element.repetition_type === 'REQUIRED') return { count: rows }
    const present = new Uint8Array(rows)
    const isLengthTold = bytes === undefined
    const length = bytes ?? reader.view.getUint32(reader.offset, true)
    if (isLengthTold) reader.offset += 4
    readRuns(restOf(reader), 0, 1, present)
    reader.offset += length
    let count = 0
    for (let row = 0; row < rows; row++) if (present[row] === 1) count++
    return count === rows ? { count } : { present, count }
  }

  /** Undefined where the encoding is one that is seldom used. */
  #values(reader: DataReader, encoding: string, count: number): Values | undefined {
    const { kind, node } = this.#parts
    if (encoding === 'PLAIN') {
      if (!isOfBytes(kind)) return this.#plain(reader, count, node)
      return openByteValues(kind, restOf(reader), 0)
    }
    if (!encoding.endsWith('_DICTIONARY')) return undefined
    if (this.#dictionary === undefined) throw new Error('a page needs a dictionary that is not there')
    const indexes = new Uint32Array(count)
    const bits = count === 0 ? 0 : reader.view.getUint8(reader.offset++)
    if (bits > 32) throw new Error('places in a dictionary are wider than can be')
    if (bits > 0) readRuns(restOf(reader), 0, bits, indexes)
    for (let at = 0; at < count; at++) {
      if (indexes[at]! >= this.#dictionaryCount) throw new Error('a value is not in its dictionary')
    }
    return { indexes, write() {} }
  }

  #plain(reader: DataReader, count: number, { element }: SchemaTree): Values {
    return openValues(this.#parts.kind, readPlain(reader, element.type!, count, element.type_length) as DecodedArray)
  }

  #decoder(): Parameters<typeof readDataPage>[2] {
    const { node, root, compressors } = this.#parts
    const { element } = node
    const { codec } = this.#chunk!.meta
    const schemaPath = [root, node]
    return {
      pathInSchema: [element.name],
      type: element.type!,
      element,
      schemaPath,
      codec,
      compressors,
      parsers: noParsers,
    }
  }
}

/** Values are taken as they are. */
const noParsers = {} as Parameters<typeof readDataPage>[2]['parsers']

class DictionaryCells extends CellWindow {
  override readonly starts: Uint32Array<ArrayBuffer>
  override readonly ends: Uint32Array<ArrayBuffer>

  constructor(count: number) {
    super()
    this.starts = new Uint32Array(count)
    this.ends = new Uint32Array(count)
  }
}

function isOfBytes(kind: FlatKind): kind is 'text' | 'uuid' {
  return kind === 'text' || kind === 'uuid'
}

function restOf({ view, offset }: DataReader): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + offset, view.byteLength - offset)
}

function readerOf(bytes: Uint8Array): DataReader {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 }
}
