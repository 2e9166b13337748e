/** Counts attempts by key in a sliding window, in bounded memory: the key not seen for longest is forgotten first. */
import { MillraceError } from '../errors.ts'

export interface Throttle {
  /** Counts an attempt. @throws MillraceError `too_many_requests`, with the time to wait. */
  take(key: string): void
  forget(key: string): void
}

interface ThrottleLimits {
  readonly attemptsMax: number
  readonly windowMs: number
  readonly keysMax: number
  readonly now: () => number
}

export function createThrottle({ attemptsMax, windowMs, keysMax, now }: ThrottleLimits): Throttle {
  const attempts = new Map<string, number[]>()
  return {
    take(key) {
      const at = now()
      const recent = (attempts.get(key) ?? []).filter((time) => time > at - windowMs && time <= at)
      attempts.delete(key)
      attempts.set(key, recent)
      if (attempts.size > keysMax) attempts.delete(attempts.keys().next().value!)
      if (recent.length >= attemptsMax) {
        throw new MillraceError('too_many_requests', 'Too many attempts', {
          retryAfterSeconds: Math.ceil((recent[0]! + windowMs - at) / 1000),
        })
      }
      recent.push(at)
    },
    forget(key) {
      attempts.delete(key)
    },
  }
}
