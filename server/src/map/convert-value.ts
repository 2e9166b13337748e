/**
 * A value of another kind than its column's type, where a person chose the type: it becomes one if it says the same thing, never
 * nearly the same. What the extractor takes by itself (`json/src/extraction.ts`) does not come here.
 *
 *   BOOLEAN             from 1, 0 and the texts `true`, `false` in any case
 *   BIGINT              from 1.0, 1e3, and texts that are numbers: `12`, not `012` nor `1,2`
 *   DOUBLE, DECIMAL     from texts that are numbers
 *   VARCHAR             from arrays and objects: their JSON
 *   DATE, TIMESTAMP     from nothing else: a number does not say whether it counts seconds or days
 */
import { decodeString } from '@millrace/json/walk'
import type { ColumnType } from '../rows.ts'
import { fits, numberType } from './field-type.ts'
import type { ValueKind } from './field-values.ts'

export interface Value {
  readonly bytes: Uint8Array
  readonly kind: ValueKind
  readonly start: number
  readonly end: number
}

/** The JSON token that says the same and fits the type; undefined where there is none. */
export function convertValue(value: Value, type: ColumnType): Uint8Array | undefined {
  const token = tokenOf(value, type)
  return token === undefined ? undefined : utf8.encode(token)
}

function tokenOf(value: Value, type: ColumnType): string | undefined {
  const text = textOf(value)
  if (type === 'VARCHAR') return value.kind === 'container' ? JSON.stringify(text) : undefined
  if (type === 'BOOLEAN') return booleans.get(value.kind === 'string' ? text.toLowerCase() : text)
  if (type === 'DATE' || type === 'TIMESTAMP' || type === 'JSON') return undefined
  if (value.kind !== 'number' && value.kind !== 'string') return undefined
  return numberFor(text, type)
}

function textOf({ bytes, kind, start, end }: Value): string {
  return kind === 'string' ? decodeString(bytes, start, end) : Buffer.from(bytes.subarray(start, end)).toString()
}

const booleans = new Map([
  ['true', 'true'],
  ['false', 'false'],
  ['1', 'true'],
  ['0', 'false'],
])

function numberFor(text: string, type: ColumnType): string | undefined {
  if (text.length > digitsMax || !jsonNumber.test(text)) return undefined
  const whole = type === 'BIGINT' ? wholeNumber(text) : text
  const seen = whole === undefined ? undefined : numberType(whole)
  return seen && fits(seen, type) ? whole : undefined
}

/** `1.50e1` as `15`. */
function wholeNumber(text: string): string | undefined {
  const [, sign = '', digits = '', fraction = '', exponent = '0'] = parts.exec(text) ?? []
  const shift = Number(exponent)
  if (Math.abs(shift) > digitsMax) return undefined
  const all = (digits + fraction).padEnd(digits.length + shift, '0')
  const point = digits.length + shift
  if (/[^0]/.test(point < 0 ? all : all.slice(point))) return undefined
  const whole = BigInt(all.slice(0, Math.max(0, point)) || '0')
  return whole === 0n ? '0' : `${sign}${whole}`
}

const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/
const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/
const digitsMax = 400
const utf8 = new TextEncoder()
