/** The one class of failures that Millrace knows, and the one table of their codes: a new failure is a new line. */

export const errorCodes = {
  invalid_request: { status: 400, retryable: false },
  invalid_json: { status: 400, retryable: false },
  invalid_utf8: { status: 400, retryable: false },
  too_deep: { status: 400, retryable: false },
  not_an_object: { status: 400, retryable: false },
  invalid_event_type: { status: 400, retryable: false },
  invalid_event_time: { status: 400, retryable: false },
  number_range: { status: 400, retryable: false },
  value_too_large: { status: 400, retryable: false },
  unauthenticated: { status: 401, retryable: false },
  workspace_quota_exceeded: { status: 402, retryable: false },
  forbidden: { status: 403, retryable: false },
  not_found: { status: 404, retryable: false },
  method_not_allowed: { status: 405, retryable: false },
  conflict: { status: 409, retryable: false },
  quota_exceeded: { status: 409, retryable: false },
  id_conflict: { status: 409, retryable: false },
  unconfirmed: { status: 409, retryable: false },
  idempotency_key_reused: { status: 422, retryable: false },
  request_timeout: { status: 408, retryable: true },
  precondition_failed: { status: 412, retryable: false },
  request_too_large: { status: 413, retryable: false },
  event_too_large: { status: 413, retryable: false },
  too_many_events: { status: 413, retryable: false },
  too_many_tables: { status: 413, retryable: false },
  uri_too_long: { status: 414, retryable: false },
  unsupported_media_type: { status: 415, retryable: false },
  unsupported_encoding: { status: 415, retryable: false },
  expectation_failed: { status: 417, retryable: false },
  misdirected_host: { status: 421, retryable: false },
  invalid_code: { status: 422, retryable: false },
  invalid_mapping: { status: 400, retryable: false },
  unmapped_field: { status: 400, retryable: false },
  unmapped_event_type: { status: 400, retryable: false },
  value_not_convertible: { status: 400, retryable: false },
  null_not_allowed: { status: 400, retryable: false },
  transform_error: { status: 400, retryable: false },
  transform_timeout: { status: 400, retryable: false },
  transform_memory: { status: 400, retryable: false },
  transform_output: { status: 400, retryable: false },
  sandbox_refused: { status: 403, retryable: false },
  sandbox_unavailable: { status: 503, retryable: true },
  invalid_sql: { status: 400, retryable: false },
  query_refused: { status: 403, retryable: false },
  query_timeout: { status: 408, retryable: false },
  query_too_large: { status: 413, retryable: false },
  headers_too_large: { status: 431, retryable: false },
  too_many_requests: { status: 429, retryable: true },
  internal: { status: 500, retryable: false },
  not_implemented: { status: 501, retryable: false },
  overloaded: { status: 503, retryable: true },
  storage_full: { status: 503, retryable: true },
  restream_full: { status: 503, retryable: true },
  log_stopped: { status: 503, retryable: false },
  log_corrupt: { status: 503, retryable: false },
  log_trimmed: { status: 410, retryable: false },
  folder_locked: { status: 503, retryable: false },
  destination_unavailable: { status: 503, retryable: true },
  workspace_unavailable: { status: 503, retryable: true },
  source_unavailable: { status: 502, retryable: true },
  object_store_unavailable: { status: 503, retryable: true },
  object_store_refused: { status: 502, retryable: false },
  object_changed: { status: 409, retryable: true },
  destination_refused: { status: 502, retryable: false },
  schema_conflict: { status: 409, retryable: false },
  store_newer: { status: 503, retryable: false },
  secret_key_wrong: { status: 503, retryable: false },
  fenced: { status: 409, retryable: false },
  position_lost: { status: 409, retryable: false },
} as const satisfies Record<string, { status: number; retryable: boolean }>

export type ErrorCode = keyof typeof errorCodes

/** One field of what was asked, and what is wrong with it. */
export interface FieldError {
  /** From the outside in, with dots between. */
  readonly field: string
  readonly message: string
}

interface ErrorDetails {
  cause?: unknown
  /** What the reader can do about it, as a whole sentence. */
  hint?: string
  /** How long to wait before a repeat, for the `Retry-After` header. */
  retryAfterSeconds?: number
  /** Which fields of the request are wrong. */
  fields?: readonly FieldError[]
}

export class MillraceError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly retryAfterSeconds: number | undefined
  readonly fields: readonly FieldError[] | undefined

  constructor(code: ErrorCode, message: string, { cause, hint, retryAfterSeconds, fields }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'MillraceError'
    this.code = code
    this.hint = hint
    this.retryAfterSeconds = retryAfterSeconds
    this.fields = fields
  }

  get status(): number {
    return errorCodes[this.code].status
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable
  }
}

/** Whether a failure is ours and has this code. */
export function hasCode(error: unknown, code: ErrorCode): error is MillraceError {
  return error instanceof MillraceError && error.code === code
}
