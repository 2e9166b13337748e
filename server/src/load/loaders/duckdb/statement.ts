/**
 * Runs users' statements beside the loading. What is computed goes into a temporary table, inside a read-only transaction; from there
 * into the target, in one transaction whose COMMIT alone takes a turn among the writes of the pipeline. The text of a SELECT reaches
 * DuckDB only as an argument of its function `query`, which takes one SELECT and nothing else.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { MillraceError } from '../../../errors.ts'
import type { StatementRequest, StatementResult, StatementWork } from '../../../query.ts'
import type { Alone } from './beside.ts'
import { takeTarget } from './derived.ts'
import type { DuckdbFile } from './duckdb-file.ts'
import { queryFailure } from './failures.ts'
import { checkQuery, isExplain } from './query-guard.ts'
import { foldCase, quoteName, quoteText } from './sql.ts'
import { writeMark } from './statement-marks.ts'
import { readWriteStatement, type WriteStatement } from './write-statement.ts'

/** Rows that a statement may write. */
export const statementRowsMax = 10_000_000

/** What a row counts towards the next checkpoint. */
const rowBytes = 64

/** See `Destination.statement`. */
export function runStatements(file: Pick<DuckdbFile, 'beside' | 'committed'>) {
  return async (request: StatementRequest, signal: AbortSignal): Promise<StatementResult> => {
    const { promise: stopped, reject } = Promise.withResolvers<never>()
    const end = new AbortController()
    const stop = (reason: unknown) => {
      end.abort(reason)
      reject(reason)
    }
    const cancel = () => stop(signal.reason)
    signal.addEventListener('abort', cancel, { once: true })
    const timer = setTimeout(() => stop(tookTooLong(request)), request.timeoutMs)
    if (signal.aborted) cancel()
    let isCommitting = false
    const done = file.beside((connection, alone) =>
      runOn(connection, alone, request, end.signal, () => {
        isCommitting = true
      }),
    )
    try {
      // Once it commits, what became of it is waited for: it must not be said to have failed.
      const result = await Promise.race([
        done,
        stopped.catch((reason) => (isCommitting ? done : Promise.reject(reason))),
      ])
      file.committed(result.rowCount * rowBytes)
      return result
    } catch (cause) {
      if (cause === signal.reason) throw cause
      throw queryFailure(end.signal.aborted && !isCommitting ? end.signal.reason : cause)
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', cancel)
      done.catch(() => {})
    }
  }
}

async function runOn(
  connection: DuckDBConnection,
  alone: Alone,
  request: StatementRequest,
  end: AbortSignal,
  committing: () => void,
): Promise<StatementResult> {
  const interrupt = () => connection.interrupt()
  end.addEventListener('abort', interrupt)
  try {
    end.throwIfAborted()
    const job = await jobOf(connection, request.work, request.target)
    end.throwIfAborted()
    if (job.select !== undefined) await stage(connection, job.select)
    end.throwIfAborted()
    const write = async () => {
      const isThere = await takeTarget(connection, request.target)
      end.throwIfAborted()
      const rowCount = await job.write(isThere)
      if (request.mark !== undefined) await writeMark(connection, request.mark, rowCount)
      return { rowCount }
    }
    return await alone(write, () => {
      end.throwIfAborted()
      committing()
    })
  } finally {
    end.removeEventListener('abort', interrupt)
  }
}

/** See `Destination.checkStatement`. */
export async function checkStatement(
  connection: DuckDBConnection,
  work: StatementWork,
): Promise<{ target: string | undefined }> {
  if (work.kind === 'newest') return { target: undefined }
  if (work.kind === 'select') {
    await checkSelect(connection, work.sql)
    return { target: undefined }
  }
  const { table } = await readWrite(connection, work.sql)
  return { target: table }
}

/** The same guard as of queries. EXPLAIN is none of a SELECT's results. */
async function checkSelect(connection: DuckDBConnection, sql: string): Promise<void> {
  if (sql.includes('\0')) throw new MillraceError('invalid_sql', 'A statement holds no NUL')
  if (isExplain(sql)) throw new MillraceError('query_refused', 'The statement is refused: EXPLAIN has no rows to keep')
  await checkQuery(connection, sql)
}

/** So that what DuckDB says is wrong with it is said of the text as it was written. */
async function prepareAlone(connection: DuckDBConnection, select: string): Promise<void> {
  const statements = await connection.extractStatements(select)
  const prepared = await statements.prepare(0)
  prepared.destroySync()
}

