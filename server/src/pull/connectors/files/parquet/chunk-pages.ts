/** The pages of a column of a group of rows, one behind the other, as they are packed; no more is believed of them than can be. */
import type { ColumnMetaData, PageHeader } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import { rangeOf } from './metadata.ts'
import { endOfStruct } from './thrift-bounds.ts'
import type { WholeFile } from './whole-file.ts'

export interface PackedPage {
  readonly header: PageHeader
  /** Good until the next is asked for, where memory was given. */
  readonly packed: Uint8Array
}

const headerBytes = 16 * 1024
const headerBytesMax = 16 * 1024 * 1024
const pageBytesMax = 256 * 1024 * 1024
/** Levels and places in a dictionary are a few bytes however many they are. */
const pageValuesMax = 32 * 1024 * 1024

export class ChunkPages {
  readonly #file: WholeFile
  readonly #pieceBytes: number
  readonly #memoryFor: ((bytes: number) => Buffer) | undefined
  /** In the file. */
  #at: number
  readonly #end: number
  #window: Uint8Array = new Uint8Array()
  #windowAt: number

  /** So many bytes of it are read at once, or those of a page. */
  constructor(file: WholeFile, meta: ColumnMetaData, pieceBytes: number, memoryFor?: (bytes: number) => Buffer) {
    this.#file = file
    this.#pieceBytes = pieceBytes
    this.#memoryFor = memoryFor
    const { from, to } = rangeOf(meta)
    if (to > file.size) throw new Error('a column of it lies behind its end')
    this.#at = from
    this.#windowAt = from
    this.#end = to
  }

  /** Undefined behind the last one. @throws Error: it is damaged, or larger than can be read. */
  async next(): Promise<PackedPage | undefined> {
    if (this.#at >= this.#end - 1) return undefined
    let bytes = headerBytes
    let window = await this.#ahead(bytes)
    let headerEnd = endOfStruct(window, 0)
    for (; headerEnd === undefined; headerEnd = endOfStruct(window, 0)) {
      if (window.length < bytes || bytes > headerBytesMax) throw new Error('what stands before a page is cut short')
      bytes *= 8
      window = await this.#ahead(bytes)
    }
    const header = parquetHeader({ view: viewOf(window), offset: 0 })
    proveHeader(header)
    const size = header.compressed_page_size
    const page = await this.#ahead(headerEnd + size)
    if (page.length < headerEnd + size) throw new Error('a page is cut short')
    this.#at += headerEnd + size
    return { header, packed: page.subarray(headerEnd, headerEnd + size) }
  }

  /** What comes next: so many bytes at least, or all that are left. */
  async #ahead(bytes: number): Promise<Uint8Array> {
    const needed = Math.min(bytes, this.#end - this.#at)
    const known = this.#windowAt + this.#window.length - this.#at
    if (known < needed) {
      const to = Math.min(this.#end, this.#at + Math.max(needed, this.#pieceBytes))
      this.#window = await this.#file.read(this.#at, to, this.#memoryFor?.(to - this.#at))
      this.#windowAt = this.#at
    }
    return this.#window.subarray(this.#at - this.#windowAt)
  }
}

/** @throws Error: no page can be so. */
function proveHeader(header: PageHeader): void {
  const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dictionary } = header
  const [packed, unpacked] = [header.compressed_page_size, header.uncompressed_page_size]
  const counts = [packed, unpacked, v1?.num_values, dictionary?.num_values, v2?.num_values, v2?.num_nulls, v2?.num_rows]
  const levels = v2 && [v2.definition_levels_byte_length, v2.repetition_levels_byte_length]
  for (const count of [...counts, ...(levels ?? [])]) {
    if (count !== undefined && !(Number.isInteger(count) && count >= 0)) throw new Error(`a page of it says ${count}`)
  }
  if (packed > pageBytesMax || unpacked > pageBytesMax)
    throw new Error(`a page of it is larger than ${pageBytesMax} bytes`)
  const values = v1?.num_values ?? v2?.num_values ?? 0
  if (values > pageValuesMax) throw new Error(`a page of it has more than ${pageValuesMax} values`)
  if (v2 === undefined) return
  if (v2.num_nulls > v2.num_values) throw new Error('a page of it has more rows without a value than it has rows')
  const levelBytes = levels!.reduce((sum, length) => sum + length, 0)
  if (levelBytes > packed || levelBytes > unpacked) throw new Error('a page of it is shorter than what it begins with')
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}
