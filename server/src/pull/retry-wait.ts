/** How often, and after how long, what failed is tried again from the last page. */
import { MillraceError } from '../errors.ts'
import { NotRetryable } from './connector.ts'

export const retriesMax = 3
/** The longest wait before the first repeat; each next one is twice as long. */
export const defaultRetryMs = 2_000
/** Who asks for a longer pause than this makes the job fail. */
const waitMaxMs = 15 * 60_000

/** ms; undefined where no repeat helps. */
export function waitAfter(error: unknown, longestMs: number): number | undefined {
  if (error instanceof NotRetryable) return undefined
  const jitterMs = Math.random() * longestMs
  if (!(error instanceof MillraceError)) return jitterMs
  const askedMs = (error.retryAfterSeconds ?? 0) * 1_000
  return error.retryable && askedMs <= waitMaxMs ? askedMs + jitterMs : undefined
}
