/** When to try again: full jitter, and what the server asks for. Pure. */
import type { Settings } from './settings.ts'

export type RetryWaits = Pick<Settings, 'retryBase' | 'retryCap'>

/** ms to wait after the `attempt`th failure in a row, the first being 0: random(0, min(cap, base × 2^attempt)). */
export function backoffMs(attempt: number, { retryBase, retryCap }: RetryWaits, random: () => number): number {
  return Math.floor(random() * Math.min(retryCap, retryBase * 2 ** attempt))
}

/** `Retry-After`: seconds or a date (RFC 9110 §10.2.3), at most 5 minutes; undefined where it says neither. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (!header) return undefined
  const ms = Number.isNaN(Number(header)) ? Date.parse(header) - now : Number(header) * 1000
  return Number.isNaN(ms) ? undefined : Math.min(retryAfterMsMax, Math.max(0, ms))
}

const retryAfterMsMax = 300_000
