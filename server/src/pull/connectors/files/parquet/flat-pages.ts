/** Pages of a column of plain values: what is in them, and which rows have a value. */
import type { Compressors, SchemaTree } from 'hyparquet'
import { type Cells, CellWindow } from './cells.ts'
import type { PackedPage } from './chunk-pages.ts'
import { type FlatKind, openByteValues, openValues, type Values } from './flat-values.ts'
import { type PageParts, partsOfPage, type Unpacking, unpacked } from './page-parts.ts'
import { dictionaryPlaces, rawValues } from './raw-values.ts'

export interface FlatColumnParts {
  readonly node: SchemaTree
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
  readonly #unpacking: Unpacking
  /** Values of the dictionary. */
  #count: number | undefined

  constructor(parts: FlatColumnParts, codec: Unpacking['codec']) {
    this.#parts = parts
    this.#unpacking = { codec, compressors: parts.compressors }
  }

  /** Its cells, and behind them that of what is null. */
  dictionary({ header, packed }: PackedPage): Cells {
    const bytes = unpacked(packed, header.uncompressed_page_size, this.#unpacking)
    const count = header.dictionary_page_header!.num_values
    if (count > 8 * bytes.length) throw new Error('a dictionary has fewer values than it says')
    const values = this.#plain(bytes, 'PLAIN', count)
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

  page(page: PackedPage): Page {
    const isRequired = this.#parts.node.element.repetition_type === 'REQUIRED'
    const parts = partsOfPage(page, { repetition: 0, definition: isRequired ? 0 : 1 }, this.#unpacking)
    return { rows: parts.levels, present: parts.definitions, values: this.#values(parts) }
  }

  #values({ bytes, encoding, count }: PageParts): Values {
    if (!encoding.endsWith('_DICTIONARY')) return this.#plain(bytes, encoding, count)
    return { indexes: dictionaryPlaces(bytes, count, this.#count), write() {} }
  }

  #plain(bytes: Uint8Array, encoding: string, count: number): Values {
    const { kind, node } = this.#parts
    if (encoding === 'PLAIN' && (kind === 'text' || kind === 'uuid')) return openByteValues(kind, bytes, 0)
    return openValues(kind, rawValues(bytes, encoding, count, node.element))
  }
}

class DictionaryCells extends CellWindow {
  override readonly starts: Uint32Array<ArrayBuffer>
  override readonly ends: Uint32Array<ArrayBuffer>

  constructor(count: number) {
    super()
    this.starts = new Uint32Array(count)
    this.ends = new Uint32Array(count)
  }
}
