/**
 * The columns that only some rows have: of those that users' code has made, by which version of it, and of which event one was split
 * off; of those that a source fetched by dates, its id and their day. A row that says no day of its own is of the days of its job, from
 * `_day` to `_last_day`.
 */
import type { ColumnData, TextValues } from '../rows.ts'
import type { traceColumns } from './column-names.ts'
import { type EventRows, type MapInput, type Run, runsOf } from './event-rows.ts'
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
  const isMade = rows.inputs.some(({ transformVersion, parents }) => transformVersion !== undefined || parents)
  const isFetched = rows.inputs.some(({ batch }) => batch.fetchedFor !== undefined)
  if (!isMade && !isFetched) return []
  const runs = [...runsOf(rows)]
  const traces: Trace[] = []
  if (isMade) {
    traces.push({ name: '_transform_version', column: versionsOf(runs, rows.event.length) })
    traces.push({ name: '_parent_id', column: parentsOf(rows, runs) })
  }
  if (isFetched) {
    const [first, last] = daysOf(rows, runs)
    traces.push({ name: '_source', column: sourcesOf(rows, runs) })
    traces.push({ name: '_day', column: first }, { name: '_last_day', column: last })
  }
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
  return textsOf(rows, runs, ({ parents }, event) => parents?.[event])
}

function sourcesOf(rows: EventRows, runs: readonly Run[]): ColumnData {
  return textsOf(rows, runs, ({ batch }) => (batch.fetchedFor === undefined ? null : batch.input.id))
}

function textsOf(
  rows: EventRows,
  runs: readonly Run[],
  textOf: (source: MapInput, event: number) => string | null | undefined,
): ColumnData {
  const rowCount = rows.event.length
  const valid = new Uint8Array((rowCount + 7) >> 3)
  const texts: Uint8Array[] = []
  const offsets = new Uint32Array(rowCount + 1)
  for (const { source, start, end } of runs) {
    for (let row = start; row < end; row++) {
      const found = textOf(source, rows.event[row]!)
      offsets[row + 1] = offsets[row]!
      if (found === undefined || found === null) continue
      const text = Buffer.from(found)
      texts.push(text)
      offsets[row + 1]! += text.length
      valid[row >> 3]! |= 1 << (row & 7)
    }
  }
  return { valid, values: { offsets, bytes: Buffer.concat(texts) } satisfies TextValues }
}

/** The first day, and the last where it is another. */
function daysOf(rows: EventRows, runs: readonly Run[]): [first: ColumnData, last: ColumnData] {
  const rowCount = rows.event.length
  const column = () => ({ valid: new Uint8Array((rowCount + 7) >> 3), values: new Int32Array(rowCount) })
  const [first, last] = [column(), column()]
  for (const { source, start, end } of runs) {
    const { fetchedFor, fetchedForIndex } = source.batch
    if (fetchedFor === undefined) continue
    const spans = fetchedFor.map(({ days }) => days.split('/').map(dayNumber))
    for (let row = start; row < end; row++) {
      const [from, to] = spans[fetchedForIndex?.[rows.event[row]!] ?? 0]!
      first.values[row] = from!
      first.valid[row >> 3]! |= 1 << (row & 7)
      if (to === undefined) continue
      last.values[row] = to
      last.valid[row >> 3]! |= 1 << (row & 7)
    }
  }
  return [first, last]
}

/** Days since 1970-01-01. */
function dayNumber(day: string): number {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / 86_400_000)
}
