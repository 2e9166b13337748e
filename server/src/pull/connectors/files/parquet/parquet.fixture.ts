/** Files of Parquet: as parts of files that lie somewhere, and made by hand, with whatever is in them. */
import type { ColumnMetaData, ParquetType, SchemaElement } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js'
import { readParquet } from '../parquet.ts'
import type { Part } from '../parts.ts'

/** All lines of it. @throws UnreadableFile */
export async function linesIn(bytes: Uint8Array): Promise<string[]> {
  const lines: string[] = []
  for await (const { payload } of readParquet(partOf(bytes), {} as never, start))
    lines.push(...payload.toString().split('\n').slice(0, -1))
  return lines
}

const start = { offset: 0, row: 0, isTorn: false, print: 'print' }

export function partOf(bytes: Uint8Array): Part {
  const plain = {
    ...{ name: 'a.parquet', size: bytes.length, version: '' },
    // What it is given lies in the same memory each time, as a local file's does.
    read: async (from: number, to: number, into?: Buffer) => {
      const part = Buffer.from(bytes.subarray(from, to))
      if (into === undefined || into.length < part.length) return part
      return into.subarray(0, part.copy(into))
    },
    isUnchanged: async () => true,
    close: async () => {},
  }
  return { name: plain.name, format: 'parquet', canGrow: false, plain, bytes: async function* () {} }
}

export interface WrittenColumn {
  readonly path: readonly string[]
  readonly type: ParquetType
  /** With the header of each before it. */
  readonly pages: readonly Uint8Array[]
  /** What it says of itself beside what is so. */
  readonly lies?: Partial<ColumnMetaData>
}

/** Whatever a writer could write in one group of rows. */
export function fileOf(schema: readonly SchemaElement[], columns: readonly WrittenColumn[], rows: bigint): Buffer {
  const pieces: Uint8Array[] = [Buffer.from('PAR1')]
  let at = 4n
  const chunks = columns.map(({ path, type, pages, lies }) => {
    const bytes = BigInt(Buffer.concat(pages).length)
    const meta_data: ColumnMetaData = {
      ...{
        type,
        encodings: [],
        path_in_schema: [...path],
        codec: 'UNCOMPRESSED',
        num_values: rows,
        data_page_offset: at,
      },
      ...{ total_uncompressed_size: bytes, total_compressed_size: bytes },
      ...lies,
    }
    pieces.push(...pages)
    at += bytes
    return { file_offset: 0n, meta_data }
  })
  const groups = [{ columns: chunks, total_byte_size: at, num_rows: rows }]
  const writer = new ByteWriter()
  const root = {
    name: 'root',
    num_children: schema.filter(({ name }) => columns.some(({ path }) => path[0] === name)).length,
  }
  const metadata = { version: 1, schema: [root, ...schema], num_rows: rows, row_groups: groups, metadata_length: 0 }
  writeMetadata(writer, metadata as unknown as Parameters<typeof writeMetadata>[1])
  return Buffer.concat([...pieces, writer.getBytes(), Buffer.from('PAR1')])
}

/** Of the numbers that encodings, types of pages and so on have in parquet.thrift. */
export const numbers = { plain: 0, rle: 3, bitPacked: 4, dictionary: 8, dataPage: 0, dictionaryPage: 2, dataPageV2: 3 }

/** @param lies Fields of its header instead of those that are so. */
export function dataPage(
  values: number,
  encoding: number,
  body: Uint8Array,
  lies: Record<string, unknown> = {},
  levels = numbers.rle,
): Buffer {
  const page = { field_1: values, field_2: encoding, field_3: levels, field_4: levels }
  return pageOf({ field_1: numbers.dataPage, field_2: body.length, field_3: body.length, field_5: page, ...lies }, body)
}

export function dictionaryPage(values: number, body: Uint8Array): Buffer {
  const page = { field_1: values, field_2: numbers.plain }
  return pageOf({ field_1: numbers.dictionaryPage, field_2: body.length, field_3: body.length, field_7: page }, body)
}

export function dataPageV2(
  {
    values,
    nulls,
    rows,
    repetitions,
    definitions,
  }: Record<'values' | 'nulls' | 'rows', number> & Record<'repetitions' | 'definitions', Uint8Array>,
  encoding: number,
  body: Uint8Array,
  lies: Record<string, unknown> = {},
): Buffer {
  const all = Buffer.concat([repetitions, definitions, body])
  const lengths = { field_5: definitions.length, field_6: repetitions.length, field_7: false }
  const page = { field_1: values, field_2: nulls, field_3: rows, field_4: encoding, ...lengths, ...lies }
  return pageOf({ field_1: numbers.dataPageV2, field_2: all.length, field_3: all.length, field_8: page }, all)
}

function pageOf(header: Record<string, unknown>, body: Uint8Array): Buffer {
  const writer = new ByteWriter()
  serializeTCompactProtocol(writer, header)
  return Buffer.concat([writer.getBytes(), body])
}

/** Levels or places as one packed run of eight for each eight; before those of V1 stands their length. */
export function packed(values: readonly number[], width: number): Buffer {
  const groups = Math.ceil(values.length / 8)
  const bytes = Buffer.alloc(1 + groups * width)
  bytes[0] = groups * 2 + 1
  for (const [index, value] of values.entries()) {
    for (let bit = 0; bit < width; bit++) {
      const place = index * width + bit
      if ((value >> bit) & 1) bytes[1 + (place >> 3)]! |= 1 << (place & 7)
    }
  }
  return bytes
}

export function told(levels: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(levels.length)
  return Buffer.concat([length, levels])
}

export function texts(...values: string[]): Buffer {
  return Buffer.concat(values.map((value) => told(Buffer.from(value))))
}
