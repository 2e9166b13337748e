/**
 * For this stage's tests: what a value in JSON means, what a cell means, and what a database makes of a cell when its column widens,
 * all in plain code that shares nothing with the mapper but `readTimestamp`.
 */
import { readTimestamp } from '@millrace/json/scalar'
import fc from 'fast-check'
import type { ColumnData, ColumnType, TextValues } from '../rows.ts'
import { type FieldType, numberType, textType } from './field-type.ts'

/** bigint: BIGINT, and µs of a TIMESTAMP; number: DOUBLE, and days of a DATE; string: VARCHAR, JSON, DECIMAL. */
export type Cell = boolean | bigint | number | string

export interface TypedCell {
  readonly type: ColumnType
  readonly cell: Cell
}

/** What stands in JSON: a text decoded, any other token as it is. */
export type Fact = { readonly text: string } | { readonly token: string }

export function factOf(token: string): Fact {
  return token.startsWith('"') ? { text: (JSON.parse(token) as string).toWellFormed() } : { token }
}

export function readCell(type: ColumnType, { valid, values }: ColumnData, row: number): Cell | null {
  if (((valid[row >> 3]! >> (row & 7)) & 1) === 0) return null
  if (type === 'BOOLEAN') return (values as Uint8Array)[row] === 1
  if (!('offsets' in values)) return values[row]!
  const { offsets, bytes } = values as TextValues
  return Buffer.from(bytes.subarray(offsets[row], offsets[row + 1])).toString()
}

/** What a database makes of a cell. Of BIGINT to DOUBLE it makes the nearest double, of a larger scale what fits in 38 digits. */
export function convert(cell: Cell, from: ColumnType, to: ColumnType): Cell {
  if (from === to) return cell
  if (to === 'DOUBLE') return Number(cell)
  if (to === 'TIMESTAMP') return BigInt(cell as number) * 86_400_000_000n
  if (to.startsWith('DECIMAL')) return decimalWithin(String(cell), Number(to.slice('DECIMAL(38,'.length, -1)))
  if (to === 'JSON' && ['VARCHAR', 'DATE', 'TIMESTAMP'].includes(from)) return JSON.stringify(textOf(cell, from))
  return textOf(cell, from)
}

function decimalWithin(text: string, scale: number): string {
  const [whole, fraction = ''] = text.replace('-', '').split('.')
  if (whole!.length + scale > 38 || fraction.length > scale)
    throw new RangeError(`${text} does not fit DECIMAL(38,${scale})`)
  return text
}

function textOf(cell: Cell, type: ColumnType): string {
  if (type === 'DATE') return new Date((cell as number) * 86_400_000).toISOString().slice(0, 10)
  if (type !== 'TIMESTAMP') return Object.is(cell, -0) ? '-0' : String(cell)
  const micros = (((cell as bigint) % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = ((cell as bigint) - micros) / 1_000_000n
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${String(micros).padStart(6, '0')}Z`
}

/** Whether a cell says what stood in the JSON. A text in a column that mixes texts with others may have become its plain form. */
export function isSameMeaning(fact: Fact, { type, cell }: TypedCell): boolean {
  if (type === 'JSON') {
    const inner: unknown = JSON.parse(cell as string)
    if (typeof inner === 'string') return isSameMeaning(fact, { type: 'VARCHAR', cell: inner })
    return 'token' in fact && isSameToken(fact.token, cell as string)
  }
  if ('text' in fact) {
    if (type === 'DATE') return readTimestamp(fact.text) === BigInt(cell as number) * 86_400_000_000n
    if (type === 'TIMESTAMP') return readTimestamp(fact.text) === cell
    return type === 'VARCHAR' && (fact.text === cell || isSameTime(fact.text, cell as string))
  }
  return type !== 'DATE' && type !== 'TIMESTAMP' && isSameToken(fact.token, String(cell))
}

function isSameTime(left: string, right: string): boolean {
  const time = readTimestamp(left)
  return time !== undefined && time === readTimestamp(right)
}

function isSameToken(left: string, right: string): boolean {
  if (left === right) return true
  return /^-?\d/.test(left) && /^-?\d/.test(right) && canonical(left) === canonical(right)
}

/** A number as its digits and the exponent behind them. */
function canonical(token: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(token) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const trimmed = digits.replace(/0+$/, '')
  if (trimmed === '') return '0'
  return `${sign}${trimmed}e${Number(exponent) - fraction.length + digits.length - trimmed.length}`
}

export function typeOfToken(token: string): FieldType {
  if (token.startsWith('"')) return textType(JSON.parse(token) as string)
  if (token === 'true' || token === 'false') return { kind: 'boolean' }
  return /^[[{]/.test(token) ? { kind: 'json' } : numberType(token)!
}

const anyDigits = (most: number) =>
  fc
    .integer({ min: 1, max: most })
    .chain((count) =>
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: count, maxLength: count }).map((digits) => digits.join('')),
    )

/** Numbers as JSON writes them, many of them near the borders between types. */
const anyNumber = fc.oneof(
  fc.constantFrom('0', '-0', '0.0', '1', '1.0', '1e0', '9007199254740992', '9007199254740993', '-9007199254740993'),
  fc.constantFrom(
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775808',
    '18446744073709551615',
    '1e20',
    '1e-7',
    '0.1',
  ),
  fc.constantFrom(
    '99999999999999999999999999999999999999',
    '100000000000000000000000000000000000000',
    '1e300',
    '5e-324',
  ),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
  fc.double({ noDefaultInfinity: true, noNaN: true }).map(String),
  fc.tuple(anyDigits(30), anyDigits(25)).map(([whole, fraction]) => `${BigInt(whole)}.${fraction}`),
)

const anyText = fc.oneof(
  fc.constantFrom(
    '007',
    '1',
    'true',
    'null',
    '',
    '2020-02-29',
    '2021-02-29',
    '2020-01-01T00:00:00Z',
    '1970-01-01 23:59:59.999999+02:00',
  ),
  fc
    .date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  fc
    .date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10)),
  fc.string({ unit: 'binary', maxLength: 8 }),
)

/** Values in JSON but null and objects. */
export const anyToken: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: anyNumber },
  { weight: 3, arbitrary: anyText.map((text) => JSON.stringify(text)) },
  { weight: 1, arbitrary: fc.constantFrom('true', 'false') },
  { weight: 1, arbitrary: fc.constantFrom('[]', '[1,"a",{"b":null}]') },
)

/** Values of one path: mostly of one kind, as events are. */
export const anyTokens: fc.Arbitrary<string[]> = fc.oneof(
  fc.array(anyNumber, { minLength: 1, maxLength: 6 }),
  fc.array(
    anyText.map((text) => JSON.stringify(text)),
    { minLength: 1, maxLength: 4 },
  ),
  fc.array(anyToken, { minLength: 1, maxLength: 4 }),
)
