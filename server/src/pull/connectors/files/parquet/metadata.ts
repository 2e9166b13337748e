/** What a file of Parquet says of itself at its end, looked through before anything is believed of it. */
import { type ColumnMetaData, type FileMetaData, parquetMetadata, type RowGroup, type SchemaElement } from 'hyparquet'
import { markGeoColumns } from 'hyparquet/src/geoparquet.js'
import { endOfStruct } from './thrift-bounds.ts'
import type { WholeFile } from './whole-file.ts'

/** Behind the metadata: their length, 4 bytes, and what all files of Parquet end with. */
const tailBytes = 8
const metadataBytesMax = 64 * 1024 * 1024
/** Some 30 for each column of a group of rows. */
const metadataValuesMax = 8_000_000
const schemaDepthMax = 64

/** @throws Error: it is no file of Parquet, is encrypted, or lies. */
export async function readMetadata(file: WholeFile): Promise<FileMetaData> {
  if (file.size < tailBytes + 4) throw new Error('it is too short')
  const tail = Buffer.from(await file.read(file.size - tailBytes, file.size))
  const mark = tail.toString('latin1', 4)
  if (mark === 'PARE') throw new Error('it is encrypted')
  if (mark !== 'PAR1') throw new Error('it does not end as such a file does')
  const length = tail.readUInt32LE(0)
  if (length > file.size - tailBytes - 4) throw new Error('what it says of itself is longer than the file')
  if (length > metadataBytesMax) throw new Error(`what it says of itself is larger than ${metadataBytesMax} bytes`)
  const bytes = await file.read(file.size - tailBytes - length, file.size)
  if (endOfStruct(bytes.subarray(0, length), 0, metadataValuesMax) === undefined)
    throw new Error('what it says of itself is cut short')
  // Columns with shapes are looked for only in a schema that is a tree: in another one that would not end.
  const metadata = parquetMetadata(new Uint8Array(bytes), { geoparquet: false })
  proveSchema(metadata.schema)
  markGeoColumns(metadata.schema, metadata.key_value_metadata)
  for (const group of metadata.row_groups) proveGroup(group)
  return metadata
}

/** Elements are a tree, each before its children. */
function proveSchema(schema: readonly SchemaElement[]): void {
  /** Of the elements that the next one lies in: how many more they have. */
  const open: number[] = []
  for (const [index, { num_children: children = 0 }] of schema.entries()) {
    if (index > 0 && open.length === 0) throw new Error('its schema is no tree')
    if (children < 0 || open.length > schemaDepthMax) throw new Error('its schema is deeper than can be read')
    if (open.length > 0) open[open.length - 1]! -= 1
    if (children > 0) open.push(children)
    while (open.at(-1) === 0) open.pop()
  }
  if (schema.length < 2) throw new Error('it has no columns')
  if (open.length > 0) throw new Error('its schema is cut short')
}

function proveGroup({ num_rows: rows, columns }: RowGroup): void {
  if (!isCount(rows)) throw new Error(`a group of it says that it has ${rows} rows`)
  for (const { meta_data: meta } of columns) if (meta !== undefined) rangeOf(meta)
}

/** A column of a group, by the names from the root on. @throws Error: it is not in it, or in another file. */
export function columnOf({ columns }: RowGroup, path: readonly string[]): ColumnMetaData {
  const found = columns.find(({ meta_data: meta }) => {
    const names = meta?.path_in_schema ?? []
    return names.length === path.length && names.every((name, place) => name === path[place])
  })
  if (found?.meta_data === undefined || found.file_path) throw new Error(`column ${path.join('.')} is not in it`)
  return found.meta_data
}

/** Where a column of a group lies in the file. @throws Error: nowhere. */
export function rangeOf(meta: ColumnMetaData): { readonly from: number; readonly to: number } {
  const from = meta.dictionary_page_offset || meta.data_page_offset
  const { total_compressed_size: bytes } = meta
  if (!isCount(from) || !isCount(bytes)) throw new Error('a column of it says that it lies where nothing can be')
  return { from: Number(from), to: Number(from) + Number(bytes) }
}

function isCount(value: bigint | number | undefined): value is bigint | number {
  return value !== undefined && value >= 0 && Number.isSafeInteger(Number(value))
}
