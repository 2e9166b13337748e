/**
 * Values as MySQL and MariaDB write them in text, as JSON without a loss: whole numbers are numbers with all their digits, exact
 * decimals of more than 15 digits are texts, times are ISO 8601 in UTC, bytes are base64. Days and times of zero are null.
 */
import type { JsonLines } from '../database/json-lines.ts'

export type ValueKind = 'text' | 'number' | 'digits' | 'boolean' | 'date' | 'datetime' | 'json' | 'bytes' | 'bits'

/** What the server tells of a column of a result. */
export interface Field {
  readonly name: string
  readonly columnType: number
  readonly columnLength: number
  readonly characterSet: number
  readonly decimals: number
  readonly flags: number
  /** MariaDB’s `json`, which is a text otherwise. */
  readonly extendedFormat?: string
}

/** https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html */
const types = {
  ...{ decimal: 0, tiny: 1, short: 2, long: 3, float: 4, double: 5, timestamp: 7, longlong: 8, int24: 9 },
  ...{ date: 10, datetime: 12, year: 13, bit: 16, vector: 242, json: 245, newdecimal: 246, geometry: 255 },
}
const numbers = new Set([
  types.tiny,
  types.short,
  types.long,
  types.longlong,
  types.int24,
  types.year,
  types.double,
  types.float,
])
const blobs = new Set([15, 249, 250, 251, 252, 253, 254])
const binary = 63
const flags = { unsigned: 32, enum: 256, set: 2048 }
/** A double holds as many digits whatever they are. */
const exactDigits = 15

export function kindOf(field: Field, booleans: boolean): ValueKind {
  const { columnType: type, columnLength: length, characterSet, extendedFormat } = field
  if (booleans && type === types.tiny && length === 1) return 'boolean'
  if (numbers.has(type)) return 'number'
  if (type === types.decimal || type === types.newdecimal) return digitsOf(field) <= exactDigits ? 'number' : 'digits'
  if (type === types.date) return 'date'
  if (type === types.datetime || type === types.timestamp) return 'datetime'
  if (type === types.bit) return 'bits'
  if (type === types.json || extendedFormat === 'json') return 'json'
  if (type === types.geometry || type === types.vector) return 'bytes'
  return blobs.has(type) && characterSet === binary && !isList(field) ? 'bytes' : 'text'
}

/** A float is written with six digits; as a double it has all that it has. */
export function isFloat({ columnType }: Field): boolean {
  return columnType === types.float
}

/** Whether values can be compared with what a statement writes. Lists of words are in the order of their numbers, not of the words. */
export function isOrdered(field: Field, kind: ValueKind): boolean {
  return kind !== 'json' && !isFloat(field) && field.columnType !== types.geometry && !isList(field)
}

function isList({ flags: set, columnType }: Field): boolean {
  return (set & (flags.enum | flags.set)) !== 0 || columnType === 247 || columnType === 248
}

function digitsOf({ columnLength, decimals, flags: set }: Field): number {
  return columnLength - (decimals > 0 ? 1 : 0) - ((set & flags.unsigned) === 0 ? 1 : 0)
}

const [zero, dash, point] = [0x30, 0x2d, 0x2e]
const trueBytes = Buffer.from('true')
const falseBytes = Buffer.from('false')

/** @returns false where JSON cannot say it, and null was written. */
export function writeValue(lines: JsonLines, kind: ValueKind, from: Buffer): boolean {
  switch (kind) {
    case 'text':
    case 'digits':
      lines.text(from, 0, from.length)
      return true
    case 'number':
      writeNumber(lines, from)
      return true
    case 'boolean':
      if (from.length === 1 && (from[0] === zero || from[0] === zero + 1))
        lines.raw(from[0] === zero ? falseBytes : trueBytes)
      else writeNumber(lines, from)
      return true
    case 'bits':
      lines.raw(Buffer.from(bitsText(from)))
      return true
    case 'json':
      lines.json(from, 0, from.length)
      return true
    case 'bytes':
      lines.plain(from.toString('base64'))
      return true
    default:
      return writeTime(lines, kind, from)
  }
}

/** Zeros in front, which ZEROFILL writes, are none that JSON knows. */
function writeNumber(lines: JsonLines, from: Buffer): void {
  let start = from[0] === dash ? 1 : 0
  if (start === 1) lines.raw(from, 0, 1)
  while (from[start] === zero && start + 1 < from.length && from[start + 1] !== point && isDigit(from[start + 1]!))
    start++
  lines.raw(from, start)
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= zero + 9
}

/** `0000-00-00` is no day at all; days of month or day zero stay as they are written. */
function writeTime(lines: JsonLines, kind: 'date' | 'datetime', from: Buffer): boolean {
  const text = from.toString('latin1')
  if (text.startsWith('0000-00-00')) {
    lines.null()
    return false
  }
  const isDay = kind === 'date' || text.slice(5, 7) === '00' || text.slice(8, 10) === '00'
  lines.plain(isDay ? text : `${text.slice(0, 10)}T${text.slice(11)}Z`)
  return true
}

function bitsText(bytes: Buffer): string {
  return bytes.length === 0 ? '0' : BigInt(`0x${bytes.toString('hex')}`).toString()
}

/** A value of a column in front as a text; what `constantOf` makes SQL of. */
export function rawText(kind: ValueKind, from: Buffer): string {
  if (kind === 'bytes') return from.toString('hex')
  return kind === 'bits' ? bitsText(from) : from.toString()
}

const numberText = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i

/** Where backslashes are no escapes. */
export function constantOf(kind: ValueKind, raw: string): string {
  if (kind === 'bytes') return `X'${/^[0-9a-f]*$/.test(raw) ? raw : ''}'`
  if ((kind === 'number' || kind === 'digits' || kind === 'bits' || kind === 'boolean') && numberText.test(raw))
    return raw
  return `'${raw.replaceAll("'", "''")}'`
}
