/** Every type's values, nulls among them, arrive as they were sent. */
import { describe, expect, it } from 'vitest'
import type { ColumnType, Table } from '../../rows.ts'
import type { FakeValue } from '../fake-batch.ts'
import { cases } from './cases.suite.ts'
import { type LoaderFixture, numbered, tableOf, useLoader } from './use-loader.suite.ts'

export function testValues(open: () => Promise<LoaderFixture>): void {
  describe('values', () => {
    const loader = useLoader(open)
    const { start, writeRows, read } = loader

    it.each(cases)('keeps every $type', async ({ type, values }) => {
      const table = tableOf(`values_${loader.partition}`, type)
      await start(table)
      await writeRows(table, numbered([...values.map(([value]) => value), null]))
      const found = await read(`SELECT v FROM ${table.name} ORDER BY n`)
      expect(found.map(([value]) => value)).toEqual([...values.map(([, expected]) => expected), null])
    })

    it('keeps nulls where they are, in every place of every type', async () => {
      const sample: [ColumnType, FakeValue][] = [
        ['BOOLEAN', true],
        ['BIGINT', 1n],
        ['DOUBLE', 1.5],
        ['DECIMAL(38,2)', '1.5'],
        ['TIMESTAMP', 0n],
        ['DATE', 0],
        ['VARCHAR', 'a text of more than twelve bytes'],
        ['JSON', '"j"'],
      ]
      const columns = sample.map(([type], index) => ({ name: `c${index}`, type }))
      const table: Table = { name: 'nulls', columns: [{ name: 'n', type: 'BIGINT' }, ...columns] }
      const isNull = (row: number, column: number) => (row * 7 + column * 3) % 5 === 0
      // Two of DuckDB's vectors and a bit.
      const rows = Array.from({ length: 4099 }, (_, row) => [
        BigInt(row),
        ...sample.map(([, value], column) => (isNull(row, column) ? null : value)),
      ])
      await start(table)
      await writeRows(table, rows)
      for (const column of sample.keys()) {
        const found = await read(`SELECT n FROM nulls WHERE c${column} IS NULL ORDER BY n`)
        expect(found.map(([row]) => row)).toEqual(rows.flatMap((_, row) => (isNull(row, column) ? [row] : [])))
      }
    })
  })
}
