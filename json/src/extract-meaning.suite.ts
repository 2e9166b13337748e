/** Compares an extraction with what `JSON.parse` makes of the same text: slow, and written without a look at any extractor. */
import { expect } from 'vitest'
import type { Cell, Extracted } from './extract-cells.suite.ts'
import { type Leaf, type LeafType, rowFlags } from './extraction.ts'

/** @returns how many rows had no flag that forbids a comparison, and no repeated key. */
export function expectSameMeaning(
  { rows }: Extracted,
  leaves: readonly Leaf[],
  texts: readonly string[],
  depthMax: number,
): number {
  let compared = 0
  for (const [row, { flags, cells }] of rows.entries()) {
    if ((flags & ~rowFlags.sanitized) !== 0) continue
    compared++
    const values = new Map<string, unknown>()
    collectValues(JSON.parse(texts[row]!), [], depthMax, values)
    for (const [index, leaf] of leaves.entries()) {
      const path = JSON.stringify(leaf.path)
      const value = values.get(path)
      values.delete(path)
      if (leaf.type !== 'DISCARD') expectSame(cells[index]!, value, leaf, texts[row]!)
    }
    expect([...values.keys()], `values without a leaf in ${texts[row]}`).toEqual([])
  }
  return compared
}

/** By path, every value that is neither null nor an object to be looked into. */
function collectValues(value: unknown, path: string[], depthMax: number, into: Map<string, unknown>): void {
  if (value === null) return
  if (typeof value !== 'object' || Array.isArray(value) || path.length === depthMax) {
    into.set(JSON.stringify(path), value)
    return
  }
  for (const key of Object.keys(value))
    collectValues((value as Record<string, unknown>)[key], [...path, key], depthMax, into)
}

function expectSame(cell: Cell, value: unknown, { path, type }: Leaf, text: string): void {
  const told = `${path} as ${type} in ${text}`
  if (value === undefined) expect(cell, told).toBe(null)
  else if (type === 'JSON') expect(JSON.parse(String(cell)), told).toEqual(wellFormed(value))
  else if (type === 'DECIMAL')
    expect(Number(cell) - Number(value), told).toBe(0) // -0 is 0
  else
    expect(readBack(cell, type, typeof value), told).toBe(
      type === 'TIMESTAMP' ? dateOf(String(value)) : wellFormed(value),
    )
}

/** A cell in the shape that `JSON.parse` gives its value. */
function readBack(cell: Cell, type: LeafType, shape: string): unknown {
  if (type === 'DATE') return new Date(Number(cell) * 86_400_000).toISOString().slice(0, 10)
  if (type === 'TIMESTAMP') return Math.floor(Number(cell) / 1000)
  if (type === 'VARCHAR' && shape === 'boolean') return cell === 'true'
  return shape === 'number' ? Number(cell) : cell
}

/** A time without a zone is UTC with us; µs are beyond a Date. */
function dateOf(text: string): number {
  const hasZone = text.length === 10 || /(?:[Zz]|[-+]\d\d:?\d\d|[-+]\d\d)$/.test(text.slice(11))
  const iso = text
    .replace(' ', 'T')
    .replace('z', 'Z')
    .replace(/(\.\d{3})\d+/, '$1')
    .replace(/([-+]\d\d)(\d\d)$/, '$1:$2')
  const zoned = /T.*[-+]\d\d$/.test(iso) ? `${iso}:00` : iso
  return new Date(hasZone ? zoned : `${zoned}Z`).getTime()
}

function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (Array.isArray(value)) return value.map(wellFormed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key.toWellFormed(), wellFormed(member)]))
}
