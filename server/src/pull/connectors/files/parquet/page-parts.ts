/** A page of values unpacked: which rows and lists its values belong to, and their bytes (parquet.thrift and Encodings.md of Apache Parquet). */
import type { CompressionCodec, Compressors } from 'hyparquet'
import { decompressPage } from 'hyparquet/src/datapage.js'
import type { PackedPage } from './chunk-pages.ts'
import { readRuns } from './run-lengths.ts'

export interface PageParts {
  /** Levels, one for each value, those included that are null. */
  readonly levels: number
  /** 0 where a row begins; undefined where no list is in the column. */
  readonly repetitions: Uint8Array | undefined
  /** The greatest of the column where there is a value; undefined where all are there. */
  readonly definitions: Uint8Array | undefined
  /** How many values are not null. */
  readonly count: number
  readonly encoding: string
  /** Of the values that are not null. */
  readonly bytes: Uint8Array
}

export interface LevelsMax {
  readonly repetition: number
  readonly definition: number
}

export interface Unpacking {
  readonly codec: CompressionCodec
  readonly compressors: Compressors
}

/** @throws Error: it is damaged. */
export function partsOfPage({ header, packed }: PackedPage, max: LevelsMax, unpacking: Unpacking): PageParts {
  const { data_page_header: v1, data_page_header_v2: v2 } = header
  if (v2 !== undefined) {
    const repetitionBytes = v2.repetition_levels_byte_length
    const levelBytes = repetitionBytes + v2.definition_levels_byte_length
    const rest = packed.subarray(levelBytes)
    const restBytes = header.uncompressed_page_size - levelBytes
    const isPacked = v2.is_compressed !== false && restBytes > 0
    return {
      ...levelsOf(
        packed.subarray(0, repetitionBytes),
        packed.subarray(repetitionBytes, levelBytes),
        v2.num_values,
        max,
      ),
      encoding: v2.encoding,
      bytes: isPacked ? unpacked(rest, restBytes, unpacking) : rest,
    }
  }
  if (v1 === undefined) throw new Error(`pages of type ${header.type} are not known`)
  for (const [levelsMax, encoding] of [
    [max.repetition, v1.repetition_level_encoding],
    [max.definition, v1.definition_level_encoding],
  ] as const) {
    if (levelsMax > 0 && encoding !== 'RLE') throw new Error(`levels as ${encoding} are not known`)
  }
  const bytes = unpacked(packed, header.uncompressed_page_size, unpacking)
  const [repetitions, repetitionsEnd] = toldLevels(bytes, 0, max.repetition)
  const [definitions, end] = toldLevels(bytes, repetitionsEnd, max.definition)
  const levels = levelsOf(repetitions, definitions, v1.num_values, max)
  return { ...levels, encoding: v1.encoding, bytes: bytes.subarray(end) }
}

export function unpacked(packed: Uint8Array, bytes: number, { codec, compressors }: Unpacking): Uint8Array {
  return decompressPage(packed, bytes, codec, compressors)
}

/** Whose length stands before them, where there are any. */
function toldLevels(bytes: Uint8Array, at: number, max: number): [levels: Uint8Array, end: number] {
  if (max === 0) return [bytes.subarray(at, at), at]
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true)
  const end = at + 4 + length
  if (end > bytes.length) throw new Error('levels of a page are cut short')
  return [bytes.subarray(at + 4, end), end]
}

function levelsOf(
  repetitionBytes: Uint8Array,
  definitionBytes: Uint8Array,
  levels: number,
  max: LevelsMax,
): Pick<PageParts, 'levels' | 'repetitions' | 'definitions' | 'count'> {
  const repetitions = readLevels(repetitionBytes, levels, max.repetition)
  const definitions = readLevels(definitionBytes, levels, max.definition)
  if (definitions === undefined) return { levels, repetitions, definitions, count: levels }
  let count = 0
  for (let at = 0; at < levels; at++) if (definitions[at] === max.definition) count++
  return { levels, repetitions, definitions: count === levels ? undefined : definitions, count }
}

function readLevels(bytes: Uint8Array, count: number, max: number): Uint8Array | undefined {
  if (max === 0) return undefined
  const levels = new Uint8Array(count)
  readRuns(bytes, 0, 32 - Math.clz32(max), levels)
  for (let at = 0; at < count; at++) if (levels[at]! > max) throw new Error('a level is higher than can be')
  return levels
}
