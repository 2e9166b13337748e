/**
 * What it took to stop a guest, by a clock that nobody sets: from when it was asked, or last gave a sign of life, until the kernel has
 * no such process any more. So a server's own log proves that code is stopped in time, or says whose fault it is that it was not.
 */
import { openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import type { KillReason } from '../guest.ts'

export interface Stop {
  readonly reason: KillReason
  /** What it had, ms: twice the time-out. Absent where nobody waited for an answer. */
  readonly allowedMs: number | undefined
  /** Until the signal was sent. */
  readonly killedAfterMs: number
  /** Until it was dead; absent where it was not for `patienceMs` after the signal. */
  readonly deadAfterMs: number | undefined
  /** How long of this the thread that stops guests was ready to run, and the machine let others run. 0 where the kernel does not count it. */
  readonly starvedMs: number
}

export interface Stopwatch {
  /** The signal was sent. */
  killed(pid: number, reason: KillReason, told: (stop: Stop) => void): void
}

const pollMs = 2
const patienceMs = 10_000

export function startStopwatch(allowedMs: number | undefined): Stopwatch {
  const beganAt = performance.now()
  const waitedBefore = waitedMs()
  return {
    killed(pid, reason, told) {
      const killedAfterMs = performance.now() - beganAt
      const timer = setInterval(() => {
        const afterMs = performance.now() - beganAt
        const dead = isDead(pid)
        if (!dead && afterMs - killedAfterMs < patienceMs) return
        clearInterval(timer)
        told({
          reason,
          allowedMs,
          killedAfterMs: Math.round(killedAfterMs),
          deadAfterMs: dead ? Math.round(afterMs) : undefined,
          starvedMs: Math.round(waitedMs() - waitedBefore),
        })
      }, pollMs)
      timer.unref()
    },
  }
}

/** What nobody has asked yet for how it ended holds nothing any more, unless others of its threads live on. */
function isDead(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const state = text.slice(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3)
    return (state === 'Z' || state === 'X') && readdirSync(`/proc/${pid}/task`).length <= 1
  } catch {
    return true
  }
}

/** Since this thread began. The second number of schedstat is ns on the queue of those that are ready to run. */
function waitedMs(): number {
  try {
    statistics ??= openSync('/proc/thread-self/schedstat', 'r') // of the thread that opens it
    const text = buffer.toString('latin1', 0, readSync(statistics, buffer, 0, buffer.length, 0))
    return Number(text.split(' ')[1]) / 1e6
  } catch {
    return 0
  }
}

let statistics: number | undefined
const buffer = Buffer.alloc(128)
