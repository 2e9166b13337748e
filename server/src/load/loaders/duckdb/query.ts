/**
 * Answers queries beside the loading: each on a connection of its own, inside a read-only transaction that is rolled back, one
 * after the other. DuckDB cannot interrupt every function, so a caller is answered when its time is up, while the next query
 * still waits for the end of this one.
 */
import type {
  DuckDBConnection,
  DuckDBDataChunk,
  DuckDBPreparedStatement,
  DuckDBResult,
  DuckDBType,
} from '@duckdb/node-api'
import { BIGINT, BOOLEAN, DOUBLE, DuckDBTypeId, SQLNULL, VARCHAR } from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'
import { MillraceError } from '../../../errors.ts'
import type { QueryRequest, QueryResult, QueryValue } from '../../../query.ts'
import type { DuckdbFile } from './duckdb-file.ts'
import { queryFailure } from './failures.ts'
import { checkQuery } from './query-guard.ts'
import { queryValue } from './query-values.ts'

/** Bytes of JSON that an answer's rows may have. */
export const answerBytesMax = 5 * 1024 * 1024

/** What an item of a list counts: its JSON may be shorter, but making it takes as long. */
const listItemBytes = 32

export type Query = (request: QueryRequest) => Promise<QueryResult>

export function answerQueries(read: DuckdbFile['read']): Query {
  return async (request) => {
    const expired = new AbortController()
    const { promise: timeout, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      expired.abort()
      reject(tookTooLong(request))
    }, request.timeoutMs)
    const answer = read(async (connection) => {
      if (expired.signal.aborted) throw tookTooLong(request)
      return answerOn(connection, request, expired.signal)
    })
    try {
      return await Promise.race([answer, timeout])
    } catch (cause) {
      throw queryFailure(cause)
    } finally {
      clearTimeout(timer)
      answer.catch(() => {})
    }
  }
}

async function answerOn(
  connection: DuckDBConnection,
  request: QueryRequest,
  expired: AbortSignal,
): Promise<QueryResult> {
  const interrupt = () => connection.interrupt()
  expired.addEventListener('abort', interrupt, { once: true })
  try {
    await checkQuery(connection, request.sql)
    await connection.run('BEGIN TRANSACTION READ ONLY')
    const statements = await connection.extractStatements(request.sql)
    if (statements.count !== 1) throw new MillraceError('invalid_sql', 'A query is one statement')
    const statement = await statements.prepare(0)
    bindParameters(statement, request.parameters ?? [])
    return await readRows(await statement.stream(), request, expired)
  } finally {
    expired.removeEventListener('abort', interrupt)
    // An error has ended the transaction where it had begun at all.
    await connection.run('ROLLBACK').catch(() => {})
  }
}

function bindParameters(statement: DuckDBPreparedStatement, parameters: NonNullable<QueryRequest['parameters']>): void {
  if (parameters.length !== statement.parameterCount)
    throw new MillraceError(
      'invalid_sql',
      `The statement has ${statement.parameterCount} parameters, the query brings ${parameters.length}`,
    )
  // A whole number is bound as one: as a double it could not be compared with a BIGINT exactly, nor stand behind LIMIT.
  const values = parameters.map((value) => (Number.isSafeInteger(value) ? BigInt(value as number) : value))
  statement.bind(
    values,
    values.map((value) => parameterTypes[typeof value] ?? SQLNULL),
  )
}

const parameterTypes: Readonly<Record<string, DuckDBType>> = {
  boolean: BOOLEAN,
  bigint: BIGINT,
  number: DOUBLE,
  string: VARCHAR,
}

async function readRows(result: DuckDBResult, request: QueryRequest, expired: AbortSignal): Promise<QueryResult> {
  const columns = result.columnNames().map((name, index) => ({ name, type: result.columnType(index).toString() }))
  const rows: QueryValue[][] = []
  let bytes = 0
  for (;;) {
    if (expired.aborted) throw tookTooLong(request)
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) return { columns, rows, truncated: false }
    const wanted = Math.min(chunk.rowCount, request.rowsMax - rows.length)
    if (bytes + bytesAtLeast(chunk, wanted, result) > answerBytesMax) throw tooLarge()
    for (let index = 0; index < wanted; index++) {
      const row = chunk.getRowValues(index).map(queryValue)
      bytes += Buffer.byteLength(JSON.stringify(row))
      if (bytes > answerBytesMax) throw tooLarge()
      rows.push(row)
    }
    if (wanted < chunk.rowCount) return { columns, rows, truncated: true }
  }
}

/**
 * What the first rows of a chunk come to at the least, told before any value is made a JS one, which would hold up this thread:
 * texts by their records (`vectors.ts`), lists by their number of items.
 */
function bytesAtLeast({ chunk }: DuckDBDataChunk, rowCount: number, result: DuckDBResult): number {
  let bytes = 0
  for (let column = 0; column < result.columnCount; column++) {
    const type = result.columnTypeId(column)
    const vector = duckdb.data_chunk_get_vector(chunk, column)
    if (type === DuckDBTypeId.LIST || type === DuckDBTypeId.MAP)
      bytes += duckdb.list_vector_get_size(vector) * listItemBytes
    if (type === DuckDBTypeId.VARCHAR || type === DuckDBTypeId.BLOB) bytes += textBytes(vector, rowCount)
  }
  return bytes
}

function textBytes(vector: duckdb.Vector, rowCount: number): number {
  const records = duckdb.vector_get_data(vector, rowCount * 16)
  const validity = duckdb.vector_get_validity(vector, Math.ceil(rowCount / 64) * 8)
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
  let bytes = 0
  for (let row = 0; row < rowCount; row++)
    if (validity === null || (validity[row >> 3]! & (1 << (row & 7))) !== 0) bytes += view.getUint32(row * 16, true)
  return bytes
}

function tooLarge(): MillraceError {
  return new MillraceError('query_too_large', `The answer is larger than ${answerBytesMax} bytes`, {
    hint: 'Ask for fewer columns or rows.',
  })
}

function tookTooLong({ timeoutMs }: QueryRequest): MillraceError {
  return new MillraceError('query_timeout', `The query took longer than ${timeoutMs} ms and was stopped`)
}
