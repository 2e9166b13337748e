/** Parquet, by pieces of its groups of rows that fit into memory. A packed file has to be unpacked whole before. */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { Json } from '@millrace/event/event'
import {
  type AsyncBuffer,
  type Compressors,
  type DecodedArray,
  type FileMetaData,
  type ParquetParsers,
  type ParquetReadOptions,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
} from 'hyparquet'
import { compressors as inJavaScript } from 'hyparquet-compressors'
import { MillraceError } from '../../../errors.ts'
import { UnreadableFile } from './file-bytes.ts'
import type { Part } from './parts.ts'
import { type RowReader, rowsAtOnceMax } from './row.ts'

/** Decompressed, as the file says; as objects it may be several times as much. */
const sliceBytesMax = 128 * 1024 * 1024
/** More than the 122,880 of a group as DuckDB writes it: part of a group costs nearly as much to read as all of it. */
const sliceRowsMax = 150_000
const unpackedBytesMax = 256 * 1024 * 1024

/** Node's own where it has them: several times as fast, and none makes more than the page says. */
const compressors: Compressors = {
  ...inJavaScript,
  GZIP: (input, maxOutputLength) => gunzipSync(input, { maxOutputLength }),
  BROTLI: (input, maxOutputLength) => brotliDecompressSync(input, { maxOutputLength }),
  ZSTD: (input, maxOutputLength) => zstdDecompressSync(input, { maxOutputLength }),
}

const parsers: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (ms) => timestamp(ms * 1_000_000n),
  timestampFromMicroseconds: (us) => timestamp(us * 1_000n),
  timestampFromNanoseconds: timestamp,
  uuidFromBytes: (bytes) => {
    if (!bytes) return undefined // what is null comes here, too
    const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  },
  dateFromDays: (days) => iso(days * 86_400_000)?.slice(0, 10) ?? days,
}

export const readParquet: RowReader = async function* (part, _settings, { row: skipped, print }) {
  const file = await bufferOf(part)
  const metadata = await reading(() => parquetMetadataAsync(file))
  for (const [rowStart, rowEnd] of slicesOf(metadata, skipped)) {
    const columns = await reading(() => columnsOf({ file, metadata, rowStart, rowEnd }))
    for (let start = rowStart; start < rowEnd; start += rowsAtOnceMax) {
      const end = Math.min(rowEnd, start + rowsAtOnceMax)
      yield { payload: linesOf(columns, start, end), count: end - start, last: end, tags: print, end: 0 }
    }
  }
}

interface Column {
  /** What stands before a value of it, as JSON: `"name":`. */
  readonly key: string
  /** Pieces of it, in order, and which row each begins with. */
  readonly pieces: { readonly start: number; readonly values: DecodedArray }[]
}

type Slice = Required<Pick<ParquetReadOptions, 'file' | 'metadata' | 'rowStart' | 'rowEnd'>>

/** Column by column, since that is how they lie there: no object for each row. */
async function columnsOf(slice: Slice): Promise<Column[]> {
  const columns = new Map<string, Column>()
  for (const { name } of parquetSchema(slice.metadata).children.map(({ element }) => element))
    columns.set(name, { key: `${JSON.stringify(name)}:`, pieces: [] })
  await parquetRead({
    ...slice,
    ...{ compressors, parsers, useOffsetIndex: true },
    onChunk: ({ columnName, columnData, rowStart }) =>
      columns.get(columnName)!.pieces.push({ start: rowStart, values: columnData }),
  })
  const all = [...columns.values()]
  for (const { key, pieces } of all) {
    pieces.sort((a, b) => a.start - b.start)
    let at = slice.rowStart
    for (const { start, values } of pieces) if (start <= at) at = Math.max(at, start + values.length)
    if (at < slice.rowEnd)
      throw new UnreadableFile(`it has no more than ${at} rows of ${key.slice(0, -1)} and says more`)
  }
  return all
}

function linesOf(columns: readonly Column[], from: number, to: number): Buffer {
  const lines = new Array<string>(to - from).fill('')
  for (const [place, { key, pieces }] of columns.entries()) {
    const before = (place === 0 ? '{' : ',') + key
    for (const { start, values } of pieces) {
      const first = Math.max(from, start)
      const end = Math.min(to, start + values.length)
      for (let row = first; row < end; row++) lines[row - from] += before + jsonTextOf(values[row - start])
    }
  }
  return Buffer.from(columns.length === 0 ? '{}\n'.repeat(to - from) : `${lines.join('}\n')}}\n`)
}

async function bufferOf(part: Part): Promise<AsyncBuffer> {
  const { plain } = part
  if (plain) {
    const slice = async (from: number, to = plain.size) => {
      const bytes = await plain.read(from < 0 ? Math.max(0, plain.size + from) : from, Math.min(to, plain.size))
      return new Uint8Array(bytes).buffer // its own: what reads it counts from its beginning
    }
    return { byteLength: plain.size, slice }
  }
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of part.bytes(0)) {
    pieces.push(piece)
    length += piece.length
    if (length > unpackedBytesMax) {
      throw new UnreadableFile(`Parquet inside a packed file may have ${unpackedBytesMax} bytes: leave it unpacked`)
    }
  }
  const { buffer } = new Uint8Array(Buffer.concat(pieces))
  return { byteLength: buffer.byteLength, slice: (from, to) => buffer.slice(from, to) }
}

async function reading<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof MillraceError || error instanceof UnreadableFile) throw error
    throw new UnreadableFile(`it is no Parquet that can be read: ${(error as Error).message}`, { cause: error })
  }
}

/** Rows from and to, by groups; of a group that is very large, by parts of it. */
function* slicesOf({ row_groups: groups }: FileMetaData, skipped: number): Generator<[number, number]> {
  let start = 0
  for (const group of groups) {
    const rows = Number(group.num_rows)
    const fits = Math.floor(rows * (sliceBytesMax / Math.max(1, Number(group.total_byte_size))))
    const step = Math.max(2_000, Math.min(sliceRowsMax, fits))
    for (let at = 0; at < rows; at += step) {
      const end = start + Math.min(rows, at + step)
      if (end > skipped) yield [Math.max(start + at, skipped), end]
    }
    start += rows
  }
}

function jsonTextOf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (isPlain(value)) return `${value as null | boolean | number}`
  return JSON.stringify(jsonOf(value))
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
}

/** Whole numbers beyond 2^53 as text, bytes as base64; NaN and infinity, which JSON cannot say, as null. */
function jsonOf(value: unknown): Json {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : `${value}`
  }
  if (typeof value === 'string' || isPlain(value)) return value as Json
  if (value instanceof Date) return iso(value.getTime()) ?? null
  if (ArrayBuffer.isView(value)) return viewJson(value)
  if (Array.isArray(value)) return value.map(jsonOf)
  if (value === undefined || typeof value !== 'object' || value === null) return null
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, jsonOf(member)]))
}

function viewJson(value: ArrayBufferView): Json {
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
  return Array.from(value as unknown as ArrayLike<number | bigint>, jsonOf)
}

/** Nanoseconds since 1970 UTC, with as many digits as it has beyond milliseconds. */
function timestamp(ns: bigint): string | null {
  const ms = ns >= 0n ? ns / 1_000_000n : -((-ns + 999_999n) / 1_000_000n)
  const rest = ns - ms * 1_000_000n
  const text = iso(Number(ms))
  if (text === undefined || rest === 0n) return text ?? null
  return `${text.slice(0, -1)}${rest
    .toString()
    .padStart(6, '0')
    .replace(/(000)$/, '')}Z`
}

function iso(ms: number): string | undefined {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : undefined
}
