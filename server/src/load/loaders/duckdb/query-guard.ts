/**
 * Which statements a query may be. A read-only transaction keeps DuckDB's tables as they are, and `enable_external_access` its
 * hands off files; but functions remain that change the instance or tell where its files are, and those are refused here, by the
 * syntax tree that DuckDB itself makes of the text.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { MillraceError } from '../../../errors.ts'
import { rowSourcePrefix } from './row-source.ts'
import { quoteText } from './sql.ts'

interface SyntaxTree {
  readonly error: boolean
  readonly error_type?: string
  readonly error_message?: string
  readonly statements?: readonly unknown[]
}

/** @throws MillraceError `invalid_sql`: not one statement; `query_refused`: it would not only read tables. */
export async function checkQuery(connection: DuckDBConnection, sql: string): Promise<void> {
  const text = sql.replace(explainPattern, '')
  const reader = await connection.runAndReadAll(`SELECT json_serialize_sql(CAST(${quoteText(text)} AS VARCHAR))`)
  const names = new Set<string>()
  const tree = JSON.parse(String(reader.getRows()[0]![0]), (key, value) => {
    if (key === 'function_name' || key === 'table_name') names.add(String(value).toLowerCase())
    return value
  }) as SyntaxTree
  if (tree.error && tree.error_type === 'not implemented')
    throw refused('only SELECT and EXPLAIN of a SELECT are answered')
  if (tree.error) throw new MillraceError('invalid_sql', tree.error_message ?? 'The SQL cannot be read')
  if (tree.statements?.length !== 1) throw new MillraceError('invalid_sql', 'A query is one statement')
  const forbidden = [...names].find((name) => forbiddenNames.has(name) || name.startsWith(rowSourcePrefix))
  if (forbidden !== undefined) throw refused(`${forbidden} is not for queries`)
}

/** EXPLAIN in front of a statement; what is explained is checked like any other. */
const explainPattern = /^\s*EXPLAIN\b(\s+ANALYZE\b|\s*\([^)]*\))*/i

export function isExplain(sql: string): boolean {
  return explainPattern.test(sql)
}

const forbiddenNames = new Set([
  // change the instance for everybody
  ...['checkpoint', 'force_checkpoint', 'copy_database', 'write_log', 'truncate_duckdb_logs'],
  ...['enable_logging', 'disable_logging', 'enable_profiling', 'disable_profiling', 'disable_peg_parser'],
  // run or read what is only named as text or by an address
  ...['query', 'query_table', 'json_execute_serialized_sql', 'arrow_scan', 'arrow_scan_dumb', 'seq_scan'],
  // tell of the machine and of others' queries
  ...['current_setting', 'duckdb_settings', 'pg_settings', 'duckdb_databases', 'pragma_database_list'],
  ...['duckdb_secrets', 'which_secret', 'duckdb_temporary_files', 'duckdb_external_file_cache', 'duckdb_extensions'],
  ...['duckdb_logs', 'duckdb_log_contexts', 'duckdb_logs_parsed', 'duckdb_prepared_statements', 'duckdb_variables'],
])

function refused(reason: string): MillraceError {
  return new MillraceError('query_refused', `The query is refused: ${reason}`)
}
