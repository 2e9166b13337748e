/**
 * What was seen at a path: a lattice of facts about values, not of SQL types, so that a join forgets nothing and its order is of
 * no account; the column's type is read off the facts.
 *
 *                    json
 *                     |
 *                    text
 *       ┌─────────┬───┴──────┐
 *    boolean   number{…}  timestamp
 *                            |
 *                           date
 *
 * Number facts join by themselves: the most digits, and what holds of every number. Nothing seen is `undefined`.
 */
import { numberFacts, readBigint, readDate, readTimestamp } from '@millrace/json/scalar'
import type { ColumnType } from '../rows.ts'

export type FieldType = NumberType | { readonly kind: 'boolean' | 'date' | 'timestamp' | 'text' | 'json' }

export interface NumberType {
  readonly kind: 'number'
  /** Most digits before the point; `digitsMax + 1` stands for any larger number. */
  readonly intDigits: number
  /** Most digits after the point, trailing zeros aside; bounded likewise. */
  readonly scale: number
  /** Every number is written as an integer and fits 64 bits. */
  readonly isBigint: boolean
  /** A double holds every number without loss. */
  readonly isDouble: boolean
}

/** Digits of a DECIMAL. */
const digitsMax = 38

/** The least type of field that holds what both hold. Commutative, associative, idempotent. */
export function join(left: FieldType | undefined, right: FieldType): FieldType {
  if (left === undefined) return right
  if (left.kind === 'number' && right.kind === 'number') return joinNumbers(left, right)
  if (left.kind === right.kind) return left
  if (left.kind === 'json' || right.kind === 'json') return { kind: 'json' }
  const areTimes = isTime(left) && isTime(right)
  return { kind: areTimes ? 'timestamp' : 'text' }
}

function joinNumbers(left: NumberType, right: NumberType): NumberType {
  return {
    kind: 'number',
    intDigits: Math.max(left.intDigits, right.intDigits),
    scale: Math.max(left.scale, right.scale),
    isBigint: left.isBigint && right.isBigint,
    isDouble: left.isDouble && right.isDouble,
  }
}

function isTime({ kind }: FieldType): boolean {
  return kind === 'date' || kind === 'timestamp'
}

/** The column that holds every such value without loss. */
export function columnType(seen: FieldType): ColumnType {
  switch (seen.kind) {
    case 'boolean':
      return 'BOOLEAN'
    case 'date':
      return 'DATE'
    case 'timestamp':
      return 'TIMESTAMP'
    case 'text':
      return 'VARCHAR'
    case 'json':
      return 'JSON'
    case 'number':
      if (seen.isBigint) return 'BIGINT'
      if (seen.isDouble) return 'DOUBLE'
      return seen.intDigits + seen.scale <= digitsMax ? `DECIMAL(38,${seen.scale})` : 'VARCHAR'
  }
}

/**
 * The facts of a column that takes rows: what it may come to hold without anybody looking at single values. Joined with what is
 * seen later, they never lead to a column that could not take over what the old one holds:
 *
 *   DOUBLE    takes any double unlooked at, so it only widens to VARCHAR; to DECIMAL, databases convert it with loss anyway
 *   BIGINT    takes any 64 bits; whether all of them are doubles is watched (`column-facts.ts`)
 *   DECIMAL   takes any digits its scale leaves room for; how many there are before the point is watched likewise
 *   VARCHAR   takes any scalar
 */
export function settled(seen: FieldType): FieldType {
  switch (columnType(seen)) {
    case 'BIGINT':
      return { ...(seen as NumberType), intDigits: bigintDigits }
    case 'DOUBLE':
      return { ...(seen as NumberType), intDigits: digitsMax + 1, scale: digitsMax + 1 }
    case 'VARCHAR':
      return { kind: 'text' }
    default:
      return seen
  }
}

const bigintDigits = 19

/** The facts of a column of this type, of which nobody has seen a value yet: settled, and the least of which it is the type. */
export function factsOf(type: ColumnType): FieldType {
  switch (type) {
    case 'BOOLEAN':
      return { kind: 'boolean' }
    case 'DATE':
      return { kind: 'date' }
    case 'TIMESTAMP':
      return { kind: 'timestamp' }
    case 'VARCHAR':
      return { kind: 'text' }
    case 'JSON':
      return { kind: 'json' }
    case 'BIGINT':
      return { kind: 'number', intDigits: bigintDigits, scale: 0, isBigint: true, isDouble: true }
    case 'DOUBLE':
      return { kind: 'number', intDigits: digitsMax + 1, scale: digitsMax + 1, isBigint: false, isDouble: true }
    default:
      return { kind: 'number', intDigits: 0, scale: decimalScale(type)!, isBigint: false, isDouble: false }
  }
}

/** Whether a column of the type takes such a value as it is. */
export function fits(seen: FieldType, type: ColumnType): boolean {
  return columnType(join(factsOf(type), seen)) === type
}

/**
 * Whether a column may change its type so: there is a conversion that keeps the meaning of every value for which the mapper widens.
 * BIGINT becomes DOUBLE only while it holds nothing that a double cannot, DECIMAL a larger scale only while its digits leave room.
 */
export function widens(from: ColumnType, to: ColumnType): boolean {
  if (from === to || to === 'JSON') return true
  if (to === 'VARCHAR') return from !== 'JSON'
  if (to === 'TIMESTAMP') return from === 'DATE'
  if (to === 'DOUBLE') return from === 'BIGINT'
  const scale = decimalScale(to)
  if (scale === undefined) return false
  return from === 'BIGINT' || (decimalScale(from) ?? Number.POSITIVE_INFINITY) <= scale
}

/** Digits after the point of a DECIMAL; undefined for any other type. */
export function decimalScale(type: ColumnType): number | undefined {
  return type.startsWith('DECIMAL') ? Number(type.slice('DECIMAL(38,'.length, -1)) : undefined
}

/** Facts of a JSON number's token; undefined where no type holds it: not 0, yet a double would be infinite or 0. */
export function numberType(token: string): NumberType | undefined {
  const { intDigits, scale, doubleExact, inRange } = numberFacts(token)
  if (!inRange) return undefined
  return {
    kind: 'number',
    intDigits: Math.min(intDigits, digitsMax + 1),
    scale: Math.min(scale, digitsMax + 1),
    isBigint: readBigint(token) !== undefined,
    isDouble: doubleExact,
  }
}

/** Facts of a text: what reads as a date or time is one; what reads as a number stays text. */
export function textType(text: string): FieldType {
  if (readDate(text) !== undefined) return { kind: 'date' }
  return { kind: readTimestamp(text) === undefined ? 'text' : 'timestamp' }
}
