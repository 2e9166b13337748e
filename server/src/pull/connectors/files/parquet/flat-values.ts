/** Values of a page as they are decoded, and how each is said as JSON. */
import type { DecodedArray, SchemaElement } from 'hyparquet'
import type { CellBytes } from './cell-bytes.ts'
import { type Decimal, decimalOf, unscaled } from './decimals.ts'

export interface Values {
  /** Value number `at`; asked for in their order. */
  write(cells: CellBytes, at: number): void
  /** Instead of values: their places in the dictionary. */
  readonly indexes?: Uint32Array
}

type Parts = 1e3 | 1e6 | 1e9

export type FlatKind = 'boolean' | 'number' | 'integer' | 'date' | 'text' | 'uuid' | Decimal | Parts

const partsOf: Readonly<Record<string, Parts>> = { MILLIS: 1e3, MICROS: 1e6, NANOS: 1e9 }
const smallIntegers = [undefined, 'INT_8', 'INT_16', 'INT_32', 'UINT_8', 'UINT_16']

/** Undefined where a column's values are of a type that only the library knows to say. */
export function flatKindOf(element: SchemaElement): FlatKind | undefined {
  const { type, type_length, converted_type: old, logical_type: logical } = element
  if (old === 'DECIMAL' || logical?.type === 'DECIMAL') return decimalOf(element)
  const isPlain = old === undefined && logical === undefined
  const isSigned = logical === undefined || (logical.type === 'INTEGER' && logical.isSigned)
  if (type === 'BOOLEAN') return isPlain ? 'boolean' : undefined
  if (type === 'FLOAT' || type === 'DOUBLE') return isPlain ? 'number' : undefined
  if (type === 'INT32') {
    if (old === 'DATE') return 'date'
    const isSmall = isSigned || (logical?.type === 'INTEGER' && logical.bitWidth < 32)
    return smallIntegers.includes(old) && isSmall ? 'number' : undefined
  }
  if (type === 'INT64') {
    if (old === 'TIMESTAMP_MILLIS') return 1e3
    if (old === 'TIMESTAMP_MICROS') return 1e6
    if (old === undefined && logical?.type === 'TIMESTAMP') return partsOf[logical.unit]
    return (old === undefined || old === 'INT_64') && isSigned ? 'integer' : undefined
  }
  if (type === 'BYTE_ARRAY') {
    const isText = logical === undefined || logical.type === 'STRING' || logical.type === 'ENUM'
    return isText && (old === undefined || old === 'UTF8' || old === 'ENUM') ? 'text' : undefined
  }
  const isUuid = type === 'FIXED_LEN_BYTE_ARRAY' && logical?.type === 'UUID' && old === undefined
  return isUuid && type_length === 16 ? 'uuid' : undefined
}

export function openValues(kind: FlatKind, values: DecodedArray): Values {
  switch (kind) {
    case 'boolean':
      return { write: (cells, at) => cells.boolean(Boolean(values[at])) }
    case 'number':
      return { write: (cells, at) => cells.number(Number(values[at])) }
    case 'date':
      return { write: (cells, at) => cells.date(Number(values[at])) }
    case 'text':
      return { write: (cells, at) => cells.text(values[at] as Uint8Array, 0, (values[at] as Uint8Array).length) }
    case 'uuid':
      return { write: (cells, at) => cells.uuid(values[at] as Uint8Array, 0) }
    case 'integer': {
      const words = wordsOf(values)
      return { write: (cells, at) => cells.integer(words[2 * at]!, words[2 * at + 1]!) }
    }
    default: {
      if (typeof kind === 'object') return { write: (cells, at) => cells.decimal(unscaled(values[at]), kind) }
      const words = wordsOf(values)
      return { write: (cells, at) => cells.timestamp(words[2 * at]!, words[2 * at + 1]!, kind) }
    }
  }
}

/** Values that lie one behind the other from there on, read without an object for each. */
export function openByteValues(kind: 'text' | 'uuid', bytes: Uint8Array, from: number): Values {
  let at = from
  if (kind === 'uuid') {
    return {
      write(cells) {
        if (at + 16 > bytes.length) throw new Error('a page has fewer values than it says')
        cells.uuid(bytes, at)
        at += 16
      },
    }
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    write(cells) {
      const start = at + 4
      const end = start + view.getUint32(at, true)
      if (end > bytes.length) throw new Error('a page has fewer values than it says')
      cells.text(bytes, start, end)
      at = end
    },
  }
}

/** 64 bits as pairs of words, the lower one first, as they lie in the memory of all machines that we run on. */
function wordsOf(values: DecodedArray): Int32Array {
  const longs = values instanceof BigInt64Array ? values : BigInt64Array.from(values as bigint[])
  return new Int32Array(longs.buffer, longs.byteOffset, 2 * longs.length)
}
