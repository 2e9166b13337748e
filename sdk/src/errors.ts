/** The one class of failures of the SDK. */

export type SdkErrorCode =
  /** No answer: refused, cut off, timed out. */
  | 'network'
  /** The server asks for patience, or has trouble of its own. */
  | 'unavailable'
  /** The key lets nothing in. */
  | 'unauthorized'
  | 'too_large'
  /** The server will never take this. */
  | 'refused'
  /** The caller's mistake. */
  | 'misuse'
  /** The spool's disk. */
  | 'spool'

export interface SdkErrorDetails {
  readonly cause?: unknown
  readonly status?: number | undefined
  readonly retryAfterMs?: number | undefined
  /** When it happened, ms since 1970 UTC. */
  readonly time: number
  /** Of the events it is about, where they are of one. */
  readonly stream?: string | undefined
  /** JSON texts of the events it is about. */
  readonly sentData?: () => readonly string[]
}

export class SdkError extends Error {
  declare readonly code: SdkErrorCode
  /** HTTP status, where there was an answer. */
  declare readonly status: number | undefined
  /** Whether the same may succeed later. */
  declare readonly retryable: boolean
  declare readonly retryAfterMs: number | undefined
  declare readonly time: number
  /** Of the events it is about, where they are of one. */
  declare readonly stream: string | undefined
  declare readonly sentData: () => readonly string[]

  constructor(code: SdkErrorCode, message: string, { cause, ...details }: SdkErrorDetails) {
    super(message, cause ? { cause } : {})
    const retryable = code === 'network' || code === 'unavailable'
    Object.assign(this, { sentData: () => [], ...details, name: 'SdkError', code, retryable })
  }
}
