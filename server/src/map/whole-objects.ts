/**
 * Fields that take an object as one value of a JSON column (`isWhole`). An extractor looks at an object member by member, and at an
 * array as one value: so whatever is at the path is put between brackets before, and they are taken off the column's texts after.
 */
import type { ExtractedColumn } from '@millrace/json/extraction'
import { type EventRows, originalBytes } from './event-rows.ts'
import { pathKey } from './field-path.ts'
import { visitValues } from './field-values.ts'
import type { Mapping } from './mapping.ts'
import { unbracketed } from './text-columns.ts'

interface Known {
  readonly places: readonly number[]
  readonly keys: ReadonlySet<string>
  /** Keys that the paths end with, to look for at once. */
  readonly lastKeys: ReadonlySet<string>
}

const known = new WeakMap<Mapping, Known | null>()

/** Null where no field is one, which is asked of each batch. */
function knownOf(mapping: Mapping): Known | null {
  const present = known.get(mapping)
  if (present !== undefined) return present
  const whole = [...mapping.fields.entries()].filter(([, { isWhole }]) => isWhole)
  const made =
    whole.length === 0
      ? null
      : {
          places: whole.map(([place]) => place),
          keys: new Set(whole.map(([, { path }]) => pathKey(path))),
          lastKeys: new Set(whole.map(([, { path }]) => path.at(-1)!)),
        }
  known.set(mapping, made)
  return made
}

/** The rows with brackets around those values; the rows themselves where the mapping has no such field. */
export function withBrackets(rows: EventRows, mapping: Mapping | undefined): EventRows {
  const whole = mapping === undefined ? null : knownOf(mapping)
  if (whole === null) return rows
  const rewritten = new Map<number, Uint8Array>()
  for (let row = 0; row < rows.event.length; row++) {
    const bytes = originalBytes(rows, row)
    const bracketed = bracket(bytes, whole)
    if (bracketed !== bytes) rewritten.set(row, bracketed)
  }
  return { ...rows, rewritten, rests: new Map() }
}

function bracket(bytes: Uint8Array, { keys, lastKeys }: Known): Uint8Array {
  const pieces: Uint8Array[] = []
  let at = 0
  const isWhole = (path: readonly string[]) => lastKeys.has(path.at(-1)!) && keys.has(pathKey(path))
  const visit = (path: readonly string[], _kind: unknown, start: number, end: number) => {
    if (!isWhole(path)) return
    pieces.push(bytes.subarray(at, start), opening, bytes.subarray(start, end), closing)
    at = end
  }
  visitValues(bytes, 0, bytes.length, visit, isWhole)
  return pieces.length === 0 ? bytes : Buffer.concat([...pieces, bytes.subarray(at)])
}

/** The columns of an extraction of such rows, without the brackets. */
export function withoutBrackets(columns: readonly ExtractedColumn[], mapping: Mapping): readonly ExtractedColumn[] {
  const whole = knownOf(mapping)
  if (whole === null) return columns
  const freed = columns.slice()
  for (const place of whole.places) freed[place] = unbracketed(columns[place]!)
  return freed
}

const opening = new TextEncoder().encode('[')
const closing = new TextEncoder().encode(']')
