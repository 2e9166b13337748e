/** Decimals: whole numbers that stand for so many places behind the point. All of their digits are kept. */
import type { SchemaElement } from 'hyparquet'

export interface Decimal {
  readonly scale: number
  /** A double has fewer digits than they may have. */
  readonly isText: boolean
}

/** Digits that each double of as many tells apart. */
const doubleDigits = 15
/** Numbers of that many digits and fewer. */
export const digitsBelow = 10 ** doubleDigits
/** More than any database has. */
const scaleMax = 1_000
const bytesMax = 1_000

/** Undefined where a column has none. @throws Error: it says that it has some that cannot be. */
export function decimalOf(element: SchemaElement): Decimal | undefined {
  const { type, converted_type: old, logical_type: logical } = element
  if (old !== 'DECIMAL' && logical?.type !== 'DECIMAL') return undefined
  if (!['INT32', 'INT64', 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'].includes(type!)) return undefined
  const { scale = 0, precision = Number.POSITIVE_INFINITY } = logical?.type === 'DECIMAL' ? logical : element
  if (scale < 0 || scale > scaleMax)
    throw new Error(`decimals of ${element.name} have ${scale} places behind the point`)
  return { scale, isText: precision > doubleDigits }
}

/** Bytes are a whole number, the highest first, two's complement. @throws Error: there are too many. */
export function unscaled(value: unknown): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint)
  if (value.length === 0) return 0n
  if (value.length > bytesMax) throw new Error(`a decimal of ${value.length} bytes is longer than can be`)
  const hex = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
  return BigInt.asIntN(8 * value.length, BigInt(`0x${hex}`))
}

/** A number where it is said to fit one and does, or a text with all digits. */
export function decimalValue(whole: bigint, { scale, isText }: Decimal): number | string {
  const value = Number(whole)
  if (!isText && Math.abs(value) < digitsBelow) return value / 10 ** scale
  const digits = `${whole < 0n ? -whole : whole}`.padStart(scale + 1, '0')
  const place = digits.length - scale
  const rest = scale === 0 ? '' : `.${digits.slice(place)}`
  return `${whole < 0n ? '-' : ''}${digits.slice(0, place)}${rest}`
}
