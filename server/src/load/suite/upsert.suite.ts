/** Tables with a primary key: the newest row of a key replaces the others, exactly once, and the books say how many are gone. */
import { describe, expect, it } from 'vitest'
import type { Table } from '../../rows.ts'
import { type FakeValue, fakeBatch } from '../fake-batch.ts'
import { hostileNames } from './cases.suite.ts'
import { type LoaderFixture, loaded, named, useLoader } from './use-loader.suite.ts'

export function testUpserting(open: () => Promise<LoaderFixture>): void {
  describe('a table with a primary key', () => {
    const loader = useLoader(open)
    const { start, range, read } = loader
    const keyed = (...primaryKey: string[]): Table => ({
      name: `keyed_${loader.partition}`,
      columns: [
        { name: 'shop', type: 'VARCHAR' },
        { name: 'id', type: 'BIGINT' },
        { name: 'note', type: 'VARCHAR' },
      ],
      primaryKey,
    })
    const write = (table: Table, from: number, rows: FakeValue[][]) =>
      loader.destination.write([fakeBatch(table, rows)], range(from, from + rows.length), loaded(rows.length))
    const rows = ({ name }: Table) => read(`SELECT * FROM ${name} ORDER BY shop, id, note`)
    const replaced = async () => (await loader.destination.books(loader.partition)).books.replaced

    it('keeps the newest row of a key, of one batch and of several', async () => {
      const table = keyed('id')
      await start(table)
      await write(table, 0, [
        ['a', 1n, 'first'],
        ['a', 2n, 'only'],
        ['b', 1n, 'second'],
        ['c', 1n, 'third'],
      ])
      expect(await rows(table)).toEqual([
        ['a', 2, 'only'],
        ['c', 1, 'third'],
      ])
      expect(await replaced()).toBe(2)
      await write(table, 4, [
        ['d', 1n, null],
        ['d', 3n, 'new'],
      ])
      expect(await rows(table)).toEqual([
        ['a', 2, 'only'],
        ['d', 1, null],
        ['d', 3, 'new'],
      ])
      expect(await replaced()).toBe(3)
    })

    it('tells keys of several columns apart by all of them', async () => {
      const table = keyed('id', 'shop')
      await start(table)
      await write(table, 0, [
        ['a', 1n, 'x'],
        ['b', 1n, 'y'],
        ['a', 1n, 'z'],
      ])
      expect(await rows(table)).toEqual([
        ['a', 1, 'z'],
        ['b', 1, 'y'],
      ])
    })

    it('replaces nothing twice where a range is written again, and nothing where it fails', async () => {
      const table = keyed('id')
      const gone: Table = { name: `gone_${loader.partition}`, columns: named('a') }
      await start(table)
      await loader.destination.evolve(gone)
      await write(table, 0, [['a', 1n, 'old']])
      await loader.fixture.execute(`DROP TABLE ${gone.name}`)
      const batches = [fakeBatch(table, [['a', 1n, 'lost']]), fakeBatch(gone, [[1n]])]
      await expect(loader.destination.write(batches, range(1, 3), loaded(2))).rejects.toThrow()
      expect([await rows(table), await replaced()]).toEqual([[['a', 1, 'old']], 0])
      await write(table, 1, [['a', 1n, 'new']])
      await write(table, 1, [['a', 1n, 'new']])
      expect([await rows(table), await replaced()]).toEqual([[['a', 1, 'new']], 1])
    })

    it('takes 20,000 rows over 1,000 keys, in order, whatever the batch they come in', async () => {
      const table = keyed('id')
      await start(table)
      const events = Array.from({ length: 20_000 }, (_, n): FakeValue[] => ['s', BigInt((n * 7919) % 1000), `${n}`])
      const batches = [0, 1, 2].map((part) => fakeBatch(table, events.slice(part * 7000, part * 7000 + 7000)))
      await loader.destination.write(batches, range(0, 20_000), loaded(20_000))
      const newest = new Map(events.map(([, id, note]) => [Number(id), note]))
      const found = await read(`SELECT id, note FROM ${table.name}`)
      expect(new Map(found as [number, string][])).toEqual(newest)
      expect(await replaced()).toBe(19_000)
    })

    it('is keyed by columns of hostile names', async () => {
      const table: Table = {
        name: `keyed"${loader.partition}; --`,
        columns: named(...hostileNames),
        primaryKey: hostileNames,
      }
      await start(table)
      const row = hostileNames.map((_, index) => BigInt(index))
      await write(table, 0, [row, row])
      expect(await loader.status(table.name)).toMatchObject({ rowCount: 1 })
    })
  })
}
