/** Which fields events of a type have had, and with which values: from the statistics of its fields; `_metadata` from a sample. */
import { parseExactly } from '../../../exact-json.ts'
import type { EventTypeStatistics, FieldStatistics, Sample } from './alooma-port.ts'

export interface SeenFields {
  /** By the path, as JSON: those without fields below them, and those that had values of their own beside. */
  readonly leaves: ReadonlyMap<string, SeenLeaf>
  readonly eventCount: number
  /** Of the newest sample. */
  readonly inputLabel: string | null
  readonly inputId: string | null
}

export interface SeenLeaf {
  readonly path: readonly string[]
  readonly count: number
  readonly values: readonly unknown[]
}

export const nothingSeen: SeenFields = { leaves: new Map(), eventCount: 0, inputLabel: null, inputId: null }

export function seenOf(statistics: EventTypeStatistics | undefined, newest: Sample | undefined): SeenFields {
  const leaves = new Map<string, SeenLeaf>()
  const add = (leaf: SeenLeaf) => leaves.set(JSON.stringify(leaf.path), leaf)
  const look = ({ path, count, types, samples, fields }: FieldStatistics): void => {
    if (fields.length === 0 || count > 0) add({ path, count, values: samples.map((text) => valueOfText(text, types)) })
    for (const field of fields) look(field)
  }
  for (const field of statistics?.fields ?? []) look(field)
  const metadata = newest?.event['_metadata']
  const known = isObject(metadata) ? metadata : {}
  for (const [name, value] of Object.entries(known)) add({ path: ['_metadata', name], count: 1, values: [value] })
  const text = (name: string) => (typeof known[name] === 'string' ? known[name] : null)
  return { leaves, eventCount: statistics?.count ?? 0, inputLabel: text('input_label'), inputId: text('input_id') }
}

/** Where no value was a text, each is JSON, unless it was cut. */
function valueOfText(text: string, types: FieldStatistics['types']): unknown {
  if (['VARCHAR', 'TIMESTAMP', 'DATE'].some((type) => type in types)) return text
  try {
    return parseExactly(text)
  } catch {
    return text
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
