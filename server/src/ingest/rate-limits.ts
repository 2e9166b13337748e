/**
 * What one input may send in a second: a bucket of tokens for events and one for bytes. A request is let in while there are tokens,
 * however large it is, and the next ones wait for what it took too much: so a batch that is larger than a second's share passes.
 */
import { MillraceError } from '../errors.ts'
import type { InputSnapshot, RateSettings } from '../inputs.ts'

export interface RateLimits {
  /**
   * Takes tokens for a request. Returns what its answer says of the limit on events, if there is one.
   * @throws MillraceError `too_many_requests`, with how long to wait: nothing was taken.
   */
  take(input: InputSnapshot, load: { readonly events: number; readonly bytes: number }): Record<string, string>
}

interface Bucket {
  tokens: number
  /** ms of a clock that never goes back. */
  filledAt: number
}

/** How long a sender that was silent may send at once what came together. */
const burstSeconds = 2
/** Inputs remembered; more than anybody has. */
const inputsMax = 10_000

export function openRateLimits(elapsed: () => number): RateLimits {
  const buckets = new Map<string, Bucket>()

  const bucketOf = (name: string, perSecond: number): Bucket => {
    const now = elapsed()
    const full = perSecond * burstSeconds
    const bucket = buckets.get(name) ?? { tokens: full, filledAt: now }
    buckets.delete(name) // so that the one used last is the one forgotten last
    buckets.set(name, bucket)
    if (buckets.size > 2 * inputsMax) buckets.delete(buckets.keys().next().value!)
    bucket.tokens = Math.min(full, bucket.tokens + ((now - bucket.filledAt) / 1000) * perSecond)
    bucket.filledAt = now
    return bucket
  }
  return {
    take({ id, settings }, { events, bytes }) {
      const { eventsPerSecondMax, bytesPerSecondMax } = settings as RateSettings
      const limits = [
        { what: 'events', perSecond: eventsPerSecondMax, load: events },
        { what: 'bytes', perSecond: bytesPerSecondMax, load: bytes },
      ].flatMap(({ what, perSecond, load }) =>
        perSecond === undefined ? [] : [{ what, perSecond, load, bucket: bucketOf(`${id} ${what}`, perSecond) }],
      )
      for (const { what, perSecond, bucket } of limits) {
        if (bucket.tokens > 0) continue
        const seconds = Math.ceil((1 - bucket.tokens) / perSecond)
        throw new MillraceError('too_many_requests', `The input takes ${perSecond} ${what} a second`, {
          hint: 'Send the same request again after the time that Retry-After names.',
          retryAfterSeconds: Math.max(1, seconds),
        })
      }
      for (const { bucket, load } of limits) bucket.tokens -= load
      const [first] = limits
      return first === undefined ? {} : rateHeaders(first.perSecond, first.bucket.tokens)
    },
  }
}

function rateHeaders(perSecond: number, tokens: number): Record<string, string> {
  const missing = Math.max(0, perSecond * burstSeconds - tokens)
  return {
    'x-ratelimit-limit': String(Math.floor(perSecond * burstSeconds)),
    'x-ratelimit-remaining': String(Math.max(0, Math.floor(tokens))),
    'x-ratelimit-reset': String(Math.ceil(missing / perSecond)),
  }
}
