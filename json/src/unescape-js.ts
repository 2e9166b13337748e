/** The unescaper in plain JavaScript: the fallback where there is no WebAssembly, and the oracle of `unescape-wasm.ts`. */
import { BACKSLASH, PLUS, QUOTE, SPACE } from './tokens.ts'
import type { Unescaper } from './unescaper.ts'

export function openJsUnescaper(): Unescaper {
  return { string: unescapeString, lines: unescapeLines, field: decodeField }
}

const unescapeString: Unescaper['string'] = (body, start) => {
  if (body[start] !== QUOTE) return undefined
  let end = start + 1
  while (end < body.length && body[end] !== QUOTE) end += body[end] === BACKSLASH ? 2 : 1
  const text = parse(body.subarray(start, end + 1))
  return typeof text === 'string' && end < body.length ? { text: Buffer.from(text), end: end + 1 } : undefined
}

const unescapeLines: Unescaper['lines'] = (body) => {
  const texts = parse(body)
  if (!Array.isArray(texts) || texts.length === 0) return undefined
  if (!texts.every((text) => typeof text === 'string' && !text.includes('\n'))) return undefined
  const lines = texts.map((text) => Buffer.from(`${text}\n`))
  return { text: Buffer.concat(lines), count: lines.length }
}

const decodeField: Unescaper['field'] = (body, start, end) => {
  let to = start
  for (let at = start; at < end; at++) {
    const byte = body[at]!
    const digits = byte === PERCENT && at + 2 < end ? String.fromCharCode(body[at + 1]!, body[at + 2]!) : ''
    if (/^[0-9a-f]{2}$/i.test(digits)) {
      body[to++] = Number.parseInt(digits, 16)
      at += 2
    } else body[to++] = byte === PLUS ? SPACE : byte
  }
  return body.subarray(start, to)
}

function parse(token: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(token))
  } catch {
    return undefined
  }
}

const PERCENT = 0x25
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
