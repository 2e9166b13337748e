/**
 * Parquet, by its groups of rows, page by page, straight to JSON: no more of it is in memory than pages of its columns. A packed file has
 * to be unpacked whole before.
 */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { type Compressors, type FileMetaData, parquetSchema, type RowGroup, type SchemaTree } from 'hyparquet'
import { compressors as inJavaScript } from 'hyparquet-compressors'
import { MillraceError } from '../../../errors.ts'
import { UnreadableFile } from './file-bytes.ts'
import { FlatColumn } from './parquet/flat-column.ts'
import { flatKindOf } from './parquet/flat-values.ts'
import { readMetadata } from './parquet/metadata.ts'
import { NestedColumn } from './parquet/nested-column.ts'
import { openRowLines } from './parquet/row-lines.ts'
import { openWhole, type WholeFile } from './parquet/whole-file.ts'
import { type RowReader, rowsAtOnceMax } from './row.ts'

/** Of the columns of a group as they are in the file: those of larger ones are read by pieces, which are as large as this together. */
const packedBytesMax = 128 * 1024 * 1024
const pieceBytesMin = 64 * 1024

/** Node's own where it has them: several times as fast, and none makes more than the page says. */
const compressors: Compressors = {
  ...inJavaScript,
  GZIP: (input, maxOutputLength) => gunzipSync(input, { maxOutputLength }),
  BROTLI: (input, maxOutputLength) => brotliDecompressSync(input, { maxOutputLength }),
  ZSTD: (input, maxOutputLength) => zstdDecompressSync(input, { maxOutputLength }),
}

export const readParquet: RowReader = async function* (part, _settings, { row: skipped, print }) {
  const file = await openWhole(part)
  const { metadata, columns } = await reading(async () => openColumns(await readMetadata(file)))
  const lines = openRowLines(columns)
  let start = 0
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows)
    let at = Math.max(start, skipped)
    if (at < end) await reading(() => beginGroup(file, group, columns, at - start))
    while (at < end) {
      const { count, ...rows } = await reading(() => lines.read(Math.min(rowsAtOnceMax, end - at)))
      if (count === 0) throw tooShort(columns.find((column) => column.left() === 0)!, at)
      at += count
      yield { ...rows, count, last: at, tags: print, end: 0 }
    }
    start = end
  }
}

type Column = FlatColumn | NestedColumn

function openColumns(metadata: FileMetaData): { metadata: FileMetaData; columns: Column[] } {
  const root = parquetSchema(metadata)
  const columns = new Map<string, Column>()
  for (const node of root.children) {
    const { name } = node.element
    if (columns.has(name)) throw new Error(`it has two columns ${JSON.stringify(name)}`)
    const kind = isFlat(node) ? flatKindOf(node.element) : undefined
    const flat = kind && new FlatColumn({ node, kind, compressors })
    columns.set(name, flat ?? new NestedColumn(root, node, compressors))
  }
  return { metadata, columns: [...columns.values()] }
}

function isFlat({ children, element }: SchemaTree): boolean {
  return children.length === 0 && (element.repetition_type === 'REQUIRED' || element.repetition_type === 'OPTIONAL')
}

/** At a row of it. */
async function beginGroup(file: WholeFile, group: RowGroup, columns: readonly Column[], row: number): Promise<void> {
  const packed = group.columns.reduce((sum, { meta_data: meta }) => sum + Number(meta?.total_compressed_size ?? 0), 0)
  const isLarge = packed > packedBytesMax
  const pieceBytes = isLarge ? Math.max(pieceBytesMin, packedBytesMax / group.columns.length) : packedBytesMax
  for (const column of columns) {
    column.begin(file, group, Math.floor(pieceBytes))
    await column.skip(row)
  }
}

function tooShort({ name }: Column, rows: number): UnreadableFile {
  return new UnreadableFile(`it has no more than ${rows} rows of ${JSON.stringify(name)} and says more`)
}

async function reading<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof MillraceError || error instanceof UnreadableFile) throw error
    throw new UnreadableFile(`it is no Parquet that can be read: ${(error as Error).message}`, { cause: error })
  }
}
