/**
 * The extractor in WebAssembly: `assembly/extract.ts` reads a chunk of rows in its memory, `extract-deferred.ts` decides the cells
 * it deferred, and the columns are copied out.
 */
import { readFileSync } from 'node:fs'
import { type Chunk, chunksOf } from './extract-chunks.ts'
import { type ColumnCopy, type MemoryViews, openColumnCopy, viewMemory } from './extract-copies.ts'
import { decideDeferred } from './extract-deferred.ts'
import {
  type ChunkLayout,
  columnAt,
  layOutChunk,
  layOutTables,
  TABLES_START,
  type TablesLayout,
  writePowers,
  writeTables,
} from './extract-layout.ts'
import { buildTrie } from './extract-trie.ts'
import { type ExtractionPart, type Extractor, type ExtractorSettings, type Leaf, rowFlags } from './extraction.ts'
import { openWasmRoom, type WasmExports, type WasmRoom } from './wasm-room.ts'

/** What `assembly/extract.ts` exports. */
interface ExtractExports extends WasmExports {
  freeAddress(): number
  powersAddress(): number
  configure(
    nodes: number,
    nodeCount: number,
    slots: number,
    slotMask: number,
    seed: bigint,
    depthMax: number,
    valueBytesMax: number,
  ): void
  readRows(input: number, starts: number, rowCount: number, flags: number, deferred: number): number
  gatherText(column: number, rowCount: number, base: number, heap: number): number
}

/** @throws WebAssembly.CompileError There is no SIMD. @throws RangeError as `openExtractor`. */
export function openWasmExtractor({ leaves, depthMax, valueBytesMax }: ExtractorSettings): Extractor {
  const nodes = buildTrie(leaves, depthMax)
  if (depthMax > DEPTH_MAX) throw new RangeError(`depthMax is ${depthMax}, at most ${DEPTH_MAX} is possible`)
  const tables = layOutTables(nodes, leaves.length)
  const seed = crypto.getRandomValues(new BigUint64Array(1))[0]!
  const room = openWasmRoom<ExtractExports>(compiled(), (extract) => {
    if (extract.freeAddress() > TABLES_START) throw new Error('the extractor has more constants than it has room for')
    extract.memory.grow(Math.ceil(tables.end / PAGE_BYTES))
    writePowers(extract.memory.buffer, extract.powersAddress())
    writeTables(extract.memory.buffer, tables, nodes, leaves)
    const { slots, slotMask } = tables
    extract.configure(tables.nodes, nodes.length, slots, slotMask, seed, depthMax, valueBytesMax)
  })
  return {
    extract(parts) {
      const batch = openBatch(leaves, parts)
      const rowBytes = batch.columns.reduce((sum, { width }) => sum + width, 1)
      const rowsMax = Math.max(8, Math.min(CHUNK_ROWS_MAX, CELLS_BYTES / rowBytes) & ~7)
      try {
        for (const chunk of chunksOf(parts, rowsMax)) readChunk(room, tables, leaves, batch, chunk)
      } finally {
        room.leave()
      }
      const { columns, flags } = batch
      return {
        rowCount: flags.length,
        columns: columns.map((column) => column.finish()),
        flags,
        flaggedCount: countFlagged(flags),
      }
    },
  }
}

interface Batch {
  readonly columns: readonly ColumnCopy[]
  readonly flags: Uint8Array
  /** Rows that have been read. */
  rowsRead: number
}

function openBatch(leaves: readonly Leaf[], parts: readonly ExtractionPart[]): Batch {
  let rowCount = 0
  let byteLength = 0
  for (const { payload, starts, rows } of parts) {
    rowCount += (rows ?? starts).length
    byteLength += payload.length
  }
  return {
    columns: leaves.map(({ type }) => openColumnCopy(type, rowCount, byteLength)),
    flags: new Uint8Array(rowCount),
    rowsRead: 0,
  }
}

function readChunk(
  room: WasmRoom<ExtractExports>,
  tables: TablesLayout,
  leaves: readonly Leaf[],
  batch: Batch,
  chunk: Chunk,
): void {
  const { rowCount, byteLength } = chunk
  const layout = layOutChunk(tables, batch.columns, rowCount, byteLength)
  const extract = room.enter(layout.deferred + byteLength * DEFERRED_BYTES_PER_BYTE + SPARE_BYTES)
  writeChunk(viewMemory(extract.memory.buffer), layout, tables, chunk)
  const deferredBytes = extract.readRows(layout.input, layout.starts, rowCount, layout.flags, layout.deferred)

  const decimals = layout.deferred + deferredBytes
  const heap = decimals + deferredBytes * DECIMAL_BYTES_PER_DEFERRED_BYTE
  room.enter(heap + byteLength + (heap - decimals) + SPARE_BYTES)
  const views = viewMemory(extract.memory.buffer)
  if (deferredBytes > 0) decideDeferred(views, leaves, layout, decimals)

  batch.flags.set(views.bytes.subarray(layout.flags, layout.flags + rowCount), batch.rowsRead)
  for (const [index, column] of batch.columns.entries()) {
    const cells = { views, ...layout.columns[index]!, rowCount, firstRow: batch.rowsRead }
    column.append(cells, (base) => {
      const length = extract.gatherText(columnAt(tables, index), rowCount, base, heap)
      return views.bytes.subarray(heap, heap + length)
    })
  }
  batch.rowsRead += rowCount
}

function writeChunk({ bytes, words }: MemoryViews, layout: ChunkLayout, tables: TablesLayout, chunk: Chunk): void {
  words.set(chunk.starts, layout.starts >> 2)
  for (const { payload, start, end, at } of chunk.runs) bytes.set(payload.subarray(start, end), layout.input + at)
  bytes.fill(0, layout.cells, layout.input)
  for (const [index, { values, valid }] of layout.columns.entries()) {
    const column = columnAt(tables, index) >> 2
    words[column + 1] = values
    words[column + 2] = valid
  }
}

function countFlagged(flags: Uint8Array): number {
  let count = 0
  for (const flag of flags) if ((flag & ~rowFlags.sanitized) !== 0) count++
  return count
}

let module: WebAssembly.Module | undefined

/** Compiled once in a process, so that what the engine has optimised is not lost with a mapping. */
function compiled(): WebAssembly.Module {
  module ??= new WebAssembly.Module(readFileSync(new URL('./extract.wasm', import.meta.url)))
  return module
}

/** `DEPTH_MAX` of `assembly/extract.ts`. */
const DEPTH_MAX = 1024
const PAGE_BYTES = 65_536
/** What the columns of a chunk may take. */
const CELLS_BYTES = 1024 * 1024
const CHUNK_ROWS_MAX = 4096
/** A deferred cell takes 16 bytes and has at least 6 in its row, as in `"":-0,`. */
const DEFERRED_BYTES_PER_BYTE = 3
/** The text of a DECIMAL has at most 41 bytes: `-0.` and 38 digits. */
const DECIMAL_BYTES_PER_DEFERRED_BYTE = 3
/** What may be read or written behind texts. */
const SPARE_BYTES = 64
