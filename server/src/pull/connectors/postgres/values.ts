/**
 * Values as PostgreSQL writes them in text, as JSON without a loss: whole numbers and doubles are numbers with all their digits, exact
 * decimals of more than 15 digits are texts, times are ISO 8601 in UTC, bytes are base64. NaN and infinity, which JSON cannot say, are null.
 */
import type { JsonLines } from '../database/json-lines.ts'
import type { Column } from './relations.ts'

export type ScalarKind =
  | 'text'
  | 'number'
  | 'digits'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'timestamptz'
  | 'json'
  | 'bytes'
export type ValueKind = ScalarKind | { readonly elements: ScalarKind }

/** A double holds as many digits whatever they are. */
const exactDigits = 15
const kinds: Readonly<Record<string, ScalarKind>> = {
  ...{ int2: 'number', int4: 'number', int8: 'number', oid: 'number', float4: 'number', float8: 'number' },
  ...{ bool: 'boolean', bytea: 'bytes', json: 'json', jsonb: 'json', numeric: 'digits' },
  ...{ date: 'date', timestamp: 'timestamp', timestamptz: 'timestamptz' },
}

export function kindOf({ base, isArray, precision }: Pick<Column, 'base' | 'isArray' | 'precision'>): ValueKind {
  if (isArray && base.startsWith('_')) {
    const element = base.slice(1)
    // The only type whose elements are not separated by commas.
    return element === 'box' ? 'text' : { elements: scalarKind(element, precision) }
  }
  return scalarKind(base, precision)
}

function scalarKind(base: string, precision: number | undefined): ScalarKind {
  const kind = Object.hasOwn(kinds, base) ? kinds[base]! : 'text'
  return kind === 'digits' && precision !== undefined && precision <= exactDigits ? 'number' : kind
}

const [zero, nine, minus, space, dash, plus] = [0x30, 0x39, 0x2d, 0x20, 0x2d, 0x2b]
const trueBytes = Buffer.from('true')
const falseBytes = Buffer.from('false')

/** @returns false where JSON cannot say it, and null was written. */
export function writeValue(lines: JsonLines, kind: ValueKind, from: Buffer, start: number, end: number): boolean {
  switch (kind) {
    case 'text':
      lines.text(from, start, end)
      return true
    case 'number':
      if (!isNumber(from, start, end)) return unsayable(lines)
      lines.raw(from, start, end)
      return true
    case 'digits':
      if (!isNumber(from, start, end)) return unsayable(lines)
      lines.text(from, start, end)
      return true
    case 'boolean':
      lines.raw(from[start] === 0x74 ? trueBytes : falseBytes)
      return true
    case 'date':
      if (isInfinite(from, start)) return unsayable(lines)
      lines.text(from, start, end)
      return true
    case 'timestamp':
    case 'timestamptz':
      return writeTimestamp(lines, from, start, end)
    case 'json':
      lines.json(from, start, end)
      return true
    case 'bytes':
      lines.plain(Buffer.from(from.toString('latin1', start + 2, end), 'hex').toString('base64'))
      return true
    default:
      return writeArray(lines, kind.elements, from, start, end)
  }
}

function unsayable(lines: JsonLines): false {
  lines.null()
  return false
}

/** Not NaN, nor Infinity of either sign. */
function isNumber(from: Buffer, start: number, end: number): boolean {
  const last = from[end - 1]!
  return end > start && last >= zero && last <= nine && from[start] !== 0x4e
}

/** `infinity` or `-infinity`. */
function isInfinite(from: Buffer, start: number): boolean {
  return from[start] === 0x69 || (from[start] === minus && from[start + 1] === 0x69)
}

/** `2026-01-31 10:20:30.5+00`. Years of more digits and those before Christ stay as PostgreSQL writes them. */
function writeTimestamp(lines: JsonLines, from: Buffer, start: number, end: number): boolean {
  if (isInfinite(from, start)) return unsayable(lines)
  const isPlain = from[start + 4] === dash && from[start + 10] === space && from[end - 1] !== 0x43
  if (!isPlain) {
    lines.text(from, start, end)
    return true
  }
  const stop = from[end - 3] === plus ? end - 3 : end
  lines.reserve(stop - start + 3)
  const { bytes } = lines
  let { at } = lines
  bytes[at++] = 0x22
  for (let index = start; index < stop; index++) bytes[at++] = from[index]!
  bytes[lines.at + 11] = 0x54
  bytes[at++] = 0x5a
  bytes[at++] = 0x22
  lines.at = at
  return true
}

/**
 * `{1,NULL,"a \"b\""}`, arrays inside arrays, and `[0:1]={…}`, whose bounds are left out.
 * https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
function writeArray(lines: JsonLines, kind: ScalarKind, from: Buffer, start: number, end: number): boolean {
  let at = from.indexOf(0x7b, start)
  if (at < 0 || at >= end) throw new Error('An array of PostgreSQL begins with {')
  let isSayable = true
  let isFirst = true
  for (; at < end; ) {
    const byte = from[at]!
    if (byte === 0x7b) {
      if (!isFirst) lines.comma()
      lines.raw(open)
      isFirst = true
      at++
    } else if (byte === 0x7d) {
      lines.raw(close)
      isFirst = false
      at++
    } else if (byte === 0x2c) at++
    else {
      if (!isFirst) lines.comma()
      isFirst = false
      const element = byte === 0x22 ? quotedElement(from, at + 1) : plainElement(from, at, end)
      at = element.next
      if (byte !== 0x22 && element.text.equals(nullElement)) lines.null()
      else isSayable = writeValue(lines, kind, element.text, 0, element.text.length) && isSayable
    }
  }
  return isSayable
}

const open = Buffer.from('[')
const close = Buffer.from(']')
const nullElement = Buffer.from('NULL')

function quotedElement(from: Buffer, start: number): { text: Buffer; next: number } {
  const text: number[] = []
  let at = start
  for (; from[at] !== 0x22; at++) {
    if (from[at] === 0x5c) at++
    text.push(from[at]!)
  }
  return { text: Buffer.from(text), next: at + 1 }
}

function plainElement(from: Buffer, start: number, end: number): { text: Buffer; next: number } {
  let at = start
  while (at < end && from[at] !== 0x2c && from[at] !== 0x7d) at++
  return { text: from.subarray(start, at), next: at }
}
