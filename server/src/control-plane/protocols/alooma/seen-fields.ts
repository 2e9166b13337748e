/** Which fields the samples of an event type have, and with which values. */
import type { Sample } from './alooma-port.ts'

export interface SeenFields {
  /** By the path, as JSON: whatever is not an object with members. */
  readonly leaves: ReadonlyMap<string, SeenLeaf>
  readonly eventCount: number
  /** Of the newest sample. */
  readonly inputLabel: string | null
  readonly inputId: string | null
}

export interface SeenLeaf {
  readonly path: readonly string[]
  readonly count: number
  /** Different ones, at most {@link valuesMax}. */
  readonly values: readonly unknown[]
}

const valuesMax = 10
const depthMax = 32

export const nothingSeen: SeenFields = { leaves: new Map(), eventCount: 0, inputLabel: null, inputId: null }

export function seenIn(samples: readonly Sample[]): SeenFields {
  const leaves = new Map<string, { path: readonly string[]; count: number; values: unknown[] }>()
  const look = (value: unknown, path: readonly string[]): void => {
    if (isObject(value) && Object.keys(value).length > 0 && path.length < depthMax) {
      for (const [name, inner] of Object.entries(value)) look(inner, [...path, name])
    } else if (path.length > 0) {
      const key = JSON.stringify(path)
      const leaf = leaves.get(key) ?? { path, count: 0, values: [] }
      leaf.count++
      const text = JSON.stringify(value)
      const isNew = leaf.values.length < valuesMax && leaf.values.every((known) => JSON.stringify(known) !== text)
      if (isNew) leaf.values.push(value)
      leaves.set(key, leaf)
    }
  }
  for (const { event } of samples) look(event, [])
  const metadata = samples[0]?.event['_metadata']
  const text = (name: string) => (isObject(metadata) && typeof metadata[name] === 'string' ? metadata[name] : null)
  return { leaves, eventCount: samples.length, inputLabel: text('input_label'), inputId: text('input_id') }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
