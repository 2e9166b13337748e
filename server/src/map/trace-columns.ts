/** The columns of rows that users' code has made: by which version of it, and of which event one was split off. */
import type { ColumnData, TextValues } from '../rows.ts'
import type { traceColumns } from './column-names.ts'
import { type EventRows, type Run, runsOf } from './event-rows.ts'
import type { Mapping } from './mapping.ts'
import { foldName } from './sql-name.ts'

export interface Trace {
  readonly name: (typeof traceColumns)[number]
  readonly column: ColumnData
}

/**
 * Those that any of the rows has a value for; null in the others. A table of old in which a field has the name already goes without
 * that column.
 */
export function tracesOf({ fields }: Mapping, rows: EventRows): Trace[] {
  if (!rows.inputs.some(({ transformVersion, parents }) => transformVersion !== undefined || parents)) return []
  const runs = [...runsOf(rows)]
  const traces = [
    { name: '_transform_version' as const, column: versionsOf(runs, rows.event.length) },
    { name: '_parent_id' as const, column: parentsOf(rows, runs) },
  ]
  const taken = new Set(fields.map(({ column }) => foldName(column)))
  return traces.filter(({ name, column }) => column.valid.some((bits) => bits !== 0) && !taken.has(foldName(name)))
}

function versionsOf(runs: readonly Run[], rowCount: number): ColumnData {
  const valid = new Uint8Array((rowCount + 7) >> 3)
  const values = new BigInt64Array(rowCount)
  for (const { source, start, end } of runs) {
    if (source.transformVersion === undefined) continue
    values.fill(BigInt(source.transformVersion), start, end)
    for (let row = start; row < end; row++) valid[row >> 3]! |= 1 << (row & 7)
  }
  return { valid, values }
}

function parentsOf(rows: EventRows, runs: readonly Run[]): ColumnData {
  const rowCount = rows.event.length
  const valid = new Uint8Array((rowCount + 7) >> 3)
  const texts: Uint8Array[] = []
  const offsets = new Uint32Array(rowCount + 1)
  for (const { source, start, end } of runs) {
    for (let row = start; row < end; row++) {
      const parent = source.parents?.[rows.event[row]!]
      offsets[row + 1] = offsets[row]!
      if (parent === undefined || parent === null) continue
      const text = Buffer.from(parent)
      texts.push(text)
      offsets[row + 1]! += text.length
      valid[row >> 3]! |= 1 << (row & 7)
    }
  }
  return { valid, values: { offsets, bytes: Buffer.concat(texts) } satisfies TextValues }
}
