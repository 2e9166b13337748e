/** Data to JSON text, whatever the data: circular, BigInt, a getter that throws. Only what cannot be written is left out. */

/** JSON text of an object on one line; undefined where there is nothing that could be sent. Never throws. */
export function serialize(data: unknown): string | undefined {
  if (typeof data === 'string') return onOneLine(data)
  if (typeof data !== 'object' || data === null) return undefined
  try {
    return objectText(JSON.stringify(data))
  } catch {
    try {
      return objectText(JSON.stringify(plain(data, [])))
    } catch {
      return undefined
    }
  }
}

/** What `toJSON` makes of an object may be anything. */
function objectText(text: string | undefined): string | undefined {
  return text?.startsWith('{') ? text : undefined
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

/** Puts a member in front of an object's others; one of the same name that is there already counts. */
export function withMember(object: string, name: string, value: string): string {
  const rest = object.slice(1).trimStart()
  return rest === '}' ? `{"${name}":${value}}` : `{"${name}":${value},${rest}`
}

/** Bytes of a text in UTF-8. */
export function byteLength(text: string): number {
  let bytes = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2
  }
  return bytes
}
