/**
 * Keeps a pipeline running over failures that pass: it begins again from the destination's position, ever later while nothing has
 * changed. A full restream queue is waited out without another try: each would put the same events through users' code again.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type ErrorCode, hasCode, MillraceError } from './errors.ts'

interface Keeping {
  /** Rises with whatever makes another try worth its while: batches that got through, new code, other mappings. */
  readonly changes: () => number
  /** Whether the restream queue takes nothing more. */
  readonly isFull: () => boolean
  /** Told of each failure that passes. */
  readonly onHeld: (code: ErrorCode, reason: MillraceError) => void
  /** Waits so many ms; a test's own clock. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

const firstPauseMs = 1_000
const lastPauseMs = 16_000
/** How often it is looked whether something has changed. */
const lookMs = 1_000

/**
 * Resolves when `run` does.
 * @throws Whatever `run` throws that does not pass by itself: neither a retryable error nor `position_lost`, where the destination
 * fell back, as a damaged file of DuckDB makes it, to what the log still has.
 */
export async function keepRunning(
  run: () => Promise<void>,
  { changes, isFull, onHeld, pause = (ms, signal) => delay(ms, undefined, { signal }) }: Keeping,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs = firstPauseMs
  for (;;) {
    const before = changes()
    try {
      return await run()
    } catch (error) {
      if (hasCode(error, 'position_lost')) continue
      if (!(error instanceof MillraceError && error.retryable)) throw error
      onHeld(error.code, error)
      const isFullQueue = error.code === 'restream_full'
      if (changes() !== before) pauseMs = firstPauseMs
      const seen = changes()
      for (let waited = 0; changes() === seen && (isFullQueue ? isFull() : waited < pauseMs); waited += lookMs)
        await pause(lookMs, signal)
      pauseMs = Math.min(lastPauseMs, pauseMs * 2)
    }
  }
}
