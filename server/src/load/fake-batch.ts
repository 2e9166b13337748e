/** Makes a RowBatch of rows, for tests and benchmarks. */
import type { ColumnData, ColumnType, RowBatch, Table } from '../rows.ts'

/** By the column's type: boolean; bigint (BIGINT, and µs of a TIMESTAMP); number (DOUBLE, and days of a DATE); text (all others). */
export type FakeValue = null | boolean | bigint | number | string

export function fakeBatch(table: Table, rows: readonly (readonly FakeValue[])[]): RowBatch {
  return {
    table,
    rowCount: rows.length,
    columns: table.columns.map(({ type }, index) =>
      fakeColumn(
        type,
        rows.map((row) => row[index]!),
      ),
    ),
  }
}

function fakeColumn(type: ColumnType, values: readonly FakeValue[]): ColumnData {
  const valid = new Uint8Array(Math.ceil(values.length / 8))
  for (const [row, value] of values.entries()) if (value !== null) valid[row >> 3]! |= 1 << (row & 7)
  return { valid, values: fakeValues(type, values) }
}

function fakeValues(type: ColumnType, values: readonly FakeValue[]): ColumnData['values'] {
  if (type === 'BOOLEAN') return Uint8Array.from(values, (value) => (value === true ? 1 : 0))
  if (type === 'BIGINT' || type === 'TIMESTAMP') return BigInt64Array.from(values, (value) => (value ?? 0n) as bigint)
  if (type === 'DOUBLE') return Float64Array.from(values, (value) => (value ?? 0) as number)
  if (type === 'DATE') return Int32Array.from(values, (value) => (value ?? 0) as number)
  const texts = values.map((value) => Buffer.from((value ?? '') as string))
  const offsets = new Uint32Array(values.length + 1)
  for (const [row, text] of texts.entries()) offsets[row + 1] = offsets[row]! + text.length
  return { offsets, bytes: Buffer.concat(texts) }
}
