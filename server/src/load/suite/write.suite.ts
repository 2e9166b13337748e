/** Claiming, writing, skipping, fencing: what makes every event a row exactly once. */
import { describe, expect, it } from 'vitest'
import { emptyBooks, type Table } from '../../rows.ts'
import { fakeBatch } from '../fake-batch.ts'
import { ids, type LoaderFixture, loaded, named, useLoader } from './use-loader.suite.ts'

export function testWriting(open: () => Promise<LoaderFixture>): void {
  describe('claim and position', () => {
    const loader = useLoader(open)
    const { start, write, read } = loader

    it('starts a partition at 0', async () => {
      expect(await loader.destination.claim(loader.partition)).toBe(0n)
      expect(await loader.destination.books(loader.partition)).toEqual({ position: 0n, books: emptyBooks })
    })

    it('knows nothing of a partition never seen', async () => {
      expect(await loader.destination.books(7)).toEqual({ position: 0n, books: emptyBooks })
      expect(await loader.destination.durablePosition(7)).toBe(0n)
    })

    it('goes on at the position after it was closed and opened again', async () => {
      await start()
      await write(0, 3)
      await loader.destination.close()
      loader.destination = await loader.fixture.reopen()
      expect(await loader.destination.claim(loader.partition)).toBe(3n)
      expect(await loader.destination.durablePosition(loader.partition)).toBe(3n)
      await write(3, 5)
      expect(await read(`SELECT id FROM ${loader.events.name} ORDER BY id`)).toEqual([[0], [1], [2], [3], [4]])
    })

    it('never tells a durable position beyond the position', async () => {
      await start()
      await write(0, 3)
      expect(await loader.destination.durablePosition(loader.partition)).toBeLessThanOrEqual(3n)
    })

    it('keeps partitions apart', async () => {
      const { destination, partition, events, range } = loader
      const other = partition + 1000
      await start()
      await destination.claim(other)
      await write(0, 3)
      await destination.write([fakeBatch(events, ids(0, 2))], { ...range(0, 2), partition: other }, loaded(2))
      expect((await destination.books(partition)).position).toBe(3n)
      expect((await destination.books(other)).position).toBe(2n)
    })

    it('counts the offsets that a range leaves out, and those given up for lost', async () => {
      const { destination, partition, events, range } = loader
      await start()
      await write(0, 3)
      expect(await destination.skipped(partition)).toBe(0n)
      await destination.write([fakeBatch(events, ids(8, 10))], range(3, 10), loaded(2))
      expect(await destination.skipped(partition)).toBe(5n)
      await destination.skipTo(partition, 10n)
      await destination.skipTo(partition, 40n)
      await destination.skipTo(partition, 20n)
      expect((await destination.books(partition)).position).toBe(40n)
      expect(await destination.skipped(partition)).toBe(35n)
      await write(40, 41)
      expect(await read(`SELECT id FROM ${events.name} ORDER BY id`)).toEqual([[0], [1], [2], [8], [9], [40]])
    })

    it('fences whoever held the partition before', async () => {
      await start()
      await write(0, 2)
      const second = await loader.fixture.reopen()
      expect(await second.claim(loader.partition)).toBe(2n)
      await expect(write(2, 4)).rejects.toMatchObject({ code: 'fenced' })
      await write(2, 3, second)
      await expect(write(3, 4)).rejects.toMatchObject({ code: 'fenced' })
      expect(await read(`SELECT id FROM ${loader.events.name} ORDER BY id`, second)).toEqual([[0], [1], [2]])
      await second.close()
    })

    it('refuses to write a partition that was not claimed', async () => {
      await loader.destination.evolve(loader.events)
      await expect(write(0, 1)).rejects.toMatchObject({ code: 'fenced' })
    })
  })

  describe('write', () => {
    const loader = useLoader(open)
    const { start, write, read, range } = loader
    const countRows = () => read(`SELECT count(*) FROM ${loader.events.name}`)

    it('writes rows of several tables, the position and the books at once', async () => {
      const { destination, partition, events } = loader
      const users: Table = { name: 'users', columns: [{ name: 'user', type: 'VARCHAR' }] }
      await start()
      await destination.evolve(users)
      const batches = [fakeBatch(events, ids(0, 3)), fakeBatch(users, [['ann'], [null]])]
      const books = { ...emptyBooks, received: 7, loaded: 5, restreamed: 1, discarded: 1 }
      await destination.write(batches, range(0, 7), books)
      expect(await countRows()).toEqual([[3]])
      expect(await read('SELECT count(*), count("user") FROM users')).toEqual([[2, 1]])
      expect(await destination.books(partition)).toEqual({ position: 7n, books })
    })

    it('adds up the books', async () => {
      await start()
      await write(0, 2)
      await write(2, 5)
      expect((await loader.destination.books(loader.partition)).books).toEqual(loaded(5))
    })

    it('moves the position of a range without rows', async () => {
      const { destination, partition, events } = loader
      await start()
      await destination.write([], range(0, 4), { ...emptyBooks, received: 4, discarded: 4 })
      await destination.write([fakeBatch(events, [])], range(4, 5), { ...emptyBooks, received: 1, dropped: 1 })
      const books = { ...emptyBooks, received: 5, discarded: 4, dropped: 1 }
      expect(await destination.books(partition)).toEqual({ position: 5n, books })
    })

    it('skips a range that was written already, books too', async () => {
      await start()
      await write(0, 3)
      await write(3, 6)
      await write(0, 3)
      await write(3, 6)
      expect(await countRows()).toEqual([[6]])
      expect(await loader.destination.books(loader.partition)).toEqual({ position: 6n, books: loaded(6) })
    })

    it('refuses a range that would leave a gap', async () => {
      await start()
      await write(0, 3)
      await expect(write(5, 6)).rejects.toMatchObject({ code: 'position_lost' })
      expect((await loader.destination.books(loader.partition)).position).toBe(3n)
    })

    it('writes nothing at all where one table refuses', async () => {
      const { destination, partition, events, fixture } = loader
      const gone: Table = { name: 'gone', columns: named('a') }
      await start()
      await destination.evolve(gone)
      await fixture.execute('DROP TABLE gone')
      const batches = [fakeBatch(events, ids(0, 3)), fakeBatch(gone, [[1n]])]
      const writing = destination.write(batches, range(0, 4), loaded(4))
      await expect(writing).rejects.toMatchObject({ code: 'schema_conflict' })
      expect(await countRows()).toEqual([[0]])
      expect(await destination.books(partition)).toEqual({ position: 0n, books: emptyBooks })
      await write(0, 3)
      expect(await countRows()).toEqual([[3]])
    })

    it('writes 100,000 rows, every one right', async () => {
      await start()
      await write(0, 100_000)
      const sql = `SELECT count(*), count(DISTINCT id), sum(id),
        count(CASE WHEN note = CASE id % 3 WHEN 0 THEN 'note ' || id
          ELSE 'a note that is longer than twelve bytes: ' || id END THEN 1 END) FROM ${loader.events.name}`
      expect(await read(sql)).toEqual([[100_000, 100_000, 4_999_950_000, 100_000]])
    })

    it('holds writers that come at the same time in order', async () => {
      await start()
      await Promise.all([0, 1, 2, 3, 4].map((part) => write(part * 10, part * 10 + 10)))
      expect(await countRows()).toEqual([[50]])
      expect((await loader.destination.books(loader.partition)).position).toBe(50n)
    })
  })

  describe('a table that somebody altered', () => {
    const loader = useLoader(open)
    const { start, write, read } = loader

    it.each([
      { what: 'a column dropped', sql: 'ALTER TABLE events DROP COLUMN note' },
      { what: 'a type changed', sql: 'ALTER TABLE events ALTER COLUMN id TYPE VARCHAR' },
      { what: 'the table dropped', sql: 'DROP TABLE events' },
    ])('is refused: $what', async ({ sql }) => {
      await start()
      await write(0, 2)
      await loader.fixture.execute(sql.replace('events', loader.events.name))
      await expect(write(2, 4)).rejects.toMatchObject({ code: 'schema_conflict' })
      expect((await loader.destination.books(loader.partition)).position).toBe(2n)
    })

    it('takes rows where only a column was added', async () => {
      await start()
      await loader.fixture.execute(`ALTER TABLE ${loader.events.name} ADD COLUMN theirs BIGINT`)
      await write(0, 1)
      expect(await read(`SELECT id, theirs FROM ${loader.events.name}`)).toEqual([[0, null]])
    })

    it('takes rows again once it is evolved', async () => {
      await start()
      await loader.fixture.execute(`ALTER TABLE ${loader.events.name} DROP COLUMN note`)
      await loader.destination.evolve(loader.events)
      await write(0, 1)
      expect(await read(`SELECT id, note FROM ${loader.events.name}`)).toEqual([[0, 'note 0']])
    })
  })
}
