/** Values of series as events: `{ key, value, value_type, epoch }`, of the event type that the bucket's key names. */

export interface SeriesValue {
  readonly key: string
  readonly value: string | number | boolean
  readonly value_type: 'string' | 'number' | 'boolean' | 'json'
  /** Seconds since 1970 UTC. */
  readonly epoch: number
}

/** A value with its time; `now` in ms counts where the epoch is none. */
export function seriesValue(key: string, value: unknown, epoch: number | Date | undefined, now: number): SeriesValue {
  const seconds = secondsOf(epoch) ?? now / 1000
  if (typeof value === 'number' && Number.isFinite(value)) return { key, value, value_type: 'number', epoch: seconds }
  if (typeof value === 'boolean') return { key, value, value_type: 'boolean', epoch: seconds }
  if (typeof value === 'string') return { key, value, value_type: 'string', epoch: seconds }
  return { key, value: jsonText(value), value_type: 'json', epoch: seconds }
}

/** ms are read as such from the year 5138 in seconds on, as nobody means that. */
function secondsOf(epoch: number | Date | undefined): number | undefined {
  const value = epoch instanceof Date ? epoch.getTime() / 1000 : epoch
  if (value === undefined || !Number.isFinite(value)) return undefined
  return Math.abs(value) > 1e11 ? value / 1000 : value
}

function jsonText(value: unknown): string {
  try {
    return (
      JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner)) ?? 'null'
    )
  } catch {
    return 'null'
  }
}

/** The values of a list, a Map or an object under names `prefix_key`; nothing in front where the prefix is empty. */
export function* namedValues(values: object, keyPrefix: string | undefined): Generator<[string, unknown]> {
  const prefix = keyPrefix ?? ownPrefix(values)
  const name = (key: unknown) => (prefix === '' ? String(key) : `${prefix}_${String(key)}`)
  const pairs = Array.isArray(values) || values instanceof Map ? values.entries() : Object.entries(values)
  for (const [key, value] of pairs) yield [name(key), value]
}

function ownPrefix(values: object): string {
  if (Array.isArray(values)) return 'list'
  const { name } = (values.constructor as { name?: string } | undefined) ?? {}
  return values instanceof Map || name === 'Object' || !name ? 'dict' : name
}
