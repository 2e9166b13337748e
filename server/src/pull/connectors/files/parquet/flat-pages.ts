/** Pages of a column of plain values: what is in them, and which rows have a value (parquet.thrift and Encodings.md of Apache Parquet). */
import type { ColumnMetaData, Compressors, DataReader, DecodedArray, PageHeader, SchemaTree } from 'hyparquet'
import { decompressPage, readDataPage, readDataPageV2 } from 'hyparquet/src/datapage.js'
import { readPlain } from 'hyparquet/src/plain.js'
import { type Cells, CellWindow } from './cells.ts'
import { type FlatKind, openByteValues, openValues, type Values } from './flat-values.ts'
import { readRuns } from './run-lengths.ts'

export interface FlatColumnParts {
  readonly node: SchemaTree
  readonly root: SchemaTree
  readonly kind: FlatKind
  readonly compressors: Compressors
}

export interface Page {
  readonly rows: number
  /** 1 where a row has a value; undefined where all have. */
  readonly present: Uint8Array | undefined
  readonly values: Values
}

/** Those of one group of rows. */
export class FlatPages {
  readonly #parts: FlatColumnParts
  readonly #codec: ColumnMetaData['codec']
  readonly #rowsMax: number
  /** Values of the dictionary. */
  #count: number | undefined

  constructor(parts: FlatColumnParts, codec: ColumnMetaData['codec'], rowsMax: number) {
    this.#parts = parts
    this.#codec = codec
    this.#rowsMax = rowsMax
  }

  #unpack(packed: Uint8Array, bytes: number): Uint8Array {
    return decompressPage(packed, bytes, this.#codec, this.#parts.compressors)
  }

  /** Its cells, and behind them that of what is null. */
  dictionary({ uncompressed_page_size, dictionary_page_header: page }: PageHeader, packed: Uint8Array): Cells {
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
    this.#count = count
    return dictionary
  }

  page(header: PageHeader, packed: Uint8Array): Page {
    const page = header.data_page_header!
    const bytes = this.#unpack(packed, header.uncompressed_page_size)
    const reader = readerOf(bytes)
    const levels = this.#levels(reader, page.num_values, undefined)
    const values =
      this.#values(reader, page.encoding, levels.count) ??
      openValues(this.#parts.kind, readDataPage(bytes, page, this.#decoder()).dataPage)
    return { rows: page.num_values, present: levels.present, values }
  }

  pageV2(header: PageHeader, packed: Uint8Array): Page {
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
    if (rows > this.#rowsMax) throw new Error('a page has more rows than its group')
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
    if (this.#count === undefined) throw new Error('a page needs a dictionary that is not there')
    const indexes = new Uint32Array(count)
    const bits = count === 0 ? 0 : reader.view.getUint8(reader.offset++)
    if (bits > 32) throw new Error('places in a dictionary are wider than can be')
    if (bits > 0) readRuns(restOf(reader), 0, bits, indexes)
    for (let at = 0; at < count; at++) {
      if (indexes[at]! >= this.#count) throw new Error('a value is not in its dictionary')
    }
    return { indexes, write() {} }
  }

  #plain(reader: DataReader, count: number, { element }: SchemaTree): Values {
    return openValues(this.#parts.kind, readPlain(reader, element.type!, count, element.type_length) as DecodedArray)
  }

  #decoder(): Parameters<typeof readDataPage>[2] {
    const { node, root, compressors } = this.#parts
    const { element } = node
    const codec = this.#codec
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
