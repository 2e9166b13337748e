/** What an answer that is no yes means as an error. */
import { SdkError, type SdkErrorCode, type SdkErrorDetails } from './errors.ts'
import type { Verdict } from './types.ts'

export type Failure = Exclude<Verdict, { kind: 'acknowledged' }>

const codes = {
  'too-large': 'too_large',
  unauthorized: 'unauthorized',
  refused: 'refused',
} as const satisfies Record<Exclude<Failure['kind'], 'retry'>, SdkErrorCode>

export function errorOfVerdict(
  verdict: Failure,
  about: Pick<SdkErrorDetails, 'time' | 'stream' | 'sentData'>,
): SdkError {
  const { kind, message, status } = verdict
  if (kind !== 'retry') return new SdkError(codes[kind], message, { ...about, status })
  const code = status === undefined ? 'network' : 'unavailable'
  return new SdkError(code, message, { ...about, status, retryAfterMs: verdict.retryAfterMs })
}
