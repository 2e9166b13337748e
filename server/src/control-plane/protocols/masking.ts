/**
 * Secrets in configurations whose shape nobody here knows: told by their names. A text that is itself JSON (`ssh`, `fileFormat`) is
 * looked into; where nothing in it is secret it stays as it is, byte for byte.
 */

export const mask = '********'

const secretName = /passw|secret|token|private|passphrase|credential|api_?key$/i

export function masked(value: unknown): unknown {
  return mapDeep(value, (name, inner) => (isSecret(name, inner) ? mask : undefined))
}

/** `given` with every mask in it replaced by what `before` has in that place. */
export function unmasked(given: unknown, before: unknown): unknown {
  if (given === mask) return typeof before === 'string' ? before : given
  if (typeof given === 'string' && typeof before === 'string' && given === masked(before)) return before
  if (typeof given === 'string' && given.includes(mask)) {
    const inner = jsonIn(given)
    return inner === undefined ? given : JSON.stringify(unmasked(inner, jsonIn(before) ?? {}))
  }
  if (Array.isArray(given))
    return given.map((item, index) => unmasked(item, isList(before) ? before[index] : undefined))
  if (!isObject(given)) return given
  const old = isObject(before) ? before : {}
  return Object.fromEntries(Object.entries(given).map(([name, inner]) => [name, unmasked(inner, old[name])]))
}

/** With what `replace` gives for a member in place of it, wherever it gives something. */
function mapDeep(value: unknown, replace: (name: string, value: unknown) => unknown): unknown {
  if (typeof value === 'string') {
    const inner = jsonIn(value)
    if (inner === undefined) return value
    const text = JSON.stringify(mapDeep(inner, replace))
    return text === JSON.stringify(inner) ? value : text
  }
  if (Array.isArray(value)) return value.map((item) => mapDeep(item, replace))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, replace(name, inner) ?? mapDeep(inner, replace)]),
  )
}

function isSecret(name: string, value: unknown): boolean {
  return secretName.test(name) && (typeof value === 'number' || (typeof value === 'string' && value !== ''))
}

/** What a text holds that is a JSON object or list. */
function jsonIn(text: unknown): Record<string, unknown> | unknown[] | undefined {
  if (typeof text !== 'string' || !/^\s*[{[]/.test(text)) return undefined
  try {
    return JSON.parse(text) as Record<string, unknown> | unknown[]
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value)
}
