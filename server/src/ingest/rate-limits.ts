/**
 * What one input, and all inputs of a workspace together, may send in a second: a bucket of tokens for events and one for bytes each.
 * A request is let in while there are tokens, however large it is, and the next ones wait for what it took too much: so a batch that
 * is larger than a second's share passes.
 */
import { MillraceError } from '../errors.ts'
import type { InputSnapshot, RateSettings } from '../inputs.ts'

export interface RateLimits {
  /**
   * Takes tokens for a request. Returns what its answer says of the limits, if there are any.
   * @throws RateExceeded with how long to wait: nothing was taken.
   */
  take(
    input: InputSnapshot,
    load: { readonly events: number; readonly bytes: number },
  ): Record<string, string> | undefined
}

/** `too_many_requests`, and the headers of its answer. */
export class RateExceeded extends MillraceError {
  readonly headers: Readonly<Record<string, string>>

  constructor({ of, what, perSecond }: Limit, retryAfterSeconds: number, headers: Readonly<Record<string, string>>) {
    super('too_many_requests', `The ${of} takes ${perSecond} ${what} a second`, {
      hint: 'Send the same request again after the time that Retry-After names.',
      retryAfterSeconds,
    })
    this.headers = headers
  }
}

interface Bucket {
  tokens: number
  /** ms of a clock that never goes back. */
  filledAt: number
}

interface Limit {
  readonly of: 'input' | 'workspace'
  readonly what: 'events' | 'bytes'
  readonly perSecond: number
  readonly bucket: Bucket
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
  const limitsOf = (of: Limit['of'], id: string, events: number | undefined, bytes: number | undefined): Limit[] => {
    const limit = (what: Limit['what'], perSecond: number | undefined) =>
      perSecond === undefined ? [] : [{ of, what, perSecond, bucket: bucketOf(`${of} ${id} ${what}`, perSecond) }]
    return [...limit('events', events), ...limit('bytes', bytes)]
  }
  return {
    take({ id, workspace, settings, quota }, load) {
      const { eventsPerSecondMax, bytesPerSecondMax } = settings as RateSettings
      if (eventsPerSecondMax === undefined && bytesPerSecondMax === undefined && quota === undefined) return undefined
      const limits = limitsOf('input', id, eventsPerSecondMax, bytesPerSecondMax)
      if (quota !== undefined)
        limits.push(
          ...limitsOf(
            'workspace',
            workspace,
            quota.eventsPerSecondMax ?? undefined,
            quota.bytesPerSecondMax ?? undefined,
          ),
        )
      if (limits.length === 0) return undefined
      const waits = limits.map(({ perSecond, bucket: { tokens } }) => (tokens > 0 ? 0 : (1 - tokens) / perSecond))
      const longest = Math.max(...waits)
      if (longest > 0) {
        const limit = limits[waits.indexOf(longest)]!
        throw new RateExceeded(limit, Math.max(1, Math.ceil(longest)), headersOf(limits))
      }
      for (const { bucket, what } of limits) bucket.tokens -= load[what]
      return headersOf(limits)
    },
  }
}

/**
 * Of the limit of which the least is left: what clients have long read, `X-RateLimit-…`. Of all of them: `RateLimit-Policy` and
 * `RateLimit`, as draft-ietf-httpapi-ratelimit-headers has them; q: in a window of w s, r: what is left, t: s until all of it is back.
 */
function headersOf(limits: readonly Limit[]): Record<string, string> {
  const shown = limits.map(({ of, what, perSecond, bucket: { tokens } }) => {
    const full = perSecond * burstSeconds
    const left = Math.max(0, Math.floor(tokens))
    const seconds = Math.ceil(Math.max(0, full - tokens) / perSecond)
    const isBytes = what === 'bytes' ? ';qu="content-bytes"' : ''
    return { name: `${of}-${what}`, isBytes, full: Math.floor(full), left, seconds, share: tokens / full }
  })
  const tightest = shown.reduce((least, one) => (one.share < least.share ? one : least))
  return {
    'x-ratelimit-limit': String(tightest.full),
    'x-ratelimit-remaining': String(tightest.left),
    'x-ratelimit-reset': String(tightest.seconds),
    'ratelimit-policy': shown
      .map(({ name, full, isBytes }) => `"${name}";q=${full}${isBytes};w=${burstSeconds}`)
      .join(', '),
    ratelimit: shown.map(({ name, left, seconds }) => `"${name}";r=${left};t=${seconds}`).join(', '),
  }
}
