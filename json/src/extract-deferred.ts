/** Decides the cells that `assembly/extract.ts` defers: numbers that need more than 64 bits, or that hardly any type holds. */
import type { MemoryViews } from './extract-copies.ts'
import type { ChunkLayout } from './extract-layout.ts'
import { type Leaf, rowFlags } from './extraction.ts'
import { isNumberInRange, readDecimalText, readDouble } from './scalar.ts'

/** The records are at `layout.deferred`, four words each: row, leaf, start and end of the token. Decimals are written from `end` on. */
export function decideDeferred(views: MemoryViews, leaves: readonly Leaf[], layout: ChunkLayout, end: number): void {
  const { bytes, words } = views
  const text = Buffer.from(views.buffer)
  let decimals = end
  for (let record = layout.deferred >> 2; record < end >> 2; record += 4) {
    const [row, leaf] = [words[record]!, words[record + 1]!]
    const token = text.toString('latin1', words[record + 2], words[record + 3])
    const column = layout.columns[leaf]!
    const { type, scale = 0 } = leaves[leaf]!
    const flags = layout.flags + row
    if (type === 'DOUBLE') {
      const value = readDouble(token)
      if (value !== undefined) {
        views.doubles[(column.values >> 3) + row] = value
        bytes[column.valid + (row >> 3)]! |= 1 << (row & 7)
        continue
      }
      bytes[flags]! |= rowFlags.misfit
    } else if (type === 'DECIMAL') {
      const decimal = readDecimalText(token, scale)
      if (decimal === undefined) {
        bytes[flags]! |= rowFlags.misfit
      } else {
        words[(column.values >> 2) + row * 2] = decimals
        words[(column.values >> 2) + row * 2 + 1] = decimal.length
        decimals += text.write(decimal, decimals, 'latin1')
      }
    }
    if (!isNumberInRange(token)) bytes[flags]! |= rowFlags.numberRange
  }
}
