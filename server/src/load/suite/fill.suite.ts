/** Columns of rows that are there already: filled where they are null, by the keys of their rows. */
import { describe, expect, it } from 'vitest'
import type { Table } from '../../rows.ts'
import { type FakeValue, fakeBatch } from '../fake-batch.ts'
import { type LoaderFixture, useLoader } from './use-loader.suite.ts'

export function testFilling(open: () => Promise<LoaderFixture>): void {
  describe('filling', () => {
    const loader = useLoader(open)
    const table = (): Table => ({
      name: `filled_${loader.partition}`,
      columns: [
        { name: 'id', type: 'VARCHAR' },
        { name: 'place', type: 'BIGINT' },
        { name: 'note', type: 'VARCHAR' },
        { name: 'price', type: 'DECIMAL(38,2)' },
        { name: 'data', type: 'JSON' },
      ],
    })
    const rows = () =>
      loader.read(`SELECT id, place, note, price::VARCHAR, data FROM ${table().name} ORDER BY id, place`)
    const fill = (columns: string[], values: readonly FakeValue[][]) => {
      const { name, columns: all } = table()
      const part = { name, columns: all.filter((column) => columns.includes(column.name)) }
      return loader.destination.fill(fakeBatch(part, values), ['id', 'place'])
    }
    const start = async () => {
      await loader.start(table())
      await loader.writeRows(table(), [
        ['a', 1n, null, null, null],
        ['a', 2n, null, null, null],
        ['b', 1n, 'kept', null, null],
      ])
    }

    it('changes nulls alone, in rows of the same keys alone', async () => {
      await start()
      const given = [
        ['a', 1n, 'new', '1.50', '{"n":1}'],
        ['b', 1n, 'other', '2.25', null],
        ['c', 1n, 'nowhere', '3.00', null],
      ]
      const columns = ['id', 'place', 'note', 'price', 'data']
      expect(await fill(columns, given)).toBe(2)
      const expected = [
        ['a', 1, 'new', '1.50', '{"n":1}'],
        ['a', 2, null, null, null],
        ['b', 1, 'kept', '2.25', null],
      ]
      expect(await rows()).toEqual(expected)
      expect(await fill(columns, given)).toBe(0)
      expect(await rows()).toEqual(expected)
    })

    it('fills no more columns than it is given, and nothing with a null', async () => {
      await start()
      expect(await fill(['id', 'place', 'note'], [['a', 1n, null]])).toBe(0)
      expect(await fill(['id', 'place', 'note'], [['a', 2n, 'x']])).toBe(1)
      expect(await rows()).toMatchObject([{ 2: null }, { 2: 'x', 3: null }, { 2: 'kept' }])
    })

    it('refuses a table that a stranger altered', async () => {
      await start()
      await loader.fixture.execute(`ALTER TABLE ${table().name} DROP COLUMN note`)
      await expect(fill(['id', 'place', 'note'], [['a', 1n, 'x']])).rejects.toMatchObject({ code: 'schema_conflict' })
    })
  })
}
