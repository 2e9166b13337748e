/**
 * What workspaces took in this month, and who has taken all that it may. Counted in memory and kept in a file of each workspace;
 * after a kill the log tells how many events came since the file was written.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MillraceError } from '../errors.ts'
import type { InputSnapshot } from '../inputs.ts'
import { endOfMonth, type MonthUsage, monthOf } from '../quotas.ts'
import type { Logger } from '../telemetry.ts'
import type { Clock } from './clock.ts'

export interface MonthlyUsage {
  /** @throws MillraceError `workspace_quota_exceeded`, with the time until the next month. */
  check(input: Pick<InputSnapshot, 'workspace' | 'quota'>): void
  add(workspace: string, events: number, bytes: number): void
  of(workspace: string): MonthUsage
  /** Writes it down and lets go of it. */
  closeOne(workspace: string): void
  close(): void
}

export interface UsageParts {
  place(workspace: string): { readonly folder: string; logStatus(): { readonly end: bigint } }
  readonly clock: Clock
  readonly logger: Logger
}

interface Counted {
  month: string
  events: number
  bytes: number
  isChanged: boolean
}

const writeEveryMs = 5_000
const fileName = 'usage.json'

export function openMonthlyUsage({ place, clock, logger }: UsageParts): MonthlyUsage {
  const counted = new Map<string, Counted>()

  /** The month of all times from one on. */
  let known = { month: '', from: 0, endsAt: 0 }
  const monthNow = (): string => {
    const now = clock.now()
    if (now < known.from || now >= known.endsAt) {
      const month = monthOf(now)
      known = { month, from: now, endsAt: endOfMonth(month) }
    }
    return known.month
  }

  const of = (workspace: string): Counted => {
    let usage = counted.get(workspace)
    if (usage === undefined) {
      usage = read(workspace)
      counted.set(workspace, usage)
    }
    const month = monthNow()
    if (month > usage.month) Object.assign(usage, { month, events: 0, bytes: 0, isChanged: true }) // a clock that goes back begins none
    return usage
  }

  function read(workspace: string): Counted {
    const fresh = { month: monthOf(clock.now()), events: 0, bytes: 0, isChanged: false }
    const { folder, logStatus } = place(workspace)
    const path = join(folder, fileName)
    if (!existsSync(path)) return fresh
    try {
      const { month, events, bytes, logEnd } = JSON.parse(readFileSync(path, 'utf8')) as MonthUsage & { logEnd: string }
      const missed = Math.max(0, Number(logStatus().end - BigInt(logEnd)))
      const bytesEach = events > 0 ? bytes / events : 0
      return { month, events: events + missed, bytes: Math.round(bytes + missed * bytesEach), isChanged: missed > 0 }
    } catch (reason) {
      logger.warn('what was used of the month cannot be read and is counted anew', { path, reason: reason as Error })
      return fresh
    }
  }

  function write(workspace: string, usage: Counted): void {
    if (!usage.isChanged) return
    try {
      const { folder, logStatus } = place(workspace)
      const path = join(folder, fileName)
      const { isChanged: _, ...shown } = usage
      writeFileSync(`${path}.new`, JSON.stringify({ ...shown, logEnd: String(logStatus().end) }), { mode: 0o600 })
      renameSync(`${path}.new`, path)
      usage.isChanged = false
    } catch (reason) {
      logger.warn('what was used of the month cannot be written', { workspace, reason: reason as Error })
    }
  }

  const timer = setInterval(() => {
    for (const [workspace, usage] of counted) write(workspace, usage)
  }, writeEveryMs).unref()

  return {
    check({ workspace, quota }) {
      if (quota === undefined) return
      const { eventsPerMonthMax, bytesPerMonthMax } = quota
      if (eventsPerMonthMax === null && bytesPerMonthMax === null) return
      const { month, events, bytes } = of(workspace)
      if (eventsPerMonthMax !== null && events >= eventsPerMonthMax) throw exceeded('events', eventsPerMonthMax, month)
      if (bytesPerMonthMax !== null && bytes >= bytesPerMonthMax) throw exceeded('bytes', bytesPerMonthMax, month)
    },
    add(workspace, events, bytes) {
      const usage = of(workspace)
      usage.events += events
      usage.bytes += bytes
      usage.isChanged = true
    },
    of(workspace) {
      const { month, events, bytes } = of(workspace)
      return { month, events, bytes }
    },
    closeOne(workspace) {
      const usage = counted.get(workspace)
      if (usage !== undefined) write(workspace, usage)
      counted.delete(workspace)
    },
    close() {
      clearInterval(timer)
      for (const [workspace, usage] of counted) write(workspace, usage)
    },
  }

  function exceeded(what: string, most: number, month: string): MillraceError {
    const seconds = Math.max(1, Math.ceil((endOfMonth(month) - clock.now()) / 1000))
    return new MillraceError('workspace_quota_exceeded', `The workspace has used up its ${most} ${what} of ${month}`, {
      hint: 'It takes events again when the next month begins (UTC), or when an administrator of the installation raises its quota.',
      retryAfterSeconds: seconds,
    })
  }
}
