/** Statements of users write their own tables, all or nothing, and no other. */
import { describe, expect, it } from 'vitest'
import type { StatementRequest, StatementResult, StatementWork } from '../../query.ts'
import type { Table } from '../../rows.ts'
import { fakeBatch } from '../fake-batch.ts'
import { type LoaderFixture, loaded, useLoader } from './use-loader.suite.ts'

const refusal = expect.stringMatching(/^(query_refused|invalid_sql)$/)

export function testStatements(open: () => Promise<LoaderFixture>): void {
  describe('statement', () => {
    const loader = useLoader(open)
    const { start, write, read, status } = loader
    /** This test's target. */
    const target = () => `made_${loader.partition}`
    /** Statements name this test's table `events` and its target `made`. */
    const named = (sql: string) => sql.replaceAll(/\bevents\b/g, loader.events.name).replaceAll(/\bmade\b/g, target())
    const run = (
      work: StatementWork,
      { signal = new AbortController().signal, ...more }: Partial<StatementRequest> & { signal?: AbortSignal } = {},
    ): Promise<StatementResult> =>
      loader.destination.statement(
        {
          work: 'sql' in work ? { ...work, sql: named(work.sql) } : work,
          target: target(),
          timeoutMs: 10_000,
          ...more,
        },
        signal,
      )
    const select = (sql: string, mode: 'replace' | 'append' = 'replace'): StatementWork => ({
      kind: 'select',
      sql,
      mode,
    })
    const upsert = (sql: string, ...key: string[]): StatementWork => ({ kind: 'select', sql, mode: 'upsert', key })
    const writing = (sql: string): StatementWork => ({ kind: 'write', sql })
    const made = async (order = '1, 2') => read(named(`SELECT * FROM made ORDER BY ${order}`))

    it('replaces the target by the rows of a SELECT', async () => {
      await start()
      await write(0, 10)
      expect(await run(select('SELECT id % 2 AS parity, count(*) AS n FROM events GROUP BY 1'))).toEqual({
        rowCount: 2,
      })
      expect(await made()).toEqual([
        [0, 5],
        [1, 5],
      ])
      expect(await run(select('SELECT 7 AS other -- a comment at the end;'))).toEqual({ rowCount: 1 })
      expect(await made('1')).toEqual([[7]])
    })

    it('can be asked for by its mark once it is carried out, and only then, also when it is opened again', async () => {
      const mark = `mark ${target()}`
      await expect(run(select('SELECT * FROM nowhere'), { mark })).rejects.toMatchObject({ code: 'invalid_sql' })
      expect(await loader.destination.statementDone(mark)).toBeUndefined()
      await run(select('SELECT * FROM range(3) AS r(n)'), { mark })
      expect(await loader.destination.statementDone(mark)).toEqual({ rowCount: 3 })
      await loader.destination.close()
      loader.destination = await loader.fixture.reopen()
      expect(await loader.destination.statementDone(mark)).toEqual({ rowCount: 3 })
      expect(await loader.destination.statementDone(`${mark} of another`)).toBeUndefined()
    })

    it('adds rows to the target, by the names of columns', async () => {
      await start()
      expect(await run(select("SELECT 1 AS n, 'a' AS t", 'append'))).toEqual({ rowCount: 1 })
      expect(await run(select("SELECT 'b' AS t, 2 AS n;", 'append'))).toEqual({ rowCount: 1 })
      expect(await made()).toEqual([
        [1, 'a'],
        [2, 'b'],
      ])
    })

    it('replaces the rows that have a key of those that come, of which the last counts; NULL is a key, too', async () => {
      await start()
      await run(upsert("FROM (VALUES (1, 'a'), (2, 'b'), (NULL, 'c')) t(n, t)", 'n'))
      const { rowCount } = await run(upsert("FROM (VALUES (2, 'x'), (2, 'y'), (NULL, 'z'), (3, 'w')) t(n, t)", 'n'))
      expect(rowCount).toBe(3)
      expect(await made('n NULLS LAST')).toEqual([
        [1, 'a'],
        [2, 'y'],
        [3, 'w'],
        [null, 'z'],
      ])
    })

    it('keeps the newest row of each key of another table', async () => {
      const table: Table = {
        name: `log_${loader.partition}`,
        columns: [
          { name: 'k', type: 'BIGINT' },
          { name: 'at', type: 'BIGINT' },
          { name: 'v', type: 'VARCHAR' },
        ],
      }
      await start(table)
      const rows = [
        [1n, 5n, 'newest by time'],
        [1n, 2n, 'loaded last'],
        [2n, 1n, 'first'],
        [2n, 1n, 'as old, loaded last'],
        [3n, null, 'no time'],
      ]
      await loader.writeRows(table, rows)
      await run({ kind: 'newest', from: table.name, key: ['k'], by: 'at' })
      expect((await made()).map(([, , v]) => v)).toEqual(['newest by time', 'as old, loaded last', 'no time'])
      await run({ kind: 'newest', from: table.name, key: ['k'], by: null })
      expect((await made()).map(([, , v]) => v)).toEqual(['loaded last', 'as old, loaded last', 'no time'])
    })

    it('runs INSERT, UPDATE, DELETE and CREATE TABLE AS of the target', async () => {
      await start()
      await write(0, 4)
      const steps: [sql: string, rowCount: number, ids: number[]][] = [
        ['CREATE TABLE made AS SELECT id, note FROM events', 4, [0, 1, 2, 3]],
        ['create table if not exists main.made as select 1', 0, [0, 1, 2, 3]],
        ["INSERT INTO made VALUES (7, 'x'), (8, 'y')", 2, [0, 1, 2, 3, 7, 8]],
        [
          'insert into /* here */ "made" (note, id) (select note, id + 10 from events where id < 1)',
          1,
          [0, 1, 2, 3, 7, 8, 10],
        ],
        ["INSERT INTO made BY NAME SELECT 'z' AS note, 11 AS id;", 1, [0, 1, 2, 3, 7, 8, 10, 11]],
        ['UPDATE made SET id = id + 100, note = NULL WHERE id >= 10', 2, [0, 1, 2, 3, 7, 8, 110, 111]],
        [
          'UPDATE made AS m SET id = e.id + 200 FROM events AS e WHERE m.id = e.id AND e.id = 3',
          1,
          [0, 1, 2, 7, 8, 110, 111, 203],
        ],
        ['DELETE FROM made USING events e WHERE made.id = e.id AND e.id < 2', 2, [2, 7, 8, 110, 111, 203]],
        ['DELETE FROM made m WHERE m.id > (SELECT max(id) FROM events) + 5', 3, [2, 7, 8]],
        ['DELETE FROM made', 3, []],
        ['CREATE OR REPLACE TABLE made AS SELECT 5 AS id', 1, [5]],
      ]
      for (const [sql, rowCount, ids] of steps) {
        expect([sql, await run(writing(sql))]).toEqual([sql, { rowCount }])
        expect([sql, (await made('1')).map(([id]) => id)]).toEqual([sql, ids])
      }
    })

    it('lists what it makes as derived, and no rows of events go there', async () => {
      await start()
      await run(select('SELECT 1 AS id'))
      expect(await status(target())).toMatchObject({ rowCount: 1, isDerived: true })
      expect(await status()).toMatchObject({ isDerived: false })
      for (const name of [target(), target().toUpperCase()]) {
        const evolved = loader.destination.evolve({ name, columns: [{ name: 'id', type: 'BIGINT' }] })
        await expect(evolved).rejects.toMatchObject({ code: 'schema_conflict' })
      }
      const again = await loader.fixture.reopen()
      expect((await again.tables()).find(({ name }) => name === target())).toMatchObject({ isDerived: true })
      loader.destination = again
    })

    it('writes no table that holds rows of events; one that holds none becomes its own', async () => {
      await start()
      await run(select('SELECT 1 AS id'), { target: loader.events.name })
      expect(await status()).toMatchObject({ rowCount: 1, isDerived: true })
      const filled = { ...loader.events, name: `filled_${loader.partition}` }
      await loader.destination.evolve(filled)
      await loader.writeRows(filled, [[1n, 'x']])
      for (const work of [select('SELECT 1'), select('SELECT 1', 'append'), writing(`DELETE FROM ${filled.name}`)]) {
        await expect(run(work, { target: filled.name })).rejects.toMatchObject({ code: 'query_refused' })
      }
      expect(await status(filled.name)).toMatchObject({ rowCount: 1, isDerived: false })
    })

    it.each([
      'DELETE FROM events',
      'UPDATE events SET id = 1',
      'INSERT INTO events VALUES (9, NULL)',
      'CREATE OR REPLACE TABLE events AS SELECT 1',
      'DELETE FROM temp.made',
      'DELETE FROM main.events.made',
      'CREATE TABLE _millrace.made AS SELECT 1',
      'CREATE VIEW made AS SELECT 1',
      'CREATE TEMP TABLE made AS SELECT 1',
      'CREATE TABLE made (id BIGINT)',
      'DROP TABLE made',
      'ALTER TABLE made RENAME TO other',
      'TRUNCATE made',
      'WITH a AS (SELECT 1) INSERT INTO made SELECT * FROM a',
      'MERGE INTO made USING events ON false WHEN MATCHED THEN DELETE',
      "COPY made TO '/tmp/millrace-copy.csv'",
      'EXPLAIN ANALYZE DELETE FROM made',
      'SELECT 1',
      'DELETE FROM made WHERE (SELECT count(*) FROM checkpoint()) > 0',
      "UPDATE made SET id = 1 FROM query('SELECT 1') WHERE true",
      'INSERT INTO made SELECT 1 FROM duckdb_settings()',
      'INSERT INTO made EXPLAIN ANALYZE SELECT 1',
    ])('is refused as a write of the target: %s', async (sql) => {
      await start()
      await write(0, 2)
      await run(select('SELECT 1 AS id'))
      await expect(run(writing(sql))).rejects.toMatchObject({
        code: expect.stringMatching(/^(query_refused|invalid_sql)$/),
      })
      await expect(
        loader.destination.checkStatement(writing(named(sql))).then(({ target: written }) => {
          if (written !== target()) throw Object.assign(new Error('another table'), { code: 'query_refused' })
        }),
      ).rejects.toMatchObject({ code: refusal })
      expect(await status()).toMatchObject({ rowCount: 2 })
      expect(await made('1')).toEqual([[1]])
    })

    it.each([
      'DELETE FROM /* /* */ made WHERE 1 */ events',
      'DELETE FROM made; DELETE FROM events',
      'DELETE FROM made WHERE true; DELETE FROM events',
      'UPDATE made SET id = 2; DELETE FROM events',
      'INSERT INTO made SELECT 2; DELETE FROM events',
      'INSERT INTO made VALUES (1) RETURNING id',
      'CREATE OR REPLACE TABLE made AS SELECT 1; DROP TABLE events',
      'INSERT INTO made SELECT nothing FROM events',
      'INSERT INTO made',
      '',
    ])('says what is wrong with %j, and nothing changes', async (sql) => {
      await start()
      await write(0, 2)
      await run(select('SELECT 1 AS id'))
      await expect(run(writing(sql))).rejects.toMatchObject({ code: refusal })
      expect(await status()).toMatchObject({ rowCount: 2 })
      expect(await made('1')).toEqual([[1]])
    })

    it.each([
      '',
      'SELEC 1',
      'SELECT 1; SELECT 2',
      'SELECT 1; DROP TABLE events',
      'SELECT nothing FROM events',
      'SELECT $1',
    ])('says what is wrong with the SELECT %j, and the target stays', async (sql) => {
      await start()
      await run(select('SELECT 1 AS id'))
      await expect(run(select(sql))).rejects.toMatchObject({ code: refusal })
      expect(await made('1')).toEqual([[1]])
    })

    it.each(['', '_millrace_copy', 'a\0b', '\ud800'])('takes no table named %j', async (name) => {
      await start()
      await expect(run(select('SELECT 1 AS id'), { target: name })).rejects.toMatchObject({ code: 'invalid_sql' })
    })

    it('writes a table with any name', async () => {
      for (const name of ['a"; DROP TABLE events; --', 'select', 'žluťoučký', "it's", 'a.b']) {
        await run(select('SELECT 1 AS id'), { target: name })
        expect(await status(name)).toMatchObject({ rowCount: 1, isDerived: true })
      }
    })

    const slow = 'SELECT count(*) AS n FROM range(100000) a, range(100000) b WHERE a.range + b.range < 0'

    it('is stopped when its time is up or nobody wants it any more; the target stays, and others go on meanwhile', async () => {
      await start()
      await run(select('SELECT 1 AS id'))
      const cancel = new AbortController()
      const tooLong = run(select(slow), { timeoutMs: 400 })
      const unwanted = run(select(slow), { signal: cancel.signal })
      const outcomes = Promise.allSettled([tooLong, unwanted])
      await write(0, 100)
      expect((await loader.ask('SELECT 42')).rows).toEqual([[42]])
      cancel.abort(new Error('nobody wants it'))
      const startedAt = performance.now()
      const [late, cancelled] = await outcomes
      expect(late).toMatchObject({ reason: { code: 'query_timeout' } })
      expect(cancelled).toMatchObject({ reason: { message: 'nobody wants it' } })
      expect(performance.now() - startedAt).toBeLessThan(2_000)
      expect(await made('1')).toEqual([[1]])
      expect(await run(select('SELECT 2 AS id'))).toEqual({ rowCount: 1 })
    })

    it('reads as of one moment, while rows are written', async () => {
      await start()
      const batches = (async () => {
        for (let part = 0; part < 5; part++)
          await loader.destination.write(
            [fakeBatch(loader.events, rowsOf(part)), fakeBatch(loader.events, rowsOf(part))],
            loader.range(part * 2000, (part + 1) * 2000),
            loaded(2000),
          )
      })()
      for (let round = 0; round < 5; round++) {
        await run(select('SELECT count(*) AS n FROM events', 'append'))
      }
      await batches
      for (const [n] of await read(named('SELECT n % 2000 FROM made'))) expect(n).toBe(0)
      expect(await status()).toMatchObject({ rowCount: 10_000 })
    })
  })
}

function rowsOf(part: number): [bigint, string][] {
  return Array.from({ length: 1000 }, (_, index) => [BigInt(part * 1000 + index), 'x'])
}
