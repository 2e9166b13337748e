/** Values of series as events: `{ key, value, value_type, epoch }`, of the event type that the bucket's key names. */
import { jsonText } from './serialize.ts'

export interface SeriesValue {
  readonly key: string
  readonly value: string | number | boolean
  readonly value_type: 'string' | 'number' | 'boolean' | 'json'
  /** Seconds since 1970 UTC. */
  readonly epoch: number
}

/** A value with its time; `now` in ms counts where the epoch is none. */
export function seriesValue(key: string, value: unknown, epoch: number | Date | undefined, now: number): SeriesValue {
  const type = typeof value === 'number' && !Number.isFinite(value) ? 'json' : typeof value
  const kept = { key, epoch: secondsOf(epoch) ?? now / 1000 }
  return type === 'string' || type === 'number' || type === 'boolean'
    ? { ...kept, value: value as string, value_type: type }
    : { ...kept, value: jsonText(value) ?? 'null', value_type: 'json' }
}

/** ms are read as such from the year 5138 in seconds on, as nobody means that. */
function secondsOf(epoch: number | Date | undefined): number | undefined {
  const value = epoch instanceof Date ? Number(epoch) / 1000 : epoch
  if (value === undefined || !Number.isFinite(value)) return undefined
  return Math.abs(value) > 1e11 ? value / 1000 : value
}

/** The values of a list, a Map or an object under names `prefix_key`; nothing in front where the prefix is empty. */
export function namedValues(values: object, keyPrefix: string | undefined): [string, unknown][] {
  const isMap = values instanceof Map
  const { name } = (values.constructor as { name?: string } | undefined) ?? {}
  const usual = Array.isArray(values) ? 'list' : isMap || name === 'Object' || !name ? 'dict' : name
  const prefix = keyPrefix ?? usual
  const pairs: [unknown, unknown][] = isMap ? [...values] : Object.entries(values)
  return pairs.map(([key, value]) => [(prefix && `${prefix}_`) + String(key), value])
}
