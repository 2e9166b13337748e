/**
 * Rate limits as HTTP tells them: the headers `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-10 on every
 * answer to a token that has limits, and 429 with `Retry-After` for a call too many.
 */
import type { FastifyReply } from 'fastify'
import { MillraceError } from '../../errors.ts'
import { type Allowance, dayMs, minuteMs, type RateLimits, type Standing } from '../rate-limits.ts'
import type { TokenRow } from '../store/tokens.ts'

/** Counts the call of a token and tells where it stands. @throws MillraceError `too_many_requests`. */
export type CountCall = (token: TokenRow) => Promise<void>

export function countCallsFor(reply: FastifyReply, limits: RateLimits, now: () => number): CountCall {
  return async (token) => {
    const standing = await limits.take(token)
    if (standing === undefined) return
    reply.headers(headersOf(standing, now()))
    if (standing.isOver) throw tooMany(standing, now())
  }
}

export function headersOf({ minute, day }: Standing, now: number): Record<string, string> {
  const left = ({ remaining, resetAt }: Allowance) => `r=${remaining};t=${secondsTo(resetAt, now)}`
  return {
    'ratelimit-policy': `"minute";q=${minute.limit};w=${minuteMs / 1000}, "day";q=${day.limit};w=${dayMs / 1000}`,
    ratelimit: `"minute";${left(minute)}, "day";${left(day)}`,
  }
}

export function tooMany({ minute, day }: Standing, now: number): MillraceError {
  const [name, { limit, resetAt }] = day.remaining === 0 ? (['day', day] as const) : (['minute', minute] as const)
  return new MillraceError('too_many_requests', `This token may make ${limit} calls a ${name}, and has made them`, {
    hint: 'Wait as long as Retry-After says, use another token, or have an administrator raise the limit of this one.',
    retryAfterSeconds: secondsTo(resetAt, now),
  })
}

/** At least one, so that nobody comes back a moment too early. */
function secondsTo(at: number, now: number): number {
  return Math.max(1, Math.ceil((at - now) / 1000))
}
