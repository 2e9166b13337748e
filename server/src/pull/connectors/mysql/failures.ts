/** What MySQL and MariaDB and the way to them say when something is wrong, as errors of a connector: whether a repeat helps, and what to do. */
import { MillraceError } from '../../../errors.ts'
import { NotRetryable, sourceUnavailable } from '../../connector.ts'

const hints: Readonly<Record<string, string>> = {
  ER_ACCESS_DENIED_ERROR: 'Check user and password, and that the user may come from this host.',
  ER_ACCESS_DENIED_NO_PASSWORD_ERROR: 'Check user and password.',
  ER_DBACCESS_DENIED_ERROR: 'Check the database, and GRANT the user SELECT on it.',
  ER_BAD_DB_ERROR: 'Check the database.',
  ER_HOST_NOT_PRIVILEGED: 'The server lets nobody in from this host.',
  ER_NO_SUCH_TABLE: 'Check the names of tables; it may have been dropped or renamed.',
  ER_BAD_FIELD_ERROR: 'Check the names of columns; it may have been dropped or renamed.',
  ER_TABLEACCESS_DENIED_ERROR: 'GRANT the user SELECT on it.',
  ER_COLUMNACCESS_DENIED_ERROR: 'GRANT the user SELECT on it.',
  ER_PARSE_ERROR: 'Check the query.',
  ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION: 'A source only reads: the query would write.',
}
/** Their SQLSTATE says little. */
const lastingCodes = new Set(['ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION', 'ER_HOST_NOT_PRIVILEGED', 'ER_VIEW_INVALID'])
/** Classes that no repeat helps: numbers of columns, wrong data, who one is, what is not there, syntax and rights. */
const lasting = new Set(['21', '22', '25', '28', '3D', '42'])
const passing = new Set(['ER_USER_LIMIT_REACHED', 'ER_TOO_MANY_USER_CONNECTIONS', 'ER_QUERY_INTERRUPTED'])

/** Errors of ours are as they are. */
export function failureOf(error: unknown): Error {
  if (error instanceof MillraceError || error instanceof NotRetryable) return error
  const { message, code = '', sqlState = '' } = error as Error & { code?: string; sqlState?: string }
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT')
    return new NotRetryable('The server does not encrypt: set encryption to off where that is all right', {
      cause: error,
    })
  if (code === 'HANDSHAKE_SSL_ERROR')
    return new NotRetryable(
      `The server’s certificate does not hold: ${message}. Set ca to the certificate that signed it, or encryption to encrypt`,
      { cause: error },
    )
  if (!passing.has(code) && (lastingCodes.has(code) || (code.startsWith('ER_') && lasting.has(sqlState.slice(0, 2)))))
    return new NotRetryable([`The database says: ${message}`, hints[code]].filter(Boolean).join('. '), { cause: error })
  return sourceUnavailable(`The database cannot be read: ${message}`, { cause: error })
}
