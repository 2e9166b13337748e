/**
 * Whether code was stopped in time, by what the product itself measured of it on its own clock: within twice its time-out and half a
 * second. A machine that is shared may keep the thread that stops code from running, and the kernel counts for how long: that is
 * added, unless `MILLRACE_STRICT_TIMES` is set, as it is where nothing else runs.
 */
import { expect, vi } from 'vitest'
import { type Logger, silentLogger } from '../../telemetry.ts'
import type { Stop } from './stop.ts'

const graceMs = 500
/** The line of the log. */
export const stopped = 'a process of code was stopped'
const isStrict = process.env['MILLRACE_STRICT_TIMES'] !== undefined

export interface Stops {
  /** For whoever opens guests. */
  readonly logger: Logger
  /** So many more were stopped, and each of all so far in time. */
  expectInTime(count: number): Promise<void>
  last(): Stop
}

export function collectStops(): Stops {
  const stops: Stop[] = []
  let expected = 0
  const logger: Logger = {
    ...silentLogger,
    warn(message, fields) {
      if (message === stopped) stops.push(fields as unknown as Stop)
    },
  }
  return {
    logger,
    last: () => stops.at(-1)!,
    async expectInTime(count) {
      expected += count
      await vi.waitUntil(() => stops.length >= expected, { timeout: 15_000, interval: 5 })
      expect(stops.filter((stop) => !isInTime(stop))).toEqual([])
    },
  }
}

export function isInTime({ allowedMs, deadAfterMs, starvedMs }: Stop): boolean {
  if (deadAfterMs === undefined) return false
  return allowedMs === undefined || deadAfterMs <= allowedMs + graceMs + (isStrict ? 0 : starvedMs)
}
