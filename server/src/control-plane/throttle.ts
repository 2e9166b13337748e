/**
 * Counts attempts by key in a sliding window, in bounded memory: the key not seen for longest is forgotten first. Whoever goes on
 * at the limit waits longer each time, up to a limit of that too: nobody is ever locked out.
 */
import { MillraceError } from '../errors.ts'

export interface Throttle {
  /** Counts an attempt. @throws MillraceError `too_many_requests`, with the time to wait; such an attempt does not count. */
  take(key: string): void
  /** Takes the newest attempt back: it was none of those that are counted. */
  giveBack(key: string): void
  /** As if the key had never been seen. */
  forget(key: string): void
}

interface ThrottleLimits {
  readonly attemptsMax: number
  /** How long an attempt counts at first. Each time that the limit is met this doubles, and all of it ends with a quiet hour. */
  readonly windowMs: number
  readonly windowMsMax: number
  readonly keysMax: number
  readonly now: () => number
}

interface Attempts {
  /** When each was, oldest first. */
  times: number[]
  lastAt: number
  windowMs: number
  isRefused: boolean
}

const quietMs = 3_600_000

export function createThrottle({ attemptsMax, windowMs, windowMsMax, keysMax, now }: ThrottleLimits): Throttle {
  const known = new Map<string, Attempts>()

  const recall = (key: string, at: number): Attempts => {
    const present = known.get(key)
    if (present === undefined || at - present.lastAt > quietMs || at < present.lastAt) {
      return { times: [], lastAt: at, windowMs, isRefused: false }
    }
    present.times = present.times.filter((time) => time > at - present.windowMs)
    return present
  }

  return {
    take(key) {
      const at = now()
      const attempts = recall(key, at)
      known.delete(key)
      known.set(key, attempts)
      if (known.size > keysMax) known.delete(known.keys().next().value!)
      const { times, windowMs: window } = attempts
      if (times.length >= attemptsMax) {
        attempts.isRefused = true
        throw new MillraceError('too_many_requests', 'Too many attempts', {
          retryAfterSeconds: Math.ceil((times[0]! + window - at) / 1000),
        })
      }
      if (attempts.isRefused) {
        attempts.isRefused = false
        attempts.windowMs = Math.min(window * 2, windowMsMax)
      }
      times.push(at)
      attempts.lastAt = at
    },
    giveBack(key) {
      known.get(key)?.times.pop()
    },
    forget(key) {
      known.delete(key)
    },
  }
}
