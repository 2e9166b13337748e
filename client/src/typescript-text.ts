/** Values written as TypeScript, the same each time and laid out so that a difference of two texts can be read. */

/** What is written as it is. */
export class Code {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

const widthMax = 110

/** JSON, with `Code` among it; members that are undefined are left out. */
export function typescriptOf(value: unknown, indent = ''): string {
  const short = onOneLine(value)
  if (short !== undefined && indent.length + short.length <= widthMax) return short
  const inner = `${indent}  `
  if (value instanceof Code || typeof value !== 'object' || value === null) return scalarOf(value)
  const lines = Array.isArray(value)
    ? value.map((item) => typescriptOf(item, inner))
    : membersOf(value).map(([key, member]) => `${keyText(key)}: ${typescriptOf(member, inner)}`)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  return `${open}\n${lines.map((line) => `${inner}${line},\n`).join('')}${indent}${close}`
}

/** Undefined where it has a text of several lines, or objects in a list. */
function onOneLine(value: unknown): string | undefined {
  if (value instanceof Code || typeof value !== 'object' || value === null) {
    const text = scalarOf(value)
    return text.includes('\n') ? undefined : text
  }
  const isList = Array.isArray(value)
  if (isList && value.length > 1 && value.some((item) => typeof item === 'object' && item !== null)) return undefined
  const parts = isList
    ? value.map(onOneLine)
    : membersOf(value).map(([key, member]) => {
        const text = onOneLine(member)
        return text === undefined ? undefined : `${keyText(key)}: ${text}`
      })
  if (parts.includes(undefined)) return undefined
  if (parts.length === 0) return isList ? '[]' : '{}'
  return isList ? `[${parts.join(', ')}]` : `{ ${parts.join(', ')} }`
}

function membersOf(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, member]) => member !== undefined)
}

function scalarOf(value: unknown): string {
  if (value instanceof Code) return value.text
  return typeof value === 'string' ? stringOf(value) : JSON.stringify(value)
}

/** A text of several lines as one reads it; control characters and what has no meaning by itself as escapes. */
export function stringOf(text: string): string {
  const isLong = text.includes('\n') && !text.includes('\r')
  const escaped = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replace(/[\u007f-\u009f\u2028\u2029\ufeff\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, escapeOf)
  if (!isLong) return `'${escaped.replaceAll("'", "\\'")}'`
  const lines = text.split('\n').map((line) =>
    JSON.stringify(line)
      .slice(1, -1)
      .replaceAll('\\"', '"')
      .replace(/[\u007f-\u009f\u2028\u2029\ufeff\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, escapeOf)
      .replaceAll('`', '\\`')
      .replaceAll('${', '\\${'),
  )
  return `\`${lines.join('\n')}\``
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** `__proto__` in a literal would be no member. */
export function keyText(key: string): string {
  if (key === '__proto__') return "['__proto__']"
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : stringOf(key).startsWith('`') ? JSON.stringify(key) : stringOf(key)
}