async function readWrite(connection: DuckDBConnection, sql: string): Promise<WriteStatement> {
  const read = readWriteStatement(sql)
  await checkSelect(connection, read.kind === 'change' ? read.reads : read.select)
  if (read.kind === 'change') {
    const statements = await connection.extractStatements(read.statement)
    if (statements.count !== 1) throw new MillraceError('invalid_sql', 'A scheduled query is one statement')
  }
  return read
}

interface Job {
  /** What is computed before anything is written. */
  readonly select?: string
  /** Inside a transaction. @returns how many rows. */
  write(isThere: boolean): Promise<number>
}

async function jobOf(connection: DuckDBConnection, work: StatementWork, target: string): Promise<Job> {
  const table = `main.${quoteName(target)}`
  const run = async (sql: string) => (await connection.run(sql)).rowsChanged
  const replace = () => run(`CREATE OR REPLACE TABLE ${table} AS FROM ${staged}`).then(() => countStaged(connection))
  const addTo = (rows: string) => (isThere: boolean) =>
    isThere
      ? run(`INSERT INTO ${table} BY NAME ${rows}`)
      : run(`CREATE TABLE ${table} AS ${rows}`).then(() => count(connection, table))

  if (work.kind === 'newest') {
    if (foldCase(work.from) === foldCase(target))
      throw new MillraceError('invalid_sql', `${target} cannot be made of itself`)
    return { select: newestOf(work), write: replace }
  }
  if (work.kind === 'select') {
    await checkSelect(connection, work.sql)
    await prepareAlone(connection, work.sql)
    const select = `FROM query(${quoteText(work.sql)})`
    if (work.mode === 'replace') return { select, write: replace }
    if (work.mode !== 'upsert') return { select, write: addTo(`FROM ${staged}`) }
    const keys = work.key.map(quoteName)
    const isSame = keys.map((key) => `${table}.${key} IS NOT DISTINCT FROM ${staged}.${key}`).join(' AND ')
    return {
      select,
      async write(isThere) {
        if (isThere) await run(`DELETE FROM ${table} WHERE EXISTS (SELECT 1 FROM ${staged} WHERE ${isSame})`)
        return addTo(lastOfEach(staged, keys))(isThere)
      },
    }
  }
  const read = await readWrite(connection, work.sql)
  if (foldCase(read.table) !== foldCase(target))
    throw new MillraceError(
      'query_refused',
      `The statement is refused: it writes the table ${read.table}, not ${target}`,
    )
  if (read.kind === 'change') return { write: () => run(read.statement) }
  await prepareAlone(connection, read.select)
  const select = `FROM query(${quoteText(read.select)})`
  if (read.kind === 'insert') return { select, write: () => run(`INSERT INTO ${table} ${read.into} FROM ${staged}`) }
  const { ifPresent } = read
  return {
    select,
    async write(isThere) {
      if (isThere && ifPresent === 'keep') return 0
      if (isThere && ifPresent === 'fail') throw new MillraceError('invalid_sql', `There is a table ${target} already`)
      return replace()
    },
  }
}

const staged = 'temp._millrace_statement'

/** Into a temporary table, as of one moment. @throws MillraceError `query_too_large`. */
async function stage(connection: DuckDBConnection, select: string): Promise<void> {
  await connection.run('BEGIN TRANSACTION READ ONLY')
  try {
    await connection.run(`CREATE TEMP TABLE ${staged} AS FROM (${select}) LIMIT ${statementRowsMax + 1}`)
    if ((await countStaged(connection)) > statementRowsMax)
      throw new MillraceError('query_too_large', `The statement has more than ${statementRowsMax} rows`)
    await connection.run('COMMIT')
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => {})
    throw error
  }
}

function newestOf({ from, key, by }: Extract<StatementWork, { kind: 'newest' }>): string {
  const newest = by === null ? '' : `${quoteName(by)} DESC NULLS LAST, `
  return lastOfEach(`main.${quoteName(from)}`, key.map(quoteName), newest)
}

/** Rows of a table are numbered in the order in which they were written. */
function lastOfEach(table: string, keys: readonly string[], newest = ''): string {
  return `FROM ${table} QUALIFY row_number() OVER (PARTITION BY ${keys.join(', ')} ORDER BY ${newest}rowid DESC) = 1`
}

const countStaged = (connection: DuckDBConnection) => count(connection, staged)

async function count(connection: DuckDBConnection, table: string): Promise<number> {
  const reader = await connection.runAndReadAll(`SELECT count(*) FROM ${table}`)
  return Number(reader.getRows()[0]![0])
}

function tookTooLong({ timeoutMs }: StatementRequest): MillraceError {
  return new MillraceError('query_timeout', `The statement took longer than ${timeoutMs} ms and was stopped`)
}
