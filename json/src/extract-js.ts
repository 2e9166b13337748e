/** The extractor in plain JavaScript: the fallback where WebAssembly fails, and the oracle that the fast one is compared with. */
import { emptyColumn } from './extract-columns.ts'
import { type CellColumn, openCellColumn } from './extract-js-column.ts'
import { buildTrie, type TrieNode } from './extract-trie.ts'
import { type Extraction, type Extractor, type ExtractorSettings, rowFlags } from './extraction.ts'
import { type ScalarKind, type Visitor, walk } from './walk.ts'

export function openJsExtractor(settings: ExtractorSettings): Extractor {
  const nodes = buildTrie(settings.leaves, settings.depthMax)
  return {
    extract(parts) {
      const rowCount = parts.reduce((sum, { starts, rows }) => sum + (rows ?? starts).length, 0)
      const columns = settings.leaves.map((leaf) => openCellColumn(leaf, rowCount, settings.valueBytesMax))
      const reader = new RowReader(nodes, columns, settings.depthMax)
      const flags = new Uint8Array(rowCount)
      let row = 0
      for (const { payload, starts, ends, rows } of parts) {
        for (let place = 0; place < (rows ?? starts).length; place++) {
          const record = rows ? rows[place]! : place
          flags[row] = reader.read(row, payload, starts[record]!, ends[record]!)
          row++
        }
      }
      return finish(columns, flags)
    },
  }
}

function finish(columns: readonly (CellColumn | undefined)[], flags: Uint8Array): Extraction {
  return {
    rowCount: flags.length,
    columns: columns.map((column) => column?.finish() ?? emptyColumn),
    flags,
    flaggedCount: flags.reduce((count, flag) => count + ((flag & ~rowFlags.sanitized) === 0 ? 0 : 1), 0),
  }
}

/** Walks one row after the other with the trie beside it. */
class RowReader implements Visitor {
  readonly #columns: readonly (CellColumn | undefined)[]
  readonly #depthMax: number
  readonly #root: TrieNode
  /** The row in which each node was seen last. */
  readonly #seenIn: Int32Array
  /** Nodes of the open objects, the event's own first; undefined for one the mapping does not know. */
  readonly #path: (TrieNode | undefined)[] = []
  /** The node of the last key. */
  #node: TrieNode | undefined
  #row = 0
  #payload: Uint8Array = new Uint8Array(0)
  #flags = 0
  /** Open brackets of the array or object that is read as one value; 0 outside of any. */
  #valueDepth = 0
  #valueStart = 0

  constructor(nodes: readonly TrieNode[], columns: readonly (CellColumn | undefined)[], depthMax: number) {
    this.#root = nodes[0]!
    this.#seenIn = new Int32Array(nodes.length).fill(-1)
    this.#columns = columns
    this.#depthMax = depthMax
  }

  /** @returns the row's flags. */
  read(row: number, payload: Uint8Array, start: number, end: number): number {
    this.#row = row
    this.#payload = payload
    this.#flags = 0
    this.#node = this.#root
    walk(payload, start, end, this)
    return this.#flags
  }

  objectStart(start: number): void {
    if (this.#valueDepth > 0 || this.#path.length === this.#depthMax) this.arrayStart(start)
    else this.#path.push(this.#node)
  }

  objectEnd(end: number): void {
    if (this.#valueDepth > 0) this.arrayEnd(end)
    else this.#path.pop()
  }

  arrayStart(start: number): void {
    if (this.#valueDepth === 0) this.#valueStart = start
    this.#valueDepth++
  }

  arrayEnd(end: number): void {
    this.#valueDepth--
    if (this.#valueDepth === 0) this.#value('container', this.#valueStart, end)
  }

  key(key: string): void {
    if (this.#valueDepth > 0) return
    const node = this.#path.at(-1)?.children.get(key)
    this.#node = node
    if (!node) return
    if (this.#seenIn[node.index] === this.#row) this.#flags |= rowFlags.duplicateKey
    this.#seenIn[node.index] = this.#row
  }

  scalar(kind: ScalarKind, start: number, end: number): void {
    if (this.#valueDepth === 0 && kind !== 'null') this.#value(kind, start, end)
  }

  #value(kind: Exclude<ScalarKind, 'null'> | 'container', start: number, end: number): void {
    if (!this.#node || this.#node.leaf < 0) this.#flags |= rowFlags.unknown
    else this.#flags |= this.#columns[this.#node.leaf]?.set(this.#row, kind, this.#payload, start, end) ?? 0
  }
}
