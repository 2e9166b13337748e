/**
 * Walks JSON that a scan has proved, token by token and without loss: numbers and strings stay bytes until somebody decodes them.
 * For what must see everything (inferring types, rewriting); never recurses. What it does with bytes that are no JSON is not promised.
 */
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  provedStringEnd,
  QUOTE,
} from './tokens.ts'

export type ScalarKind = 'string' | 'number' | 'true' | 'false' | 'null'

/** Called in the order of the bytes; every `start` is a token's first byte, every `end` the byte after its last. */
export interface Visitor {
  objectStart?(start: number): void
  objectEnd?(end: number): void
  arrayStart?(start: number): void
  arrayEnd?(end: number): void
  /** `key` is decoded; `start` and `end` enclose its quotes. */
  key?(key: string, start: number, end: number): void
  /** The token itself; a string's includes its quotes: see {@link decodeString}. */
  scalar?(kind: ScalarKind, start: number, end: number): void
}

/** Visits the values in `bytes[start .. end)`, usually one. */
export function walk(bytes: Uint8Array, start: number, end: number, visitor: Visitor): void {
  const isObject: boolean[] = []
  let isKeyNext = false
  let at = start
  while (at < end) {
    const byte = bytes[at]!
    switch (byte) {
      case OPEN_BRACE:
        visitor.objectStart?.(at)
        at++
        isObject.push(true)
        isKeyNext = true
        break
      case OPEN_BRACKET:
        visitor.arrayStart?.(at)
        at++
        isObject.push(false)
        isKeyNext = false
        break
      case CLOSE_BRACE:
        isObject.pop()
        at++
        visitor.objectEnd?.(at)
        break
      case CLOSE_BRACKET:
        isObject.pop()
        at++
        visitor.arrayEnd?.(at)
        break
      case COMMA:
        isKeyNext = isObject.at(-1) ?? false
        at++
        break
      case QUOTE: {
        const first = at
        at = provedStringEnd(bytes, at)
        if (isKeyNext) visitor.key?.(decodeString(bytes, first, at), first, at)
        else visitor.scalar?.('string', first, at)
        isKeyNext = false
        break
      }
      default: {
        const kind = plainScalar[byte]
        if (kind === undefined) {
          at++ // white space or a colon
          break
        }
        const first = at
        at = kind === 'number' ? numberEnd(bytes, at, end) : at + kind.length
        visitor.scalar?.(kind, first, at)
      }
    }
  }
}

/** The text of the string token `bytes[start .. end)`, quotes included; an escaped lone surrogate stays one. */
export function decodeString(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT_TOKEN) {
    const text = shortAscii(bytes, start + 1, end - 1)
    if (text !== undefined) return text
  }
  let at = start + 1
  while (at < end && bytes[at] !== BACKSLASH) at++
  if (at < end) return JSON.parse(utf8.decode(bytes.subarray(start, end)))
  return utf8.decode(bytes.subarray(start + 1, end - 1))
}

/** Undefined if there is anything but plain ASCII. Most keys are this, and a decoder takes longer to start than this to end. */
function shortAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = ''
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte >= 0x80 || byte === BACKSLASH) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}

/**
 * The value `bytes[start .. end)` in which only the last of members with the same key stays, at its place, in each object that is at
 * most `depthMax` objects deep, itself counted, and in no array; all other bytes as they were. Keys are the same when they mean the
 * same text, escaped or not. A view of `bytes` if nothing repeats.
 */
export function withoutDuplicates(bytes: Uint8Array, start: number, end: number, depthMax: number): Uint8Array {
  const cuts = repeatedMembers(bytes, start, end, depthMax)
  if (cuts.length === 0) return bytes.subarray(start, end)
  const kept = new Uint8Array(end - start)
  let length = 0
  let at = start
  for (const cut of cuts.sort((left, right) => left.start - right.start)) {
    if (cut.start < at) continue // inside a member that is cut already
    kept.set(bytes.subarray(at, cut.start), length)
    length += cut.start - at
    at = cut.end
  }
  kept.set(bytes.subarray(at, end), length)
  return kept.subarray(0, length + end - at)
}

interface Cut {
  start: number
  end: number
}

interface OpenObject {
  previous: Cut | undefined
  readonly lastOf: Map<string, Cut>
}

/** Every member whose key comes again in its object, up to the key that follows: so the comma goes with it. */
function repeatedMembers(bytes: Uint8Array, start: number, end: number, depthMax: number): Cut[] {
  const cuts: Cut[] = []
  const objects: OpenObject[] = []
  /** Brackets that are open since an array or an object too deep began. */
  let insideDepth = 0
  walk(bytes, start, end, {
    objectStart() {
      if (insideDepth > 0 || objects.length === depthMax) insideDepth++
      else objects.push({ previous: undefined, lastOf: new Map() })
    },
    objectEnd() {
      if (insideDepth > 0) insideDepth--
      else objects.pop()
    },
    arrayStart: () => insideDepth++,
    arrayEnd: () => insideDepth--,
    key(key, keyStart) {
      if (insideDepth > 0) return
      const object = objects.at(-1)!
      if (object.previous) object.previous.end = keyStart
      const earlier = object.lastOf.get(key)
      if (earlier) cuts.push(earlier)
      object.previous = { start: keyStart, end: keyStart }
      object.lastOf.set(key, object.previous)
    },
  })
  return cuts
}

function numberEnd(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && isNumberByte[bytes[at]!]) at++
  return at
}

/** By a token's first byte. */
const plainScalar: readonly (Exclude<ScalarKind, 'string'> | undefined)[] = Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte)
  if (/[-0-9]/.test(char)) return 'number'
  return (['true', 'false', 'null'] as const).find((literal) => literal.startsWith(char))
})

const isNumberByte: readonly boolean[] = Array.from({ length: 256 }, (_, byte) =>
  /[-+.eE0-9]/.test(String.fromCharCode(byte)),
)

const SHORT_TOKEN = 16

/** A byte order mark inside a string is text. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
