/**
 * The rate headers, three families of them, which belong to every answer: without them pyDatorama throws even a good one away
 * (DATORAMA-34).
 */
import type { Standing } from '../../rate-limits.ts'

/** There is no query API here, but the client reads its headers all the same. */
const queriesPerMinute = 200

export function rateHeadersOf({ minute, day }: Standing): Record<string, string> {
  const family = (name: string, limit: number, remaining: number, resetAt: number) => ({
    [`x-${name}-limit`]: String(limit),
    [`x-${name}-remaining`]: String(remaining),
    [`x-${name}-reset`]: String(resetAt),
  })
  return {
    ...family('platformratelimit', minute.limit, minute.remaining, minute.resetAt),
    ...family('queryratelimit', queriesPerMinute, queriesPerMinute, minute.resetAt),
    ...family('dailyquota', day.limit, day.remaining, day.resetAt),
  }
}
