/** Views: set as a whole, each by itself, and never in the way of loading. */
import { describe, expect, it } from 'vitest'
import { emptyBooks } from '../../rows.ts'
import { fakeBatch } from '../fake-batch.ts'
import { type LoaderFixture, useLoader } from './use-loader.suite.ts'

export function testViews(open: () => Promise<LoaderFixture>): void {
  describe('setViews', () => {
    const loader = useLoader(open)
    const { start, write, read } = loader
    const set = (...views: { name: string; sql: string }[]) => loader.destination.setViews(views)
    const of = (name: string, columns = '*') => ({ name, sql: `SELECT ${columns} FROM main."${loader.events.name}"` })

    it('makes views, changes those that are different, and drops those that are not given any more', async () => {
      await start()
      await write(0, 3)
      expect(await set(of('one'), of('A "second", one', 'id + 1 AS next'))).toEqual([])
      expect(await read('SELECT count(*) FROM one')).toEqual([[3]])
      expect(await read('SELECT max(next) FROM "A ""second"", one"')).toEqual([[3]])
      expect(await set(of('one', 'id * 10 AS tens'))).toEqual([])
      expect(await read('SELECT max(tens) FROM one')).toEqual([[20]])
      await expect(read('SELECT * FROM "A ""second"", one"')).rejects.toMatchObject({ code: 'invalid_sql' })
      expect(await set()).toEqual([])
      await expect(read('FROM one')).rejects.toMatchObject({ code: 'invalid_sql' })
    })

    it('are no tables, and survive that columns are added and widened, and that the destination is opened again', async () => {
      await start()
      await write(0, 3)
      await set(of('wide', 'id, note'))
      const [id, ...others] = loader.events.columns
      await loader.destination.evolve({
        name: loader.events.name,
        columns: [{ ...id!, type: 'VARCHAR' }, ...others, { name: 'added', type: 'BOOLEAN' }],
      })
      expect(await read('SELECT id FROM wide ORDER BY 1')).toEqual([['0'], ['1'], ['2']])
      expect((await loader.destination.tables()).map(({ name }) => name)).not.toContain('wide')
      await loader.destination.close()
      loader.destination = await loader.fixture.reopen()
      expect(await read('SELECT count(*) FROM wide')).toEqual([[3]])
      expect(await set(of('wide', 'added'))).toEqual([])
      expect(await read('SELECT count(*) FROM wide')).toEqual([[3]])
    })

    it('tells which cannot be made, makes the others, and keeps what was there', async () => {
      await start()
      await set(of('kept'))
      const faults = await set(of('kept', 'nothing_of_that_name'), of('fine'), { name: 'broken', sql: 'SELECT' })
      expect(faults.map(({ name }) => name)).toEqual(['kept', 'broken'])
      expect(faults[0]!.message).toContain('nothing_of_that_name')
      expect(await read('SELECT count(*) FROM kept, fine')).toEqual([[0]])
      await set()
    })

    it('take the place neither of a table nor of what somebody else made', async () => {
      await start()
      await write(0, 2)
      await loader.fixture.execute('CREATE VIEW strangers AS SELECT 1 AS n')
      const faults = await set(of(loader.events.name.toUpperCase()), of('strangers'))
      expect(faults.map(({ message }) => message)).toEqual([
        expect.stringContaining('made a table of that name'),
        expect.stringContaining('made a view of that name'),
      ])
      await set()
      expect(await read('FROM strangers')).toEqual([[1]])
      expect(await read(`SELECT count(*) FROM "${loader.events.name}"`)).toEqual([[2]])
      await loader.fixture.execute('DROP VIEW strangers')
    })

    it('give way to a table of their name, which keeps it', async () => {
      await start()
      await write(0, 2)
      expect(await set(of('Tracks'))).toEqual([])
      await loader.destination.evolve({ ...loader.events, name: 'tracks' })
      expect(await read('SELECT count(*) FROM tracks')).toEqual([[0]])
      expect(await set(of('Tracks'))).toMatchObject([{ name: 'Tracks' }])
      expect(await set()).toEqual([])
      expect(await read('SELECT count(*) FROM tracks')).toEqual([[0]])
    })

    it('can be set while rows are written', async () => {
      await start()
      const setting = (async () => {
        for (let n = 0; n < 20; n++) expect(await set(of('busy', `id + ${n} AS n`))).toEqual([])
      })()
      for (let n = 0; n < 20; n++)
        await loader.destination.write(
          [fakeBatch(loader.events, [[BigInt(n), 'a']])],
          { partition: loader.partition, start: BigInt(n), end: BigInt(n + 1) },
          emptyBooks,
        )
      await setting
      expect(await read('SELECT max(n), count(*) FROM busy')).toEqual([[38, 20]])
      await set()
    })
  })
}
