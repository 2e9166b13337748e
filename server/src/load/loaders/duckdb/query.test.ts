import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { QueryRequest } from '../../../query.ts'
import { emptyBooks } from '../../../rows.ts'
import { fakeBatch } from '../../fake-batch.ts'
import type { Destination } from '../../loader.ts'
import { duckdb } from '../duckdb.ts'

let folder: string
let destination: Destination

const ask = (sql: string, more: Partial<QueryRequest> = {}) =>
  destination.query({ sql, rowsMax: 10, timeoutMs: 5000, ...more })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-duckdb-'))
  const settings = duckdb.settings.parse({ path: join(folder, 'a.duckdb'), memoryLimitMb: 128 })
  destination = await duckdb.open(settings, new AbortController().signal)
  const table = { name: 'events', columns: [{ name: 'id', type: 'BIGINT' as const }] }
  await destination.claim(0)
  await destination.evolve(table)
  const rows = Array.from({ length: 5000 }, (_, id) => [BigInt(id)])
  await destination.write([fakeBatch(table, rows)], { partition: 0, start: 0n, end: 5000n }, emptyBooks)
})
afterAll(async () => {
  await destination.close()
  await rm(folder, { recursive: true })
})

describe('a query', () => {
  it.each([
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/hostname')",
    "SELECT * FROM read_blob('/etc/hostname')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM parquet_metadata('/tmp/a.parquet')",
    "COPY events TO '/tmp/millrace-copy.csv'",
    "COPY (SELECT 1) TO '/tmp/millrace-copy.csv'",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/millrace-copy.csv'",
    "EXPORT DATABASE '/tmp/millrace-export'",
    "IMPORT DATABASE '/tmp/millrace-export'",
    "ATTACH '/tmp/millrace-other.duckdb'",
    "ATTACH ':memory:' AS other",
    'DETACH a',
    'USE memory',
    'INSTALL spatial',
    'LOAD spatial',
    "SET memory_limit = '10GB'",
    'RESET memory_limit',
    'SET VARIABLE a = 1',
    'PRAGMA enable_profiling',
    "PRAGMA profile_output = '/tmp/millrace-profile.json'",
    'PRAGMA database_list',
    'CALL checkpoint()',
    'CHECKPOINT',
    'FORCE CHECKPOINT',
    'VACUUM',
    'ANALYZE',
    'BEGIN',
    'COMMIT',
    'PREPARE mine AS SELECT 1',
    'CREATE TEMP TABLE mine AS SELECT 1',
    'CREATE MACRO mine() AS 1',
    'COMMENT ON TABLE events IS NULL',
    'EXPLAIN ANALYZE INSERT INTO events VALUES (1)',
    'EXPLAIN (ANALYZE, FORMAT json) DELETE FROM events',
    'EXPLAIN EXPLAIN ANALYZE DELETE FROM events',
    'SELECT * FROM checkpoint()',
    'SELECT * FROM (SELECT * FROM FORCE_CHECKPOINT())',
    'WITH a AS (SELECT * FROM enable_logging()) SELECT * FROM a',
    'SELECT (SELECT count(*) FROM enable_profiling())',
    "SELECT write_log('x')",
    "SELECT * FROM query('SELECT * FROM checkpoint()')",
    "SELECT * FROM query_table('duckdb_settings')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT current_setting('temp_directory')",
    'SELECT * FROM duckdb_settings()',
    'SELECT path FROM duckdb_databases()',
    'FROM duckdb_databases',
    'FROM pragma_database_list',
    'SUMMARIZE duckdb_settings',
    'EXPLAIN SELECT * FROM checkpoint()',
  ])('is refused: %s', async (sql) => {
    await expect(ask(sql)).rejects.toMatchObject({ code: 'query_refused' })
    expect((await ask('SELECT count(*) FROM events')).rows).toEqual([[5000]])
  })

  it.each([
    'EXPLAIN SELECT * FROM events',
    'EXPLAIN ANALYZE SELECT count(*) FROM events',
    'EXPLAIN (ANALYZE, FORMAT json) SELECT count(*) FROM events',
    'SHOW TABLES',
    'DESCRIBE events',
    'SUMMARIZE events',
    'FROM events',
    'VALUES (1)',
    '-- a comment first\nSELECT 1;',
    'SELECT * FROM information_schema.tables',
    "SELECT 'select * from checkpoint()' AS checkpoint",
  ])('is answered: %s', async (sql) => {
    expect((await ask(sql)).rows.length).toBeGreaterThan(0)
  })

  it.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', '9007199254740992'],
    ["'-170141183460469231731687303715884105728'::HUGEINT", '-170141183460469231731687303715884105728'],
    ["'1.50'::DECIMAL(10,2)", '1.50'],
    ["'nan'::DOUBLE", 'NaN'],
    ["'-inf'::DOUBLE", '-Infinity'],
    ["'infinity'::TIMESTAMP", 'infinity'],
    ["'2024-02-29 12:30:00.5'::TIMESTAMP", '2024-02-29T12:30:00.500000Z'],
    ["'2024-02-29 12:30:00+02'::TIMESTAMPTZ", '2024-02-29T10:30:00Z'],
    ["'1969-12-31 23:59:59.9'::TIMESTAMP", '1969-12-31T23:59:59.900000Z'],
    ["'2024-02-29'::DATE", '2024-02-29'],
    ["'12:30:00'::TIME", '12:30:00'],
    ['\'{"a": 1}\'::JSON', '{"a": 1}'],
    ['[1, NULL, 9007199254740993]', [1, null, '9007199254740993']],
    ["{'a': DATE '2024-01-01', 'b': {'c': 1.5}}", { a: '2024-01-01', b: { c: '1.5' } }],
    ["MAP {'k': 1}", { k: 1 }],
    ["'\\xAA'::BLOB", '\\xAA'],
    ["'6ccd780c-baba-1026-9564-5b8c656024db'::UUID", '6ccd780c-baba-1026-9564-5b8c656024db'],
    ['NULL', null],
  ])('answers %s as JSON can carry it', async (sql, expected) => {
    const { rows } = await ask(`SELECT ${sql}`)
    expect(rows).toEqual([[expected]])
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows)
  })

  it('takes numbers of any size as parameters', async () => {
    const parameters = [9007199254740991, 1e20, 0.5, -0, true, 'text', null]
    const { rows } = await ask('SELECT $1, $2, $3, $4, $5, $6, $7', { parameters })
    expect(rows).toEqual([[9007199254740991, 1e20, 0.5, 0, true, 'text', null]])
  })

  it('refuses too few and too many parameters', async () => {
    await expect(ask('SELECT $1, $2', { parameters: [1] })).rejects.toMatchObject({ code: 'invalid_sql' })
    await expect(ask('SELECT 1', { parameters: [1] })).rejects.toMatchObject({ code: 'invalid_sql' })
  })

  it.each([
    {
      what: 'a sort of more than fits',
      sql: 'SELECT repeat(id::VARCHAR, 5000) AS x FROM events, range(100) ORDER BY x LIMIT 1',
    },
    { what: 'a list of everything', sql: 'SELECT list(a.id) FROM events a, events b' },
    { what: 'one huge text', sql: "SELECT repeat('x', 20_000_000)" },
    { what: 'many large texts', sql: "SELECT repeat('x', 1_000_000) FROM range(100)" },
    { what: 'a huge list', sql: 'SELECT range(1_000_000)' },
  ])('that wants too much memory is refused, and loading goes on: $what', async ({ sql }) => {
    await expect(ask(sql, { timeoutMs: 30_000, rowsMax: 1000 })).rejects.toMatchObject({ code: 'query_too_large' })
    expect((await ask('SELECT count(*) FROM events')).rows).toEqual([[5000]])
  })

  it('waits for the one before it, no longer than its own time', async () => {
    const slow = 'SELECT count(*) FROM events a, events b, events c WHERE a.id + b.id + c.id < 0'
    const first = ask(slow, { timeoutMs: 600 })
    const second = ask('SELECT 1', { timeoutMs: 100 })
    const third = ask('SELECT 3')
    await expect(second).rejects.toMatchObject({ code: 'query_timeout' })
    await expect(first).rejects.toMatchObject({ code: 'query_timeout' })
    expect((await third).rows).toEqual([[3]])
  })
})
