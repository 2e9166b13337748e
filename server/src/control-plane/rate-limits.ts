/**
 * How many calls a token may make: so many in a minute and so many in a day, both by the clock in UTC. Counted in memory; the day's
 * count is written ahead in steps, so that a restart or a crash never gives calls anew, and costs at most one step.
 */
import type { Store } from './store/store.ts'
import { unlessFull } from './store/store.ts'
import { callsOfDay, noteCalls } from './store/token-calls.ts'
import type { TokenRow } from './store/tokens.ts'

export interface CallLimits {
  readonly perMinute: number
  readonly perDay: number
}

export interface Allowance {
  readonly limit: number
  /** Calls that are left. */
  readonly remaining: number
  /** When all are there again; ms since 1970 UTC. */
  readonly resetAt: number
}

export interface Standing {
  readonly minute: Allowance
  readonly day: Allowance
  /** This call was one too many: it does not count and must be refused. */
  readonly isOver: boolean
}

export interface RateLimits {
  readonly defaults: CallLimits
  /**
   * Counts a call. Undefined for a token that the config of the process fixes: whoever sets that owns the installation, and a limit
   * would keep nobody from anything but the command line on the same machine from working.
   */
  take(token: LimitedToken): Promise<Standing | undefined>
  /** Of how many tokens it knows calls of today. */
  readonly tokens: number
  /** As if nobody had called. */
  untouched(): Standing
  /** Writes the counts down as they are. */
  close(): Promise<void>
}

export type LimitedToken = Pick<TokenRow, 'id' | 'origin' | 'callsPerMinuteMax' | 'callsPerDayMax'>

interface Count {
  minuteAt: number
  inMinute: number
  dayAt: number
  inDay: number
  /** What the store has of the day. */
  written: number
}

export const minuteMs = 60_000
export const dayMs = 24 * 3_600_000
/** Of a day's limit, how much is written ahead. */
const stepShare = 1 / 200

export function openRateLimits(store: Pick<Store, 'db' | 'now'>, defaults: CallLimits): RateLimits {
  const counts = new Map<string, Promise<Count>>()
  let countedDay = 0

  const countOf = (id: string, dayAt: number): Promise<Count> => {
    // Tokens come and go, and what they did yesterday counts no more.
    if (dayAt !== countedDay) counts.clear()
    countedDay = dayAt
    let count = counts.get(id)
    if (count === undefined) {
      count = callsOfDay(store.db, id, dayAt).then((calls) => {
        return { minuteAt: 0, inMinute: 0, dayAt, inDay: calls, written: calls }
      })
      count.catch(() => counts.delete(id))
      counts.set(id, count)
    }
    return count
  }

  return {
    defaults,
    get tokens() {
      return counts.size
    },
    async take(token) {
      if (token.origin === 'config') return undefined
      const { perMinute, perDay } = limitsOf(token, defaults)
      const count = await countOf(token.id, startOf(store.now(), dayMs))
      const now = store.now()
      turn(count, now)
      const isOver = count.inMinute >= perMinute || count.inDay >= perDay
      if (!isOver) {
        count.inMinute++
        count.inDay++
      }
      const standing = standingOf(now, { perMinute, perDay }, count, isOver)
      if (count.inDay > count.written) {
        count.written = Math.min(count.inDay + Math.floor(perDay * stepShare), Math.max(perDay, count.inDay))
        await unlessFull(noteCalls(store.db, token.id, count.dayAt, count.written))
      }
      return standing
    },
    untouched: () => standingOf(store.now(), defaults, { inMinute: 0, inDay: 0 }, false),
    async close() {
      for (const [id, promise] of counts) {
        const { dayAt, inDay } = await promise
        await unlessFull(noteCalls(store.db, id, dayAt, inDay))
      }
    },
  }
}

export function limitsOf(token: Omit<LimitedToken, 'id' | 'origin'>, { perMinute, perDay }: CallLimits): CallLimits {
  return { perMinute: token.callsPerMinuteMax ?? perMinute, perDay: token.callsPerDayMax ?? perDay }
}

function turn(count: Count, now: number): void {
  const [minuteAt, dayAt] = [startOf(now, minuteMs), startOf(now, dayMs)]
  if (count.minuteAt !== minuteAt) Object.assign(count, { minuteAt, inMinute: 0 })
  if (count.dayAt !== dayAt) Object.assign(count, { dayAt, inDay: 0, written: 0 })
}

function standingOf(
  now: number,
  { perMinute, perDay }: CallLimits,
  { inMinute, inDay }: Pick<Count, 'inMinute' | 'inDay'>,
  isOver: boolean,
): Standing {
  const allowance = (limit: number, used: number, windowMs: number): Allowance => {
    return { limit, remaining: Math.max(0, limit - used), resetAt: startOf(now, windowMs) + windowMs }
  }
  return { minute: allowance(perMinute, inMinute, minuteMs), day: allowance(perDay, inDay, dayMs), isOver }
}

function startOf(at: number, windowMs: number): number {
  return Math.floor(at / windowMs) * windowMs
}
