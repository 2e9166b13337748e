/** Nothing more is read from a source while we cannot keep it: what passes by itself is waited for. */
import { setTimeout as delay } from 'node:timers/promises'
import { MillraceError } from '../errors.ts'

/** @throws what is not retryable; the signal's reason. */
export async function surely<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let waitMs = 100; ; waitMs = Math.min(10_000, waitMs * 2)) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof MillraceError && error.retryable)) throw error
      await delay(waitMs, undefined, { signal })
    }
  }
}
