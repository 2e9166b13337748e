/** Rows of a batch as values that JSON can carry, for people to look at: the same as a query would answer. */
import type { QueryValue } from './query.ts'
import type { ColumnData, ColumnType, RowBatch, TextValues } from './rows.ts'

/** Row `row` of a batch, by column; columns that hold null are left out. */
export function valuesOf({ table, columns }: RowBatch, row: number): Record<string, QueryValue> {
  const values = table.columns.flatMap(({ name, type }, place): [string, QueryValue][] => {
    const column = columns[place]!
    const isNull = ((column.valid[row >> 3]! >> (row % 8)) & 1) === 0
    return isNull ? [] : [[name, cellOf(column, type, row)]]
  })
  return Object.fromEntries(values)
}

function cellOf({ values }: ColumnData, type: ColumnType, row: number): QueryValue {
  if (type === 'BOOLEAN') return (values as Uint8Array)[row] === 1
  if (type === 'DOUBLE') return (values as Float64Array)[row]!
  if (type === 'BIGINT') return integer((values as BigInt64Array)[row]!)
  if (type === 'TIMESTAMP') return timestamp((values as BigInt64Array)[row]!)
  if (type === 'DATE') return new Date((values as Int32Array)[row]! * dayMs).toISOString().slice(0, 10)
  const { offsets, bytes } = values as TextValues
  return utf8.decode(bytes.subarray(offsets[row], offsets[row + 1]))
}

function integer(value: bigint): QueryValue {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value.toString()
}

/** Microseconds since 1970 UTC; those outside of what a Date holds as they are. */
function timestamp(value: bigint): QueryValue {
  const ms = value / 1_000n - (value % 1_000n < 0n ? 1n : 0n)
  const date = new Date(Number(ms))
  if (Number.isNaN(date.getTime())) return value.toString()
  const micros = value - ms * 1_000n
  return micros === 0n ? date.toISOString() : date.toISOString().replace('Z', `${micros}`.padStart(3, '0').concat('Z'))
}

const dayMs = 86_400_000
const utf8 = new TextDecoder()
