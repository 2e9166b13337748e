/** Tables follow their mappings: they are made, get columns, and widen; they lose nothing. */
import { describe, expect, it } from 'vitest'
import type { Table } from '../../rows.ts'
import { hostileNames, losses, narrowings, widenings } from './cases.suite.ts'
import { type LoaderFixture, named, numbered, tableOf, useLoader } from './use-loader.suite.ts'

export function testEvolving(open: () => Promise<LoaderFixture>): void {
  describe('evolve', () => {
    const loader = useLoader(open)
    const { start, write, writeRows, read, status } = loader

    it('adds columns and keeps what is there, and may be repeated', async () => {
      const { destination, events } = loader
      await start()
      await write(0, 2)
      const wider: Table = { ...events, columns: [...events.columns, { name: 'extra', type: 'DOUBLE' }] }
      await destination.evolve(wider)
      await destination.evolve(wider)
      await destination.evolve(events)
      await write(2, 3)
      expect(await read(`SELECT id, extra FROM ${events.name} ORDER BY id`)).toEqual([
        [0, null],
        [1, null],
        [2, null],
      ])
      expect(await status()).toEqual({ ...wider, rowCount: 3, isDerived: false })
    })

    it.each(widenings)('widens $from to $to', async ({ from, to, values }) => {
      const name = `widened_${loader.partition}`
      await start(tableOf(name, from))
      await writeRows(tableOf(name, from), numbered([...values.map(([value]) => value), null]))
      await loader.destination.evolve(tableOf(name, to))
      const found = await read(`SELECT v FROM ${name} ORDER BY n`)
      expect(found.map(([value]) => value)).toEqual([...values.map(([, expected]) => expected), null])
      expect(await status(name)).toEqual({ ...tableOf(name, to), rowCount: values.length + 1, isDerived: false })
    })

    it.each(losses)('refuses to make the $from $value a $to', async ({ from, to, value }) => {
      const name = `lossy_${loader.partition}`
      await start(tableOf(name, from))
      await writeRows(tableOf(name, from), numbered([value]))
      const evolving = loader.destination.evolve(tableOf(name, to))
      await expect(evolving).rejects.toMatchObject({ code: 'schema_conflict' })
      expect(await status(name)).toEqual({ ...tableOf(name, from), rowCount: 1, isDerived: false })
    })

    it.each(narrowings)('refuses to narrow $from to $to', async ({ from, to }) => {
      const name = `narrow_${loader.partition}`
      await start(tableOf(name, from))
      const evolving = loader.destination.evolve(tableOf(name, to))
      await expect(evolving).rejects.toMatchObject({ code: 'schema_conflict' })
    })

    it('takes hostile names as they are', async () => {
      const table: Table = { name: 'a"b; DROP TABLE victim; -- 🎉', columns: named(...hostileNames) }
      await loader.destination.evolve({ name: 'victim', columns: named('a') })
      await start(table)
      await writeRows(table, [hostileNames.map((_, index) => BigInt(index))])
      expect(await status(table.name)).toEqual({ ...table, rowCount: 1, isDerived: false })
      const { columns, rows } = await loader.ask('SELECT * FROM "a""b; DROP TABLE victim; -- 🎉"')
      expect(columns.map(({ name }) => name)).toEqual(hostileNames)
      expect(rows).toEqual([hostileNames.map((_, index) => index)])
      expect(await status('victim')).toBeDefined()
    })

    it.each([
      { what: 'columns', table: { name: 't', columns: named('Price', 'price') } },
      { what: 'columns beyond ASCII', table: { name: 't', columns: named('ÄPFEL', 'äpfel') } },
      { what: 'a table and the one there', table: { name: 'THERE', columns: named('id') } },
      { what: 'a column and the one there', table: { name: 'there', columns: named('ID') } },
    ])('refuses $what that differ only in case', async ({ table }) => {
      await start({ name: 'there', columns: named('id') })
      await expect(loader.destination.evolve(table)).rejects.toMatchObject({ code: 'schema_conflict' })
      expect(await status('there')).toEqual({ name: 'there', columns: named('id'), rowCount: 0, isDerived: false })
      expect(await status('t')).toBeUndefined()
    })

    it.each(['', 'a\0b', '\ud800'])('refuses the name %j', async (name) => {
      const { destination } = loader
      const conflict = { code: 'schema_conflict' }
      await expect(destination.evolve({ name: 't', columns: named(name) })).rejects.toMatchObject(conflict)
      await expect(destination.evolve({ name, columns: named('a') })).rejects.toMatchObject(conflict)
    })
  })

  describe('tables', () => {
    const loader = useLoader(open)

    it('tells columns and rows of the tables that were made, and of nothing else', async () => {
      expect(await loader.destination.tables()).toEqual([])
      await loader.start()
      await loader.write(0, 4)
      expect(await loader.destination.tables()).toEqual([{ ...loader.events, rowCount: 4, isDerived: false }])
    })
  })
}
