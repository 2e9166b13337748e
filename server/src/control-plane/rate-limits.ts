/**
 * How many calls a token may make: so many in a minute and so many in a day, both by the clock in UTC. More tokens give nobody more: those
 * of a user count together, too, but for those that an administrator gave more than is usual. Counted in memory; the day's count is
 * written ahead in steps, so that a restart or a crash never gives calls anew, and costs at most one step.
 */
import type { Store } from './store/store.ts'
import { unlessFull } from './store/store.ts'
import { callsOfDay, callsOfDayByUser, noteCalls } from './store/token-calls.ts'
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

export type LimitedToken = Pick<TokenRow, 'id' | 'userId' | 'origin' | 'callsPerMinuteMax' | 'callsPerDayMax'>

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
  /** Of all that count together, by user. */
  const together = new Map<string, Promise<Count>>()
  let countedDay = 0

  function kept(map: Map<string, Promise<Count>>, key: string, dayAt: number, read: () => Promise<number>) {
    // Tokens come and go, and what they did yesterday counts no more.
    if (dayAt !== countedDay) for (const each of [counts, together]) each.clear()
    countedDay = dayAt
    let count = map.get(key)
    if (count === undefined) {
      count = read().then((calls) => ({ minuteAt: 0, inMinute: 0, dayAt, inDay: calls, written: calls }))
      count.catch(() => map.delete(key))
      map.set(key, count)
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
      const { id, userId } = token
      const own = limitsOf(token, defaults)
      const dayAt = startOf(store.now(), dayMs)
      const isRaised = own.perMinute > defaults.perMinute || own.perDay > defaults.perDay
      const ofUser = isRaised
        ? undefined
        : kept(together, userId, dayAt, () => callsOfDayByUser(store.db, userId, dayAt, defaults))
      const count = await kept(counts, id, dayAt, () => callsOfDay(store.db, id, dayAt))
      const bounds = [{ limits: own, count }, ...(ofUser ? [{ limits: defaults, count: await ofUser }] : [])]
      const now = store.now()
      for (const bound of bounds) turn(bound.count, now)
      const isOver = bounds.some(({ limits, count: { inMinute, inDay } }) => {
        return inMinute >= limits.perMinute || inDay >= limits.perDay
      })
      if (!isOver) for (const bound of bounds) add(bound.count)
      const standings = bounds.map((bound) => standingOf(now, bound.limits, bound.count, isOver))
      if (count.inDay > count.written) {
        count.written = Math.min(count.inDay + Math.floor(own.perDay * stepShare), Math.max(own.perDay, count.inDay))
        await unlessFull(noteCalls(store.db, id, count.dayAt, count.written))
      }
      return standings.reduce(tighter)
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

export function limitsOf(
  token: Pick<LimitedToken, 'callsPerMinuteMax' | 'callsPerDayMax'>,
  { perMinute, perDay }: CallLimits,
): CallLimits {
  return { perMinute: token.callsPerMinuteMax ?? perMinute, perDay: token.callsPerDayMax ?? perDay }
}

function add(count: Count): void {
  count.inMinute++
  count.inDay++
}

/** Of each window the one with fewer calls left. */
function tighter(a: Standing, b: Standing): Standing {
  const fewer = (one: Allowance, other: Allowance) => (other.remaining < one.remaining ? other : one)
  return { minute: fewer(a.minute, b.minute), day: fewer(a.day, b.day), isOver: a.isOver || b.isOver }
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
