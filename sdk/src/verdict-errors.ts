/** What an answer that is no yes means as an error. */
import type { SdkError, SdkErrorCode, SdkErrorDetails } from './errors.ts'
import type { Core } from './parts.ts'
import type { Verdict } from './types.ts'

export type Failure = Exclude<Verdict, { kind: 'acknowledged' }>

export function errorOfVerdict(
  { error }: Core,
  { kind, message, status, ...rest }: Failure,
  about: Pick<SdkErrorDetails, 'stream' | 'sentData'>,
): SdkError {
  const code = kind === 'retry' ? (status ? 'unavailable' : 'network') : (kind.replace('-', '_') as SdkErrorCode)
  return error(code, message, { ...about, ...rest, status })
}
