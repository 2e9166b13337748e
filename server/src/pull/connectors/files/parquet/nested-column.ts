/** A column whose values the library puts together: what is nested, and what is seldom. Its pages are read when their rows are asked for. */
import type { Compressors, DecodedArray, RowGroup, SchemaTree } from 'hyparquet'
import { assembleNested } from 'hyparquet/src/assemble.js'
import { type Cells, CellWindow, type ColumnReader } from './cells.ts'
import { LeafRows } from './leaf-rows.ts'
import { jsonTextOf, parsers } from './values.ts'
import type { WholeFile } from './whole-file.ts'

export class NestedColumn implements ColumnReader {
  readonly key: Buffer
  readonly isFlat = false
  readonly name: string
  readonly #node: SchemaTree
  readonly #window = new CellWindow()
  readonly #leaves: readonly LeafRows[]

  constructor(root: SchemaTree, node: SchemaTree, compressors: Compressors) {
    this.name = node.element.name
    this.key = Buffer.from(`${JSON.stringify(this.name)}:`)
    this.#node = node
    this.#leaves = leavesOf([root, node]).map((path) => new LeafRows(path, compressors))
  }

  /** Goes on with a group of rows. @throws Error: the column is not in it. */
  begin(file: WholeFile, group: RowGroup, pieceBytes: number): void {
    for (const leaf of this.#leaves) leaf.begin(file, group, pieceBytes)
  }

  left(): number {
    let rows = Number.POSITIVE_INFINITY
    for (const leaf of this.#leaves) rows = Math.min(rows, leaf.left())
    return rows
  }

  async turn(): Promise<number> {
    for (const leaf of this.#leaves) await leaf.turn()
    return this.left()
  }

  async skip(count: number): Promise<void> {
    for (const leaf of this.#leaves) await leaf.skip(count)
  }

  read(count: number): Cells {
    const { cells, starts, ends } = this.#window
    const values = this.#take(count)
    cells.length = 0
    for (let index = 0; index < count; index++) {
      starts[index] = cells.length
      cells.json(jsonTextOf(values[index]))
      ends[index] = cells.length
    }
    return this.#window
  }

  #take(count: number): DecodedArray {
    if (this.#node.children.length === 0) return this.#leaves[0]!.take(count)
    const columns = new Map(this.#leaves.map((leaf) => [leaf.name, leaf.take(count)]))
    assembleNested(columns, this.#node, parsers)
    const values = columns.get(this.name)
    if (values?.length !== count) throw new Error(`columns of ${this.name} disagree about its rows`)
    return values
  }
}

/** From the root to each column without any below it. */
function leavesOf(path: SchemaTree[]): SchemaTree[][] {
  const { children } = path.at(-1)!
  return children.length === 0 ? [path] : children.flatMap((child) => leavesOf([...path, child]))
}
