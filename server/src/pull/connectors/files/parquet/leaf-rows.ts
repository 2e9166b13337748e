/** Rows of one column of a group as the library puts them together: of a column that is nested, each row is lists in lists. */
import type { Compressors, DecodedArray, RowGroup, SchemaTree } from 'hyparquet'
import { assembleLists } from 'hyparquet/src/assemble.js'
import { convert } from 'hyparquet/src/convert.js'
import { getMaxDefinitionLevel, getMaxRepetitionLevel, isMapLike } from 'hyparquet/src/schema.js'
import { ChunkPages, type PackedPage } from './chunk-pages.ts'
import { decimalOf, decimalValue, unscaled } from './decimals.ts'
import { columnOf } from './metadata.ts'
import { type LevelsMax, partsOfPage, type Unpacking, unpacked } from './page-parts.ts'
import { dictionaryPlaces, rawValues } from './raw-values.ts'
import { assignableKey, parsers } from './values.ts'
import type { WholeFile } from './whole-file.ts'

/** Of one page; each is some objects in memory. */
const levelsMax = 16 * 1024 * 1024

type Decoder = Parameters<typeof convert>[1]

export class LeafRows {
  readonly name: string
  readonly #path: SchemaTree[]
  readonly #max: LevelsMax
  readonly #compressors: Compressors
  readonly #convert: (values: DecodedArray) => DecodedArray
  #unpacking: Unpacking | undefined
  #chunk: ChunkPages | undefined
  #dictionary: DecodedArray | undefined
  #rows: DecodedArray = []
  #at = 0
  #isWhole = false

  /** @param path From the root to the column itself. */
  constructor(path: SchemaTree[], compressors: Compressors) {
    this.#path = path
    this.name = path.at(-1)!.path.join('.')
    this.#max = { repetition: getMaxRepetitionLevel(path), definition: getMaxDefinitionLevel(path) }
    this.#compressors = compressors
    const decoder = decoderOf(path)
    const plain = (values: DecodedArray) => convert(values, decoder)
    this.#convert = isKey(path) ? (values) => Array.from(plain(values) as unknown[], assignableKey) : plain
  }

  /** Goes on with a group of rows, so many bytes of the file at once. @throws Error: the column is not in it. */
  begin(file: WholeFile, group: RowGroup, pieceBytes: number): void {
    const meta = columnOf(group, this.#path.at(-1)!.path)
    this.#chunk = new ChunkPages(file, meta, pieceBytes)
    this.#unpacking = { codec: meta.codec, compressors: this.#compressors }
    this.#dictionary = undefined
    this.#rows = []
    this.#at = 0
    this.#isWhole = false
  }

  /** Rows that are whole: lists of the last one may go on in the next page. */
  left(): number {
    const rows = this.#rows.length - this.#at
    return this.#isWhole || this.#max.repetition === 0 ? rows : Math.max(0, rows - 1)
  }

  async turn(): Promise<number> {
    while (this.left() === 0 && !this.#isWhole) {
      const page = await this.#chunk!.next()
      if (page === undefined) this.#isWhole = true
      else if (page.header.dictionary_page_header) this.#dictionary = this.#dictionaryOf(page)
      else if (page.header.type !== 'INDEX_PAGE') this.#add(page)
    }
    return this.left()
  }

  take(count: number): DecodedArray {
    this.#at += count
    return this.#rows.slice(this.#at - count, this.#at)
  }

  /** Passes over rows, or as many as there are. */
  async skip(count: number): Promise<void> {
    for (let rest = count; rest > 0; ) {
      const some = Math.min(rest, this.left() || (await this.turn()))
      if (some === 0) return
      this.#at += some
      rest -= some
    }
  }

  #dictionaryOf({ header, packed }: PackedPage): DecodedArray {
    const bytes = unpacked(packed, header.uncompressed_page_size, this.#unpacking!)
    return this.#convert(
      rawValues(bytes, 'PLAIN', header.dictionary_page_header!.num_values, this.#path.at(-1)!.element),
    )
  }

  #add(page: PackedPage): void {
    const parts = partsOfPage(page, this.#max, this.#unpacking!)
    if (parts.levels > levelsMax) throw new Error(`a page of it has more than ${levelsMax} values`)
    if (parts.levels === 0) return
    const rest = Array.from(this.#rows.slice(this.#at) as unknown[])
    if (rest.length === 0 && (parts.repetitions?.[0] ?? 0) > 0) throw new Error('a list of it has no beginning')
    const levels = (some: Uint8Array | undefined) => (some ?? []) as number[]
    const values = this.#values(parts)
    const rows = assembleLists(rest, levels(parts.definitions), levels(parts.repetitions), values, this.#path)
    this.#rows = rows
    this.#at = 0
  }

  #values({ bytes, encoding, count }: ReturnType<typeof partsOfPage>): DecodedArray {
    if (!encoding.endsWith('_DICTIONARY'))
      return this.#convert(rawValues(bytes, encoding, count, this.#path.at(-1)!.element))
    const dictionary = this.#dictionary
    return Array.from(dictionaryPlaces(bytes, count, dictionary?.length), (place) => dictionary![place])
  }
}

function isKey(path: readonly SchemaTree[]): boolean {
  const [map, pair, leaf] = path.slice(-3)
  return leaf !== undefined && isMapLike(map!) && pair!.children[0] === leaf
}

/** Decimals go by a type whose values the library has parsed one by one: it would make doubles of them. */
function decoderOf(path: SchemaTree[]): Decoder {
  const { element } = path.at(-1)!
  const told = { element, schemaPath: path, parsers }
  const decimal = decimalOf(element)
  if (decimal === undefined) return told as Decoder
  const { logical_type: _, ...plain } = element
  const parse = (value: unknown) => decimalValue(unscaled(value), decimal)
  return {
    ...told,
    element: { ...plain, converted_type: 'TIMESTAMP_MILLIS' },
    parsers: { ...parsers, timestampFromMilliseconds: parse },
  } as Decoder
}
