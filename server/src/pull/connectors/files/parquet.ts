/**
 * Parquet, by its groups of rows. Plain columns are read page by page, straight to JSON; of others, pieces that fit into memory. A packed
 * file has to be unpacked whole before.
 */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
  type RowGroup,
  type SchemaTree,
} from 'hyparquet'
import { compressors as inJavaScript } from 'hyparquet-compressors'
import { MillraceError } from '../../../errors.ts'
import { UnreadableFile } from './file-bytes.ts'
import { FlatColumn } from './parquet/flat-column.ts'
import { flatKindOf, isDecimal } from './parquet/flat-values.ts'
import { ObjectColumn, type Piece, tooShort } from './parquet/object-column.ts'
import { openRowLines } from './parquet/row-lines.ts'
import { parsers } from './parquet/values.ts'
import { openWhole, type WholeFile } from './parquet/whole-file.ts'
import { type RowReader, rowsAtOnceMax } from './row.ts'

/** Decompressed, as the file says; as objects it may be several times as much. */
const sliceBytesMax = 128 * 1024 * 1024
/** More than the 122,880 of a group as DuckDB writes it: part of a group costs nearly as much to read as all of it. */
const sliceRowsMax = 150_000
/** What the plain columns of a group may take as they are in the file: those of larger ones are read as the others are. */
const packedBytesMax = 128 * 1024 * 1024

/** Node's own where it has them: several times as fast, and none makes more than the page says. */
const compressors: Compressors = {
  ...inJavaScript,
  GZIP: (input, maxOutputLength) => gunzipSync(input, { maxOutputLength }),
  BROTLI: (input, maxOutputLength) => brotliDecompressSync(input, { maxOutputLength }),
  ZSTD: (input, maxOutputLength) => zstdDecompressSync(input, { maxOutputLength }),
}

export const readParquet: RowReader = async function* (part, _settings, { row: skipped, print }) {
  const file = await openWhole(part)
  const metadata = await reading(() => parquetMetadataAsync(bufferOf(file)))
  const columns = openColumns(metadata)
  const lines = openRowLines(columns)
  const flat = columns.filter((column) => column instanceof FlatColumn)
  const objects = columns.filter((column) => column instanceof ObjectColumn)
  for (const { group, start, end, slices } of groupsOf(metadata, objects.length > 0)) {
    if (end <= skipped) continue
    let at = Math.max(start, skipped)
    await reading(() => beginFlat(file, group, flat, at - start))
    for (const [from, to] of slices) {
      if (to <= at) continue
      await reading(() => beginObjects({ file, metadata, from: Math.max(from, at), to }, objects))
      while (at < to) {
        const { payload, count } = await reading(async () => lines.read(Math.min(rowsAtOnceMax, to - at)))
        if (count === 0) throw tooShort(columns.find((column) => column.left() === 0)!.key, at)
        at += count
        yield { payload, count, last: at, tags: print, end: 0 }
      }
    }
  }
}

type Column = FlatColumn | ObjectColumn

function openColumns(metadata: FileMetaData): Column[] {
  const root = parquetSchema(metadata)
  const packed = metadata.row_groups.map(({ columns }) =>
    columns.reduce((sum, { meta_data }) => sum + Number(meta_data?.total_compressed_size ?? 0), 0),
  )
  const isLarge = packed.some((bytes) => bytes > packedBytesMax)
  const names = new Set(root.children.map(({ element }) => element.name))
  return [...names].map((name) => {
    const nodes = root.children.filter(({ element }) => element.name === name)
    const told = nodes.length > 1 || !isFlat(nodes[0]!) ? undefined : flatKindOf(nodes[0]!.element)
    // The library makes doubles of decimals, whose digits may be more.
    const kind = isLarge && !isDecimal(told) ? undefined : told
    return kind === undefined ? new ObjectColumn(name) : new FlatColumn({ root, node: nodes[0]!, kind, compressors })
  })
}

function isFlat({ children, element }: SchemaTree): boolean {
  return children.length === 0 && (element.repetition_type === 'REQUIRED' || element.repetition_type === 'OPTIONAL')
}

/** At a row of the group. */
async function beginFlat(file: WholeFile, group: RowGroup, columns: readonly FlatColumn[], row: number): Promise<void> {
  for (const column of columns) {
    const chunk = group.columns.find(
      ({ meta_data: { path_in_schema: path } = { path_in_schema: [] } }) =>
        path.length === 1 && path[0] === column.name,
    )
    const meta = chunk?.meta_data
    if (meta === undefined || chunk?.file_path) throw new Error(`column ${column.name} is not in it`)
    const from = Number(meta.dictionary_page_offset || meta.data_page_offset)
    const bytes = Number(meta.total_compressed_size)
    column.begin(meta, await file.read(from, from + bytes, column.memoryFor(bytes)), Number(group.num_rows))
    column.skip(row)
  }
}

interface Slice {
  readonly file: WholeFile
  readonly metadata: FileMetaData
  readonly from: number
  readonly to: number
}

async function beginObjects({ file, metadata, from, to }: Slice, columns: readonly ObjectColumn[]): Promise<void> {
  if (columns.length === 0) return
  const pieces = new Map<string, Piece[]>(columns.map(({ name }) => [name, []]))
  await parquetRead({
    ...{ file: bufferOf(file), metadata, rowStart: from, rowEnd: to, columns: [...pieces.keys()] },
    ...{ compressors, parsers, useOffsetIndex: true },
    onChunk: ({ columnName, columnData, rowStart }) =>
      pieces.get(columnName)!.push({ start: rowStart, values: columnData }),
  })
  for (const column of columns) column.begin(pieces.get(column.name)!, from, to)
}

/** Its own memory for each piece: what reads it counts from its beginning. */
function bufferOf(file: WholeFile): AsyncBuffer {
  return {
    byteLength: file.size,
    async slice(from, to = file.size) {
      const bytes = await file.read(from < 0 ? Math.max(0, file.size + from) : from, Math.min(to, file.size))
      return new Uint8Array(bytes).buffer
    },
  }
}

async function reading<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof MillraceError || error instanceof UnreadableFile) throw error
    throw new UnreadableFile(`it is no Parquet that can be read: ${(error as Error).message}`, { cause: error })
  }
}

interface Group {
  readonly group: RowGroup
  readonly start: number
  readonly end: number
  /** Rows from and to: all at once, or what fits into memory as objects. */
  readonly slices: readonly (readonly [from: number, to: number])[]
}

function* groupsOf({ row_groups: groups }: FileMetaData, hasObjects: boolean): Generator<Group> {
  let start = 0
  for (const group of groups) {
    const rows = Number(group.num_rows)
    const fits = Math.floor(rows * (sliceBytesMax / Math.max(1, Number(group.total_byte_size))))
    const step = hasObjects ? Math.max(2_000, Math.min(sliceRowsMax, fits)) : Math.max(1, rows)
    const slices: [number, number][] = []
    for (let at = 0; at < rows; at += step) slices.push([start + at, start + Math.min(rows, at + step)])
    yield { group, start, end: start + rows, slices }
    start += rows
  }
}
