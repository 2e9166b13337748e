/**
 * How a mapping and a batch lie in the memory of `assembly/extract.ts`. First, written once for each instance:
 *
 *   nodes      64 bytes each, the event's own object first: see assembly/extract-keys.ts
 *   columns    20 bytes each, one for each leaf: see assembly/extract-cells.ts
 *   slots      u32 each, zeroed, a power of two of them: where nodes are found by their keys
 *   keys       each followed by a quote and 16 bytes to spare
 *
 * Then, anew for each chunk of rows (src/extract-chunks.ts):
 *
 *   starts     u32 each: where each row starts in the input
 *   flags      a byte for each row
 *   cells      the columns, each its values, then its validity bits; zeroed
 *   input      the rows, with 64 bytes to spare
 *   deferred   16 bytes for each cell that JavaScript decides, and the decimals that come of them
 *   heap       the texts of one column at a time
 */

import type { TrieNode } from './extract-trie.ts'
import type { Leaf, LeafType } from './extraction.ts'

/** Column types as `assembly/extract-cells.ts` numbers them. */
const typeNumbers: { readonly [type in LeafType]: number } = {
  BOOLEAN: 0,
  BIGINT: 1,
  DOUBLE: 2,
  DECIMAL: 3,
  TIMESTAMP: 4,
  DATE: 5,
  VARCHAR: 6,
  JSON: 7,
  DISCARD: 8,
}

export interface TablesLayout {
  readonly nodes: number
  readonly columns: number
  readonly slots: number
  /** Their number less one. */
  readonly slotMask: number
  readonly keys: readonly { readonly at: number; readonly bytes: Uint8Array }[]
  readonly end: number
}

/** Behind the module's own constants. */
export const TABLES_START = 16 * 1024

export function layOutTables(nodes: readonly TrieNode[], leafCount: number): TablesLayout {
  const columns = TABLES_START + nodes.length * NODE_BYTES
  const slots = columns + leafCount * COLUMN_BYTES
  const slotMask = 2 ** Math.ceil(Math.log2(nodes.length * 2)) - 1
  let end = slots + (slotMask + 1) * 4
  const keys = nodes.map(({ key }) => {
    const at = end
    const bytes = generalUtf8(key)
    end += bytes.length + 1 + KEY_SPARE_BYTES
    return { at, bytes }
  })
  return { nodes: TABLES_START, columns, slots, slotMask, keys, end: alignUp(end) }
}

/** Writes all tables but the columns' addresses, into memory that is zeroed. */
export function writeTables(
  memory: ArrayBuffer,
  tables: TablesLayout,
  nodes: readonly TrieNode[],
  leaves: readonly Leaf[],
): void {
  const words = new Uint32Array(memory)
  const bytes = new Uint8Array(memory)
  for (const [index, { type, scale = 0 }] of leaves.entries()) {
    words.set([typeNumbers[type], 0, 0, scale, index], columnAt(tables, index) >> 2)
  }
  for (const node of nodes) {
    const at = nodeAt(tables, node)
    const key = tables.keys[node.index]!
    bytes.set(key.bytes, key.at)
    bytes[key.at + key.bytes.length] = QUOTE
    const column = node.leaf < 0 ? 0 : columnAt(tables, node.leaf)
    words.set([key.at, key.bytes.length, 0, column, 0, 0, 0, keyMask(key.bytes)], at >> 2)
    bytes.copyWithin(at + KEY_START, key.at, key.at + KEY_START_BYTES)
    if (!canStandAsItIs(key.bytes)) bytes.fill(NO_TEXT, at + KEY_START, at + KEY_START + KEY_START_BYTES)
  }
  for (const node of nodes) {
    for (const child of node.children.values()) words[(nodeAt(tables, child) + PARENT) >> 2] = nodeAt(tables, node)
  }
}

function nodeAt(tables: TablesLayout, node: TrieNode): number {
  return tables.nodes + node.index * NODE_BYTES
}

export function columnAt(tables: TablesLayout, leaf: number): number {
  return tables.columns + leaf * COLUMN_BYTES
}

/** The first 64 bits of each power of ten from 10^-64 to 10^64, as `assembly/extract-doubles.ts` wants them. */
export function writePowers(memory: ArrayBuffer, at: number): void {
  const powers = new BigUint64Array(memory, at, 2 * POWER_MAX + 1)
  for (let exponent = -POWER_MAX; exponent <= POWER_MAX; exponent++) {
    const power = exponent < 0 ? 2n ** 512n / 10n ** BigInt(-exponent) : 10n ** BigInt(exponent) * 2n ** 64n
    powers[exponent + POWER_MAX] = power >> BigInt(power.toString(2).length - 64)
  }
}

export interface ChunkLayout {
  readonly starts: number
  readonly flags: number
  readonly cells: number
  /** One for each leaf; nothing of a leaf that is not kept. */
  readonly columns: readonly { readonly valid: number; readonly values: number }[]
  readonly input: number
  readonly deferred: number
}

export function layOutChunk(
  tables: TablesLayout,
  columns: readonly { readonly width: number }[],
  rowCount: number,
  byteLength: number,
): ChunkLayout {
  const starts = tables.end
  const flags = starts + rowCount * 4
  const cells = alignUp(flags + rowCount)
  let end = cells
  const places = columns.map(({ width }) => {
    const values = end
    const valid = alignUp(values + width * rowCount)
    if (width > 0) end = alignUp(valid + (rowCount >> 3) + 1)
    return { values, valid }
  })
  const deferred = alignUp(end + byteLength + SPARE_BYTES)
  return { starts, flags, cells, columns: places, input: end, deferred }
}

function alignUp(address: number): number {
  return Math.ceil(address / 64) * 64
}

/** Which of a key's first 16 bytes count, the quote behind it included. */
function keyMask(key: Uint8Array): number {
  return 2 ** Math.min(key.length + 1, KEY_START_BYTES) - 1
}

/** Whether JSON may have the key without an escape. */
function canStandAsItIs(key: Uint8Array): boolean {
  return key.every((byte) => byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH)
}

/** UTF-8, and a lone surrogate in the three bytes it would have if it were a character. */
function generalUtf8(text: string): Uint8Array {
  const pieces = [...text].map((character) => {
    const code = character.codePointAt(0)!
    if (code < 0xd800 || code > 0xdfff) return Buffer.from(character)
    return Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)])
  })
  return Buffer.concat(pieces)
}

const NODE_BYTES = 64
const COLUMN_BYTES = 20
const KEY_SPARE_BYTES = 16
/** Behind the input, for reads of 16 bytes at its end. */
const SPARE_BYTES = 64
/** Places in a node. */
const PARENT = 8
const KEY_START = 32
const KEY_START_BYTES = 16

const QUOTE = 0x22
const BACKSLASH = 0x5c
/** As in assembly/extract-doubles.ts. */
const POWER_MAX = 64
/** A byte that UTF-8 never has. */
const NO_TEXT = 0xff
