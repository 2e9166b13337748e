/** A table that a person drops is gone with its rows, which are still accounted for; what fills it can make it anew. */
import { describe, expect, it } from 'vitest'
import { fakeBatch } from '../fake-batch.ts'
import { ids, type LoaderFixture, loaded, named, useLoader } from './use-loader.suite.ts'

export function testDropping(open: () => Promise<LoaderFixture>): void {
  describe('dropTable', () => {
    const loader = useLoader(open)
    const { start, write, read, status } = loader

    it('takes the table with its rows, of which it tells how many there were, and no other', async () => {
      await loader.destination.evolve({ name: 'neighbour', columns: named('a') })
      await start()
      await write(0, 3)
      const before = await loader.destination.droppedRows()
      const { position, books } = await loader.destination.books(loader.partition)
      expect(await loader.destination.dropTable(loader.events.name)).toBe(3)
      expect(await status()).toBeUndefined()
      expect(await status('neighbour')).toBeDefined()
      expect(await loader.destination.droppedRows()).toBe(before + 3)
      expect(await loader.destination.books(loader.partition)).toEqual({ position, books })
    })

    it('leaves the name to a table with other columns', async () => {
      const { destination, events } = loader
      await start()
      await write(0, 2)
      await destination.dropTable(events.name)
      const other = { name: events.name, columns: named('note') }
      await destination.evolve(other)
      await destination.write([fakeBatch(other, [[7n]])], loader.range(2, 3), loaded(1))
      expect(await status()).toEqual({ ...other, rowCount: 1, isDerived: false })
    })

    it('makes what is written to it meanwhile a conflict, that evolving mends', async () => {
      const { destination, events } = loader
      await start()
      await write(0, 2)
      await destination.dropTable(events.name)
      const writing = destination.write([fakeBatch(events, ids(2, 4))], loader.range(2, 4), loaded(2))
      await expect(writing).rejects.toMatchObject({ code: 'schema_conflict' })
      await destination.evolve(events)
      await write(2, 4)
      expect(await read(`SELECT id FROM ${events.name} ORDER BY id`)).toEqual([[2], [3]])
    })

    it('counts no rows of a table that a statement made, and frees its name for events', async () => {
      const { destination } = loader
      const target = `derived_${loader.partition}`
      const work = { kind: 'select', sql: 'SELECT * FROM range(5) AS r(n)', mode: 'replace', key: [] } as const
      await destination.statement({ target, work, timeoutMs: 10_000 }, new AbortController().signal)
      const before = await destination.droppedRows()
      expect(await destination.dropTable(target)).toBe(5)
      expect(await destination.droppedRows()).toBe(before)
      await destination.evolve({ name: target, columns: named('n') })
      expect(await status(target)).toMatchObject({ isDerived: false, rowCount: 0 })
    })

    it('lets rows that wait to replace others make the table anew', async () => {
      const { destination, partition } = loader
      const table = {
        name: `fetched_${partition}`,
        columns: [
          { name: '_source', type: 'VARCHAR' },
          { name: '_day', type: 'DATE' },
          { name: '_last_day', type: 'DATE' },
          { name: 'n', type: 'BIGINT' },
        ],
      } as const
      await start(table)
      const attempt = `job${partition}.1`
      const waiting = fakeBatch(table, [['a', 20_454, null, 7n]])
      await destination.write([waiting], loader.range(0, 1), loaded(1), { attempt, receivedAt: 0 })
      expect(await destination.dropTable(table.name)).toBe(0)
      const january = { start: '2026-01-01', end: '2026-01-31' }
      const replacing = { job: `job${partition}`, attempt, receivedAt: 0, source: 'a', range: january }
      await destination.replace(replacing, loader.range(1, 2), { ...loaded(0), received: 1, discarded: 1 })
      expect(await read(`SELECT n FROM ${table.name}`)).toEqual([[7]])
      expect(await destination.aside()).toBe(0)
    })

    it('says where there is no such table, whatever the case of its name', async () => {
      await start()
      expect(await loader.destination.dropTable('no such table')).toBeUndefined()
      expect(await loader.destination.dropTable(loader.events.name.toUpperCase())).toBeUndefined()
      expect(await loader.destination.dropTable('')).toBeUndefined()
      expect(await status()).toBeDefined()
    })

    it('stays dropped when the destination is opened again', async () => {
      await start()
      await write(0, 2)
      await loader.destination.dropTable(loader.events.name)
      const rows = await loader.destination.droppedRows()
      await loader.destination.close()
      loader.destination = await loader.fixture.reopen()
      expect(await status()).toBeUndefined()
      expect(await loader.destination.droppedRows()).toBe(rows)
    })
  })
}
