/**
 * What DuckDB's errors mean to whoever loads or asks. DuckDB tells them apart only by the words its messages start with,
 * which this file alone reads.
 */
import { type ErrorCode, MillraceError } from '../../../errors.ts'

/** After such an error the instance answers nothing more: it must be closed and the file opened again. */
export function isFatal(cause: unknown): boolean {
  return /FATAL Error|database has been invalidated/.test(messageOf(cause))
}

/** Whether the memory limit was met: rows that no checkpoint has moved into the file take up memory, some 32 KiB a column. */
export function isOutOfMemory(cause: unknown): boolean {
  return /^Out of Memory Error|could not allocate block/.test(messageOf(cause))
}

/** Whether the file could not be opened because its write-ahead log cannot be read; the file itself may be whole. */
export function isWalDamaged(cause: unknown): boolean {
  const message = messageOf(cause)
  return /replaying WAL|WAL file/.test(message) && !/No space left|Out of Memory/i.test(message)
}

/** An error of opening the file. */
export function openFailure(cause: unknown, path: string): MillraceError {
  const message = messageOf(cause)
  if (/Could not set lock/.test(message))
    return new MillraceError('destination_unavailable', `Another process has the DuckDB file ${path} open`, {
      cause,
      hint: 'Stop that process: DuckDB lets one process at a time open a file.',
    })
  if (/Corrupt database file|not a valid DuckDB database|Could not read enough bytes/.test(message))
    return new MillraceError('destination_refused', `The DuckDB file ${path} is damaged: ${firstLine(message)}`, {
      cause,
      hint: 'Put a copy of the file in its place, or move it away: the log is then loaded again from its start.',
    })
  if (/No space left|Out of Memory|Too many open files/i.test(message)) return loadFailure(cause)
  return new MillraceError('destination_refused', `The DuckDB file ${path} cannot be opened: ${firstLine(message)}`, {
    cause,
  })
}

/** An error of a statement that writes. */
export function loadFailure(cause: unknown): MillraceError {
  if (cause instanceof MillraceError) return cause
  const message = messageOf(cause)
  const isSchema = /^(Binder|Catalog|Conversion|Constraint|Mismatch Type|Invalid Input|Not implemented) Error/i.test(
    message,
  )
  return isSchema && !/write-write conflict/i.test(message)
    ? new MillraceError('schema_conflict', `DuckDB refused the rows: ${firstLine(message)}`, { cause })
    : new MillraceError('destination_unavailable', `DuckDB could not write: ${firstLine(message)}`, { cause })
}

/** An error of a statement that a user asked for; its text is the user's own, so the message may tell it. */
export function queryFailure(cause: unknown): MillraceError {
  if (cause instanceof MillraceError) return cause
  const message = messageOf(cause)
  const [code, text] = queryFailures.find(({ pattern }) => pattern.test(message))?.answer(message) ?? [
    'invalid_sql',
    message,
  ]
  return new MillraceError(code, text, { cause })
}

interface QueryFailure {
  readonly pattern: RegExp
  readonly answer: (message: string) => [ErrorCode, string]
}

const queryFailures: readonly QueryFailure[] = [
  {
    pattern: /^INTERRUPT Error/i,
    answer: () => ['query_timeout', 'The query took too long and was stopped'],
  },
  {
    pattern: /^Out of Memory Error|No space left|max_temp_directory_size/i,
    answer: () => ['query_too_large', 'The query needs more memory than there is for queries'],
  },
  {
    pattern: /read-only|configuration has been locked/i,
    answer: () => ['query_refused', 'Queries only read: this statement would change something'],
  },
  {
    pattern: /^Permission Error/i,
    answer: () => ['query_refused', 'Queries reach the tables of the destination, no files and no extensions'],
  },
  {
    pattern: /FATAL Error|database has been invalidated|^IO Error/,
    answer: (message) => ['destination_unavailable', firstLine(message)],
  },
]

export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]!
}
