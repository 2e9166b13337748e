/** Queries read, within their limits, while rows are written. */
import { describe, expect, it } from 'vitest'
import type { Table } from '../../rows.ts'
import { type LoaderFixture, useLoader } from './use-loader.suite.ts'

export function testQuerying(open: () => Promise<LoaderFixture>): void {
  describe('query', () => {
    const loader = useLoader(open)
    const { start, write, writeRows, ask, status } = loader
    /** Statements name this test's table `events`. */
    const named = (sql: string) => sql.replaceAll('events', loader.events.name)

    it('answers columns with their types', async () => {
      await start()
      await write(0, 1)
      expect(await ask(named('SELECT id, note FROM events'))).toEqual({
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
      const sql = named('SELECT id FROM events WHERE id >= $1 AND note <> $2 ORDER BY id LIMIT $3')
      expect((await ask(sql, { parameters: [1, 'x', 2] })).rows).toEqual([[1], [2]])
    })

    it.each([
      { what: 'fewer', rowCount: 9, rows: 9, truncated: false },
      { what: 'as many', rowCount: 10, rows: 10, truncated: false },
      { what: 'more', rowCount: 11, rows: 10, truncated: true },
    ])('answers at most rowsMax rows: $what', async ({ rowCount, rows, truncated }) => {
      await start()
      await write(0, rowCount)
      const answer = await ask(named('SELECT id FROM events'), { rowsMax: 10 })
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
      await expect(ask(named(sql))).rejects.toMatchObject({ code: 'query_refused' })
      expect(await status()).toEqual({ ...loader.events, rowCount: 2, isDerived: false })
      expect(await status('mine')).toBeUndefined()
    })

    it.each(['', 'SELEC 1', 'SELECT 1; SELECT 2', 'SELECT nothing FROM events', 'SELECT $1'])(
      'says what is wrong with %j',
      async (sql) => {
        await start()
        await expect(ask(named(sql))).rejects.toMatchObject({ code: 'invalid_sql' })
      },
    )

    it('stops when the time is up, and answers the next', async () => {
      await start()
      await write(0, 10_000)
      const startedAt = performance.now()
      const slow = named('SELECT count(*) FROM events a, events b, events c WHERE a.id + b.id + c.id < 0')
      await expect(ask(slow, { timeoutMs: 300 })).rejects.toMatchObject({ code: 'query_timeout' })
      expect(performance.now() - startedAt).toBeLessThan(2000)
      expect((await ask('SELECT 42')).rows).toEqual([[42]])
    })

    it('refuses an answer beyond 5 MB', async () => {
      const table: Table = { name: 'large', columns: [{ name: 'text', type: 'VARCHAR' }] }
      await start(table)
      await writeRows(
        table,
        Array.from({ length: 6 }, () => ['x'.repeat(1_000_000)]),
      )
      await expect(ask('SELECT text FROM large')).rejects.toMatchObject({ code: 'query_too_large' })
      expect((await ask('SELECT text FROM large LIMIT 4')).rows.length).toBe(4)
    })

    it('is answered while rows are written, each as of one moment', async () => {
      await start()
      const writing = (async () => {
        for (let part = 0; part < 5; part++) await write(part * 20_000, (part + 1) * 20_000)
      })()
      for (let round = 0; round < 5; round++) {
        const [[count]] = (await ask(named('SELECT count(*) FROM events'))).rows as [[number]]
        expect(count % 20_000).toBe(0)
      }
      await writing
      expect((await ask(named('SELECT count(*) FROM events'))).rows).toEqual([[100_000]])
    })
  })
}
