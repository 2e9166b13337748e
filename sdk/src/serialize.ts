/** Data to JSON text, whatever the data: circular, BigInt, a getter that throws. Only what cannot be written is left out. */

/** JSON text of an object on one line; undefined where there is nothing that could be sent. Never throws. */
export function serialize(data: unknown): string | undefined {
  if (typeof data === 'string') return onOneLine(data)
  const text = typeof data === 'object' ? jsonText(data) : undefined
  return text?.startsWith('{') ? text : undefined // what `toJSON` makes of an object may be anything
}

/** Undefined where a value is none. Never throws. */
export function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    try {
      return JSON.stringify(plain(value, []))
    } catch {
      return undefined
    }
  }
}

/** JSON that the caller wrote: an object, on one line. */
function onOneLine(text: string): string | undefined {
  const trimmed = text.trim()
  if (!trimmed.startsWith('{') || !trimmed.endsWith('}')) return undefined
  try {
    JSON.parse(trimmed)
  } catch {
    return undefined
  }
  return /[\n\r\t]/.test(trimmed) ? trimmed.replace(/[\n\r\t]/g, ' ') : trimmed // they stand only between values there
}

/** A copy that JSON can write. A value that contains itself, or cannot be read, is told in words. */
function plain(value: unknown, above: readonly object[]): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (above.includes(value)) return '[circular]'
  if (above.length >= depthMax) return '[too deep]'
  const inside = [...above, value]
  if ('toJSON' in value && typeof value.toJSON === 'function')
    return readable(() => plain((value.toJSON as () => unknown)(), inside))
  if (Array.isArray(value)) return value.map((item) => plain(item, inside))
  return Object.fromEntries(
    Object.keys(value).map((key) => [key, readable(() => plain((value as Record<string, unknown>)[key], inside))]),
  )
}

function readable(read: () => unknown): unknown {
  try {
    return read()
  } catch {
    return '[unreadable]'
  }
}

/** The server refuses what is deeper. */
const depthMax = 60

/** Puts the context in front of an object's members; one that is there already counts. */
export function withContext(object: string, context: string): string {
  const rest = object.slice(1).trimStart()
  return `{"context":${context}${rest === '}' ? '' : ','}${rest}`
}
