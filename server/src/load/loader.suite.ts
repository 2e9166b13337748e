/**
 * What any loader must do. A loader's test is one line: `testLoader('DuckDB', open)`; a bug found in one becomes a case for all.
 * Rows are read back by `query`, which is thereby tested too.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Books, type ColumnType, emptyBooks, type LogRange, type Table } from '../rows.ts'
import { type FakeValue, fakeBatch } from './fake-batch.ts'
import type { Destination } from './loader.ts'
import { cases, hostileNames, losses, narrowings, widenings } from './loader-cases.suite.ts'

export interface LoaderFixture {
  readonly destination: Destination
  /** Opens the same tables once more, whether or not the first is closed. */
  reopen(): Promise<Destination>
  /** What a stranger does to the tables. */
  execute(sql: string): Promise<void>
  /** Closes whatever is open and removes the tables. */
  close(): Promise<void>
}

export function testLoader(name: string, open: () => Promise<LoaderFixture>): void {
  describe(`the ${name} loader`, () => {
    let fixture: LoaderFixture
    let destination: Destination

    beforeEach(async () => {
      fixture = await open()
      destination = fixture.destination
    })
    afterEach(() => fixture.close())

    const events: Table = {
      name: 'events',
      columns: [
        { name: 'id', type: 'BIGINT' },
        { name: 'note', type: 'VARCHAR' },
      ],
    }

    /** Rows of `events` with the ids `from` to `to - 1`, as one range of partition 0. */
    const write = (from: number, to: number, into = destination, table = events) =>
      into.write([fakeBatch(table, ids(from, to))], range(from, to), books(to - from))

    const read = async (sql: string, from = destination) =>
      (await from.query({ sql, rowsMax: 1000, timeoutMs: 10_000 })).rows

    const start = async (table = events) => {
      await destination.claim(0)
      await destination.evolve(table)
    }

    describe('claim and position', () => {
      it('starts a partition at 0', async () => {
        expect(await destination.claim(7)).toBe(0n)
        expect(await destination.books(7)).toEqual({ position: 0n, books: emptyBooks })
      })

      it('goes on at the position after it was closed and opened again', async () => {
        await start()
        await write(0, 3)
        await destination.close()
        destination = await fixture.reopen()
        expect(await destination.claim(0)).toBe(3n)
        expect(await destination.durablePosition(0)).toBe(3n)
        await write(3, 5)
        expect(await read('SELECT id FROM events ORDER BY id')).toEqual([[0], [1], [2], [3], [4]])
      })

      it('never tells a durable position beyond the position', async () => {
        await start()
        await write(0, 3)
        expect(await destination.durablePosition(0)).toBeLessThanOrEqual(3n)
      })

      it('keeps partitions apart', async () => {
        await start()
        await destination.claim(1)
        await write(0, 3)
        await destination.write([fakeBatch(events, ids(0, 2))], { ...range(0, 2), partition: 1 }, books(2))
        expect((await destination.books(0)).position).toBe(3n)
        expect((await destination.books(1)).position).toBe(2n)
      })

      it('fences whoever held the partition before', async () => {
        await start()
        await write(0, 2)
        const second = await fixture.reopen()
        expect(await second.claim(0)).toBe(2n)
        await expect(write(2, 4)).rejects.toMatchObject({ code: 'fenced' })
        await write(2, 3, second)
        await expect(write(3, 4)).rejects.toMatchObject({ code: 'fenced' })
        expect(await read('SELECT id FROM events ORDER BY id', second)).toEqual([[0], [1], [2]])
        await second.close()
      })

      it('refuses to write a partition that was not claimed', async () => {
        await destination.evolve(events)
        await expect(write(0, 1)).rejects.toMatchObject({ code: 'fenced' })
      })
    })

    describe('write', () => {
      it('writes rows of several tables, the position and the books at once', async () => {
        const users: Table = { name: 'users', columns: [{ name: 'user', type: 'VARCHAR' }] }
        await start()
        await destination.evolve(users)
        const batches = [fakeBatch(events, ids(0, 3)), fakeBatch(users, [['ann'], [null]])]
        const counts = { ...emptyBooks, received: 7, loaded: 5, restreamed: 1, discarded: 1 }
        await destination.write(batches, range(0, 7), counts)
        expect(await read('SELECT count(*), count(note) FROM events')).toEqual([[3, 3]])
        expect(await read('SELECT count(*), count("user") FROM users')).toEqual([[2, 1]])
        expect(await destination.books(0)).toEqual({ position: 7n, books: counts })
      })

      it('adds up the books', async () => {
        await start()
        await write(0, 2)
        await write(2, 5)
        expect((await destination.books(0)).books).toEqual({ ...emptyBooks, received: 5, loaded: 5 })
      })

      it('moves the position of a range without rows', async () => {
        await start()
        await destination.write([], range(0, 4), { ...emptyBooks, received: 4, discarded: 4 })
        await destination.write([fakeBatch(events, [])], range(4, 5), { ...emptyBooks, received: 1, dropped: 1 })
        expect(await destination.books(0)).toEqual({
          position: 5n,
          books: { ...emptyBooks, received: 5, discarded: 4, dropped: 1 },
        })
      })

      it('skips a range that was written already, books too', async () => {
        await start()
        await write(0, 3)
        await write(3, 6)
        await write(0, 3)
        await write(3, 6)
        expect(await read('SELECT count(*) FROM events')).toEqual([[6]])
        expect(await destination.books(0)).toEqual({ position: 6n, books: books(6) })
      })

      it('refuses a range that would leave a gap', async () => {
        await start()
        await write(0, 3)
        await expect(write(5, 6)).rejects.toMatchObject({ code: 'fenced' })
        expect((await destination.books(0)).position).toBe(3n)
      })

      it('writes nothing at all where one table refuses', async () => {
        const gone: Table = { name: 'gone', columns: [{ name: 'a', type: 'BIGINT' }] }
        await start()
        await destination.evolve(gone)
        await fixture.execute('DROP TABLE gone')
        const batches = [fakeBatch(events, ids(0, 3)), fakeBatch(gone, [[1n]])]
        await expect(destination.write(batches, range(0, 4), books(4))).rejects.toMatchObject({
          code: 'schema_conflict',
        })
        expect(await read('SELECT count(*) FROM events')).toEqual([[0]])
        expect(await destination.books(0)).toEqual({ position: 0n, books: emptyBooks })
        await write(0, 3)
        expect(await read('SELECT count(*) FROM events')).toEqual([[3]])
      })

      it('writes 100,000 rows, every one right', async () => {
        await start()
        await write(0, 100_000)
        expect(
          await read(`SELECT count(*), count(DISTINCT id), sum(id),
            count(CASE WHEN note = CASE id % 3 WHEN 0 THEN 'note ' || id
              ELSE 'a note that is longer than twelve bytes: ' || id END THEN 1 END) FROM events`),
        ).toEqual([[100_000, 100_000, 4_999_950_000, 100_000]])
      })

      it('holds writers that come at the same time in order', async () => {
        await start()
        await Promise.all([0, 1, 2, 3, 4].map((part) => write(part * 10, part * 10 + 10)))
        expect(await read('SELECT count(*) FROM events')).toEqual([[50]])
        expect((await destination.books(0)).position).toBe(50n)
      })
    })

    describe('values', () => {
      it.each(cases)('keeps every $type', async ({ type, values }) => {
        const table: Table = {
          name: 'values_of_a_type',
          columns: [
            { name: 'n', type: 'BIGINT' },
            { name: 'v', type },
          ],
        }
        await start(table)
        const rows = [...values.map(([value]) => value), null].map((value, index) => [BigInt(index), value])
        await destination.write([fakeBatch(table, rows)], range(0, rows.length), books(rows.length))
        const found = await read('SELECT v FROM values_of_a_type ORDER BY n')
        expect(found.map(([value]) => value)).toEqual([...values.map(([, expected]) => expected), null])
      })

      it('keeps nulls where they are, in every place of every type', async () => {
        const types: ColumnType[] = [
          'BOOLEAN',
          'BIGINT',
          'DOUBLE',
          'DECIMAL(38,2)',
          'TIMESTAMP',
          'DATE',
          'VARCHAR',
          'JSON',
        ]
        const sample: FakeValue[] = [true, 1n, 1.5, '1.5', 0n, 0, 'a text of more than twelve bytes', '"j"']
        const columns = types.map((type, index) => ({ name: `c${index}`, type }))
        const table: Table = { name: 'nulls', columns: [{ name: 'n', type: 'BIGINT' }, ...columns] }
        await start(table)
        const rowCount = 4099 // two vectors of DuckDB and a bit
        const isNull = (row: number, column: number) => (row * 7 + column * 3) % 5 === 0
        const rows = Array.from({ length: rowCount }, (_, row) => [
          BigInt(row),
          ...sample.map((value, column) => (isNull(row, column) ? null : value)),
        ])
        await destination.write([fakeBatch(table, rows)], range(0, rowCount), books(rowCount))
        for (const column of types.keys()) {
          const expected = rows.flatMap((_, row) => (isNull(row, column) ? [row] : []))
          const { rows: found } = await destination.query({
            sql: `SELECT n FROM nulls WHERE c${column} IS NULL ORDER BY n`,
            rowsMax: rowCount,
            timeoutMs: 10_000,
          })
          expect(found.map(([row]) => row)).toEqual(expected)
        }
      })
    })

    describe('evolve', () => {
      it('adds columns and keeps what is there, and may be repeated', async () => {
        await start()
        await write(0, 1)
        const wider = { ...events, columns: [...events.columns, { name: 'extra', type: 'DOUBLE' as const }] }
        await destination.evolve(wider)
        await destination.evolve(wider)
        await destination.evolve(events)
        await destination.write([fakeBatch(wider, [[1n, 'x', 2.5]])], range(1, 2), books(1))
        expect(await read('SELECT id, note, extra FROM events ORDER BY id')).toEqual([
          [0, 'note 0', null],
          [1, 'x', 2.5],
        ])
      })

      it.each(widenings)('widens $from to $to', async ({ from, to, values }) => {
        const table = (type: ColumnType): Table => ({
          name: 'widened',
          columns: [
            { name: 'n', type: 'BIGINT' },
            { name: 'v', type },
          ],
        })
        await start(table(from))
        const rows = [...values.map(([value]) => value), null].map((value, index) => [BigInt(index), value])
        await destination.write([fakeBatch(table(from), rows)], range(0, rows.length), books(rows.length))
        await destination.evolve(table(to))
        const found = await read('SELECT v FROM widened ORDER BY n')
        expect(found.map(([value]) => value)).toEqual([...values.map(([, expected]) => expected), null])
        expect((await destination.tables()).find(({ name }) => name === 'widened')?.columns[1]?.type).toBe(to)
      })

      it.each(losses)('refuses to make $from $value a $to', async ({ from, to, value }) => {
        const table = (type: ColumnType): Table => ({ name: 'lossy', columns: [{ name: 'v', type }] })
        await start(table(from))
        await destination.write([fakeBatch(table(from), [[value]])], range(0, 1), books(1))
        await expect(destination.evolve(table(to))).rejects.toMatchObject({ code: 'schema_conflict' })
        expect((await destination.tables())[0]?.columns[0]?.type).toBe(from)
        await destination.write([fakeBatch(table(from), [[value]])], range(1, 2), books(1))
      })

      it.each(narrowings)('refuses to narrow $from to $to', async ({ from, to }) => {
        await start({ name: 'narrow', columns: [{ name: 'v', type: from }] })
        const narrower: Table = { name: 'narrow', columns: [{ name: 'v', type: to }] }
        await expect(destination.evolve(narrower)).rejects.toMatchObject({ code: 'schema_conflict' })
      })

      it('takes hostile names as they are', async () => {
        const table: Table = { name: 'a"b; DROP TABLE events; -- 🎉', columns: named(...hostileNames) }
        await start()
        await destination.evolve(table)
        await destination.write(
          [fakeBatch(table, [hostileNames.map((_, index) => BigInt(index))])],
          range(0, 1),
          books(1),
        )
        const found = (await destination.tables()).find(({ name }) => name === table.name)
        expect(found).toEqual({ ...table, rowCount: 1 })
        const { columns, rows } = await destination.query({
          sql: 'SELECT * FROM "a""b; DROP TABLE events; -- 🎉"',
          rowsMax: 2,
          timeoutMs: 5000,
        })
        expect(columns.map(({ name }) => name)).toEqual(hostileNames)
        expect(rows).toEqual([hostileNames.map((_, index) => index)])
        expect((await destination.tables()).map(({ name }) => name)).toContain('events')
      })

      it.each([
        { what: 'columns', table: { name: 't', columns: named('Price', 'price') } },
        { what: 'columns beyond ASCII', table: { name: 't', columns: named('ÄPFEL', 'äpfel') } },
        { what: 'a table and the one there', table: { name: 'EVENTS', columns: named('id') } },
        { what: 'a column and the one there', table: { name: 'events', columns: named('ID') } },
      ])('refuses $what that differ only in case', async ({ table }) => {
        await start()
        await expect(destination.evolve(table)).rejects.toMatchObject({ code: 'schema_conflict' })
        expect(await destination.tables()).toEqual([{ ...events, rowCount: 0 }])
      })

      it.each(['', 'a\0b', '\ud800'])('refuses the name %j', async (name) => {
        await expect(destination.evolve({ name: 't', columns: named(name) })).rejects.toMatchObject({
          code: 'schema_conflict',
        })
        await expect(destination.evolve({ name, columns: named('a') })).rejects.toMatchObject({
          code: 'schema_conflict',
        })
      })
    })

    describe('a table that somebody altered', () => {
      it.each([
        { what: 'a column dropped', sql: 'ALTER TABLE events DROP COLUMN note' },
        { what: 'a type changed', sql: 'ALTER TABLE events ALTER COLUMN id TYPE VARCHAR' },
        { what: 'the table dropped', sql: 'DROP TABLE events' },
      ])('is refused: $what', async ({ sql }) => {
        await start()
        await write(0, 2)
        await fixture.execute(sql)
        await expect(write(2, 4)).rejects.toMatchObject({ code: 'schema_conflict' })
        expect((await destination.books(0)).position).toBe(2n)
      })

      it('takes rows where only a column was added', async () => {
        await start()
        await fixture.execute('ALTER TABLE events ADD COLUMN theirs BIGINT')
        await write(0, 2)
        expect(await read('SELECT id, theirs FROM events ORDER BY id')).toEqual([
          [0, null],
          [1, null],
        ])
      })

      it('takes rows again once it is evolved', async () => {
        await start()
        await fixture.execute('ALTER TABLE events DROP COLUMN note')
        await destination.evolve(events)
        await write(0, 1)
        expect(await read('SELECT id, note FROM events')).toEqual([[0, 'note 0']])
      })
    })

    describe('tables', () => {
      it('tells columns and rows of Millrace’s tables, and of none of its own', async () => {
        await start()
        await write(0, 4)
        expect(await destination.tables()).toEqual([{ ...events, rowCount: 4 }])
      })
    })

    describe('query', () => {
      const ask = (sql: string, more: { rowsMax?: number; timeoutMs?: number; parameters?: QueryParameters } = {}) =>
        destination.query({ sql, rowsMax: 10, timeoutMs: 5000, ...more })

      it('answers columns with their types', async () => {
        await start()
        await write(0, 1)
        expect(await ask('SELECT id, note FROM events')).toEqual({
          columns: [
            { name: 'id', type: 'BIGINT' },
            { name: 'note', type: 'VARCHAR' },
          ],
          rows: [[0, 'note 0']],
          truncated: false,
        })
      })

      it('binds parameters', async () => {
        await start()
        await write(0, 5)
        const { rows } = await ask('SELECT id FROM events WHERE id >= $1 AND note <> $2 ORDER BY id LIMIT $3', {
          parameters: [1, 'x', 2],
        })
        expect(rows).toEqual([[1], [2]])
      })

      it.each([
        { what: 'fewer', rowCount: 9, rows: 9, truncated: false },
        { what: 'as many', rowCount: 10, rows: 10, truncated: false },
        { what: 'more', rowCount: 11, rows: 10, truncated: true },
      ])('answers at most rowsMax rows: $what', async ({ rowCount, rows, truncated }) => {
        await start()
        await write(0, rowCount)
        const answer = await ask('SELECT id FROM events')
        expect(answer.rows.length).toBe(rows)
        expect(answer.truncated).toBe(truncated)
      })

      it.each([
        'INSERT INTO events VALUES (1, NULL)',
        'UPDATE events SET id = 1',
        'DELETE FROM events',
        'DROP TABLE events',
        'CREATE TABLE mine (a BIGINT)',
        'ALTER TABLE events ADD COLUMN mine BIGINT',
        'EXPLAIN ANALYZE DELETE FROM events',
        'TRUNCATE events',
      ])('only reads: %s', async (sql) => {
        await start()
        await write(0, 2)
        await expect(ask(sql)).rejects.toMatchObject({ code: 'query_refused' })
        expect(await destination.tables()).toEqual([{ ...events, rowCount: 2 }])
      })

      it.each(['', 'SELEC 1', 'SELECT 1; SELECT 2', 'SELECT nothing FROM events', 'SELECT $1'])(
        'says what is wrong with %j',
        async (sql) => {
          await start()
          await expect(ask(sql)).rejects.toMatchObject({ code: 'invalid_sql' })
        },
      )

      it('stops when the time is up, and answers the next', async () => {
        await start()
        await write(0, 10_000)
        const startedAt = performance.now()
        const slow = ask('SELECT count(*) FROM events a, events b, events c WHERE a.id + b.id + c.id < 0', {
          timeoutMs: 300,
        })
        await expect(slow).rejects.toMatchObject({ code: 'query_timeout' })
        expect(performance.now() - startedAt).toBeLessThan(2000)
        expect((await ask('SELECT 42')).rows).toEqual([[42]])
      })

      it('refuses an answer beyond 5 MB', async () => {
        await start()
        const table: Table = { name: 'large', columns: [{ name: 'text', type: 'VARCHAR' }] }
        await destination.evolve(table)
        const rows = Array.from({ length: 6 }, () => ['x'.repeat(1_000_000)])
        await destination.write([fakeBatch(table, rows)], range(0, 6), books(6))
        await expect(ask('SELECT text FROM large')).rejects.toMatchObject({ code: 'query_too_large' })
        expect((await ask('SELECT text FROM large LIMIT 4')).rows.length).toBe(4)
      })

      it('is answered while rows are written, each as of one moment', async () => {
        await start()
        const writing = (async () => {
          for (let part = 0; part < 5; part++) await write(part * 20_000, (part + 1) * 20_000)
        })()
        for (let round = 0; round < 5; round++) {
          const [[count]] = (await ask('SELECT count(*) FROM events')).rows as [[number]]
          expect(count % 20_000).toBe(0)
        }
        await writing
        expect((await ask('SELECT count(*) FROM events')).rows).toEqual([[100_000]])
      })
    })
  })
}

type QueryParameters = readonly (string | number | boolean | null)[]

function ids(from: number, to: number): FakeValue[][] {
  return Array.from({ length: to - from }, (_, index) => {
    const id = from + index
    return [BigInt(id), id % 3 === 0 ? `note ${id}` : `a note that is longer than twelve bytes: ${id}`]
  })
}

function range(start: number, end: number): LogRange {
  return { partition: 0, start: BigInt(start), end: BigInt(end) }
}

function books(loaded: number): Books {
  return { ...emptyBooks, received: loaded, loaded }
}

function named(...names: string[]): Table['columns'] {
  return names.map((name) => ({ name, type: 'BIGINT' }))
}
