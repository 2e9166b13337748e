/** What a server says of a token's limits, in the headers `RateLimit` and `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers. */

export interface Allowance {
  readonly limit: number
  /** Calls that are left until `resetAt`. */
  readonly remaining: number
  /** ms since 1970 UTC, by the clock of this machine. */
  readonly resetAt: number
  /** After each of which all are there again; 0 where nobody said. */
  readonly windowMs: number
}

/** By the name of the policy: minute, day. */
export type Allowances = Readonly<Record<string, Allowance>>

/** Of an answer that says nothing of limits, none. */
export function allowancesOf(headers: Headers, now: number): Allowances {
  const limits = readPolicies(headers.get('ratelimit-policy'))
  const left = readPolicies(headers.get('ratelimit'))
  return Object.fromEntries(
    Object.entries(left).flatMap(([name, { r, t }]) => {
      if (r === undefined || t === undefined) return []
      const { q = r, w = 0 } = limits[name] ?? {}
      return [[name, { limit: q, remaining: r, resetAt: now + t * 1000, windowMs: w * 1000 }]]
    }),
  )
}

/** A list of RFC 9651 with parameters that are whole numbers: `"minute";r=5;t=30, "day";r=100;t=4000`. */
function readPolicies(header: string | null): Record<string, Record<string, number>> {
  const policies: Record<string, Record<string, number>> = {}
  for (const [, name, parameters] of (header ?? '').matchAll(/"([^"]*)"((?:\s*;\s*[a-z]+=[^;,]*)*)/g)) {
    const pairs = Array.from(parameters!.matchAll(/([a-z]+)=(\d+)/g), ([, key, value]) => [key!, Number(value)])
    policies[name!] = Object.fromEntries(pairs)
  }
  return policies
}

/** When a call may be made: `now`, or when the last of those that are used up is there again. */
export function freeAt(allowances: Allowances, now: number): number {
  const used = Object.values(allowances).filter(({ remaining, resetAt }) => remaining <= 0 && resetAt > now)
  return Math.max(now, ...used.map(({ resetAt }) => resetAt))
}

/** With one call less of each. What was reset meanwhile is full again: whoever waits for that does not come all at once. */
export function reserve(allowances: Allowances, now: number): Allowances {
  return Object.fromEntries(
    Object.entries(allowances).flatMap(([name, one]) => {
      const current = one.resetAt > now ? one : renewed(one, now)
      return current === undefined ? [] : [[name, { ...current, remaining: current.remaining - 1 }]]
    }),
  )
}

function renewed({ limit, resetAt, windowMs }: Allowance, now: number): Allowance | undefined {
  if (windowMs === 0) return undefined
  const windows = Math.floor((now - resetAt) / windowMs) + 1
  return { limit, remaining: limit, resetAt: resetAt + windows * windowMs, windowMs }
}

/** Resets that differ by less are the same one: they come in whole seconds. */
const sameResetMs = 2_000

/** What is known, after an answer: calls that others have under way are not given back by it. */
export function learn(known: Allowances, told: Allowances): Allowances {
  const merged = Object.entries(told).map(([name, one]) => {
    const before = known[name]
    const isSame = before !== undefined && Math.abs(before.resetAt - one.resetAt) < sameResetMs
    return [name, isSame ? { ...one, remaining: Math.min(before.remaining, one.remaining) } : one]
  })
  return { ...known, ...Object.fromEntries(merged) }
}
