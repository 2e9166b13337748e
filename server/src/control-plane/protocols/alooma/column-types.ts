/** Alooma's column types, which are those of the warehouses it loaded, and ours. */
import { MillraceError } from '../../../errors.ts'
import type { NativeType } from './mapping-draft.ts'

/** `{"type": "VARCHAR", "length": 256, "truncate": true, "nonNull": false}`. */
export interface AloomaColumnType {
  readonly type: string
  readonly nonNull?: boolean
  readonly [attribute: string]: unknown
}

export interface ReadColumnType {
  readonly type: NativeType
  readonly nonNull: boolean
  readonly length?: number
  readonly truncate?: boolean
  /** Digits in all, of a DECIMAL; 38 where it is absent. */
  readonly precision?: number
}

const nativeOf: Readonly<Record<string, NativeType>> = {
  ...named('VARCHAR', 'VARCHAR CHAR CHARACTER TEXT STRING NVARCHAR BPCHAR TIME'),
  ...named('BIGINT', 'BIGINT INT INTEGER SMALLINT TINYINT INT2 INT4 INT8 INT64 BYTEINT'),
  ...named('DOUBLE', 'FLOAT DOUBLE REAL FLOAT4 FLOAT8 FLOAT64'),
  ...named('BOOLEAN', 'BOOLEAN BOOL'),
  ...named('TIMESTAMP', 'TIMESTAMP TIMESTAMPTZ DATETIME TIMESTAMP_NTZ TIMESTAMP_LTZ TIMESTAMP_TZ'),
  ...named('DATE', 'DATE'),
  ...named('JSON', 'JSON VARIANT SUPER OBJECT ARRAY RECORD'),
}
const decimals = ['NUMERIC', 'DECIMAL', 'NUMBER', 'BIGNUMERIC']
const digitsMax = 38

const aloomaOf: Readonly<Record<string, string>> = {
  BOOLEAN: 'BOOLEAN',
  BIGINT: 'BIGINT',
  DOUBLE: 'FLOAT',
  TIMESTAMP: 'TIMESTAMP',
  DATE: 'DATE',
  VARCHAR: 'VARCHAR',
  JSON: 'JSON',
}

function named(type: NativeType, names: string): Record<string, NativeType> {
  return Object.fromEntries(names.split(' ').map((name) => [name, type]))
}

/** @param where what the type is of, for the refusal. @throws MillraceError `invalid_mapping`. */
export function readColumnType(given: unknown, where: string): ReadColumnType {
  const { type, ...attributes } = typeof given === 'string' ? readText(given) : asObject(given, where)
  if (typeof type !== 'string') throw wrong(`${where}: columnType has no type`)
  const name = type.trim().toUpperCase()
  const decimal = decimals.includes(name) ? readDecimal(attributes, where) : undefined
  const native = decimal?.type ?? nativeOf[name]
  if (native === undefined) throw wrong(`${where}: there is no column type ${JSON.stringify(type)}`)
  const length = numberOf(attributes['length'], 'length', where)
  if (length !== undefined && length < 1) throw wrong(`${where}: length has to be at least 1`)
  return {
    type: native,
    nonNull: isTrue(attributes['nonNull']),
    ...(native === 'VARCHAR' && length !== undefined && { length }),
    ...(native === 'VARCHAR' && length !== undefined && isTrue(attributes['truncate']) && { truncate: true }),
    ...(decimal !== undefined && decimal.precision < digitsMax && { precision: decimal.precision }),
  }
}

/** In Alooma's words; `said` is how a client once said it, which is told again while it still means the same. */
export function columnTypeOf(field: ReadColumnType, said?: unknown): AloomaColumnType {
  if (said !== undefined && meansTheSame(said, field)) return said as AloomaColumnType
  const { type, nonNull, length, truncate, precision = digitsMax } = field
  if (type === 'VARCHAR') {
    return { type, ...(length !== undefined && { length, truncate: truncate === true }), nonNull }
  }
  const scale = /^DECIMAL\(38,(\d+)\)$/.exec(type)?.[1]
  if (scale !== undefined) return { type: 'NUMERIC', precision, scale: Number(scale), nonNull }
  return { type: aloomaOf[type] ?? type, nonNull }
}

function meansTheSame(said: unknown, { type, nonNull, length, truncate, precision }: ReadColumnType): boolean {
  const read = readColumnType(said, '')
  return (
    read.type === type &&
    read.nonNull === nonNull &&
    read.length === length &&
    read.precision === precision &&
    (read.truncate ?? false) === (truncate ?? false)
  )
}

function readDecimal(
  attributes: Readonly<Record<string, unknown>>,
  where: string,
): { type: NativeType; precision: number } {
  const precision = numberOf(attributes['precision'], 'precision', where) ?? digitsMax
  const scale = numberOf(attributes['scale'], 'scale', where) ?? 0
  if (precision < 1 || precision > digitsMax) throw wrong(`${where}: precision has to be from 1 to ${digitsMax}`)
  if (scale < 0 || scale > precision) throw wrong(`${where}: scale has to be from 0 to the precision`)
  return { type: `DECIMAL(38,${scale})`, precision }
}

/** `VARCHAR(256)`, `NUMERIC(38, 2)`. */
function readText(text: string): Record<string, unknown> {
  const [, type = text, first, second] = /^\s*([\w ]+?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*$/.exec(text) ?? []
  if (first === undefined) return { type }
  if (decimals.includes(type.toUpperCase())) return { type, precision: Number(first), scale: Number(second ?? 0) }
  return { type, length: Number(first) }
}

function numberOf(value: unknown, name: string, where: string): number | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const number = typeof value === 'string' ? Number(value) : value
  if (typeof number === 'number' && Number.isInteger(number)) return number
  throw wrong(`${where}: ${name} has to be a whole number`)
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true'
}

function asObject(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw wrong(`${where}: columnType has to be an object`)
}

function wrong(message: string): MillraceError {
  return new MillraceError('invalid_mapping', message)
}
