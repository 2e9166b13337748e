import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { QueryRequest } from '../../../query.ts'
import { emptyBooks } from '../../../rows.ts'
import { fakeBatch } from '../../fake-batch.ts'
import { duckdb } from '../duckdb.ts'
import { fakeFolder } from './fake-folder.ts'

async function destinationWithRows() {
  const folder = await fakeFolder()
  const settings = duckdb.settings.parse({ path: join(folder, 'a.duckdb'), memoryLimitMb: 128 })
  const destination = await duckdb.open(settings, new AbortController().signal)
  const table = { name: 'events', columns: [{ name: 'id', type: 'BIGINT' as const }] }
  await destination.claim(0)
  await destination.evolve(table)
  const rows = Array.from({ length: 5000 }, (_, id) => [BigInt(id)])
  await destination.write([fakeBatch(table, rows)], { partition: 0, start: 0n, end: 5000n }, emptyBooks)
  const ask = (sql: string, more: Partial<QueryRequest> = {}) =>
    destination.query({ sql, rowsMax: 10, timeoutMs: 5000, ...more })
  return { destination, ask }
}

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
    const { ask, destination } = await destinationWithRows()
    await expect(ask(sql)).rejects.toMatchObject({ code: 'query_refused' })
    expect((await ask('SELECT count(*) FROM events')).rows).toEqual([[5000]])
    await destination.close()
  })
})
