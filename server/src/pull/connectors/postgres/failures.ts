/** What PostgreSQL and the way to it say when something is wrong, as errors of a connector: whether a repeat helps, and what to do. */
import { MillraceError } from '../../../errors.ts'
import { NotRetryable, sourceUnavailable } from '../../connector.ts'

/** By SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const hints: Readonly<Record<string, string>> = {
  '28P01': 'Check user and password.',
  '28000': 'Check user and database, and that pg_hba.conf lets this host in by this kind of connection.',
  '3D000': 'Check the database.',
  '3F000': 'Check the schema.',
  '42501': 'GRANT the user SELECT on the table and USAGE of its schema; cdc needs the attribute REPLICATION.',
  '42P01': 'Check the names of tables; it may have been dropped or renamed.',
  '42703': 'Check the names of columns; it may have been dropped or renamed.',
  '42704': 'Something that the settings name is not there.',
  '42601': 'Check the query.',
  '25006': 'A source only reads: the query would write.',
  '42939': 'Name another one: this name is reserved.',
}
/** Classes that no repeat helps: wrong data, syntax and rights, what is not there, features, limits of a row. */
const lasting = new Set(['0A', '22', '25', '28', '2B', '3D', '3F', '42', '44', '54'])
const unverified = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|HOSTNAME_MISMATCH|INVALID_CA|ERR_OSSL)/

/** Errors of ours are as they are. */
export function failureOf(error: unknown): Error {
  if (error instanceof MillraceError || error instanceof NotRetryable) return error
  const { message, code = '' } = error as Error & { code?: string }
  if (message.includes('does not support SSL connections'))
    return new NotRetryable('The server does not encrypt: set encryption to off where that is all right', {
      cause: error,
    })
  if (unverified.test(code))
    return new NotRetryable(
      `The server’s certificate does not hold: ${message}. Set ca to the certificate that signed it, or encryption to encrypt`,
      { cause: error },
    )
  if (/^[0-9A-Z]{5}$/.test(code) && lasting.has(code.slice(0, 2)))
    return new NotRetryable([`PostgreSQL says: ${message}`, hints[code]].filter(Boolean).join('. '), { cause: error })
  if (message.startsWith('SASL') || message.includes('password must be a string'))
    return new NotRetryable(`PostgreSQL asks for another password. ${hints['28P01']}`, { cause: error })
  return sourceUnavailable(`PostgreSQL cannot be read: ${message}`, { cause: error })
}
