/** What an answer that is no yes means as an error. */
import { SdkError, type SdkErrorCode, type SdkErrorDetails } from './errors.ts'
import type { Verdict } from './types.ts'

export type Failure = Exclude<Verdict, { kind: 'acknowledged' }>

export function errorOfVerdict(
  { kind, message, status, ...rest }: Failure,
  about: Pick<SdkErrorDetails, 'time' | 'stream' | 'sentData'>,
): SdkError {
  const code = kind === 'retry' ? (status ? 'unavailable' : 'network') : (kind.replace('-', '_') as SdkErrorCode)
  return new SdkError(code, message, { ...about, ...rest, status })
}
