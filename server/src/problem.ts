/** A failure as HTTP tells it: a problem of RFC 9457. Pure; who sends it decides about the connection. */
import { type ErrorCode, type FieldError, MillraceError } from './errors.ts'

export const problemMediaType = 'application/problem+json'

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ErrorCode
  readonly detail: string
  readonly hint?: string
  readonly requestId?: string
  readonly errors?: readonly FieldError[]
}

/** What the client may know of a failure: nothing but its kind where it is no {@link MillraceError}. */
export function problemOf(error: unknown, requestId?: string): Problem {
  const { code, status, message, hint, fields } = error instanceof MillraceError ? error : unforeseen
  return {
    type: `urn:millrace:problem:${code}`,
    title: titleOf(code),
    status,
    code,
    detail: message,
    ...(hint === undefined ? {} : { hint }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(fields === undefined ? {} : { errors: fields }),
  }
}

/** The headers a problem goes with: its media type, and `Retry-After` where a repeat may help. */
export function problemHeaders(error: unknown): Record<string, string> {
  const { retryable, retryAfterSeconds } = error instanceof MillraceError ? error : unforeseen
  const seconds = retryAfterSeconds ?? (retryable ? defaultRetryAfterSeconds : undefined)
  return {
    'content-type': problemMediaType,
    'cache-control': 'no-store',
    ...(seconds === undefined ? {} : { 'retry-after': String(Math.ceil(seconds)) }),
  }
}

const defaultRetryAfterSeconds = 5

const unforeseen = new MillraceError('internal', 'Something went wrong on our side; the log of the server says more')

/** `invalid_json` → `Invalid JSON`. */
function titleOf(code: ErrorCode): string {
  const words = code.replaceAll('_', ' ').replace(/\b(json|sql|uri|utf8)\b/g, (word) => word.toUpperCase())
  return words[0]!.toUpperCase() + words.slice(1)
}
