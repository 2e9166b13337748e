/**
 * HTTP as connectors are given it: tried again with back-off and full jitter, `Retry-After` heeded, a pause shared by all that use the
 * same credential, redirects followed by hand so that each address is checked and nothing secret goes to another host.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { MillraceError } from '../errors.ts'
import type { Outbound } from '../outbound.ts'
import { type ConnectorHttp, type HttpAnswer, type HttpOptions, NotRetryable, sourceUnavailable } from './connector.ts'
import { type ExchangeBounds, openExchange } from './connector-http-exchange.ts'

interface ConnectorHttpParts {
  readonly outbound: Outbound
  readonly pauses: Pauses
  /** Before the name of a credential, so that workspaces do not share what they happen to call alike. */
  readonly scope: string
  readonly signal: AbortSignal
  /** Awaited before each request, repeats included; what it throws is thrown. */
  readonly beforeEach?: () => Promise<void>
  readonly bounds?: Partial<HttpBounds>
}

interface HttpBounds extends ExchangeBounds {
  /** The longest wait before the first repeat; each next one is twice as long. */
  readonly backOffMs: number
  readonly backOffMaxMs: number
}

const defaultBounds: HttpBounds = {
  bytesMax: 64 * 1024 * 1024,
  idleMs: 30_000,
  totalMs: 300_000,
  backOffMs: 500,
  backOffMaxMs: 30_000,
}
const triesMax = 5
const redirectsMax = 5
/** Who asks for a longer pause is left alone, and the job told. */
const pauseMaxMs = 15 * 60_000
/** What may go to another host than the one that it was meant for. */
const harmlessHeaders = new Set(['accept', 'accept-language', 'user-agent'])

/** `close` gives its connections back. */
export function openConnectorHttp(parts: ConnectorHttpParts): ConnectorHttp & { close(): void } {
  const { outbound, pauses, scope, signal } = parts
  const bounds = { ...defaultBounds, ...parts.bounds }
  const { exchange, close } = openExchange(outbound, bounds, signal)

  async function follow(start: URL, options: HttpOptions): Promise<HttpAnswer> {
    let [url, current] = [start, options]
    for (let redirects = 0; redirects <= redirectsMax; redirects++) {
      const answer = await exchange(url, current)
      const { location } = answer.headers
      if (!isRedirect(answer.status) || location === undefined) return answer
      const next = addressOf(location, url)
      current = redirected(current, answer.status, url, next)
      url = next
    }
    throw new NotRetryable(`${start.host} redirects more than ${redirectsMax} times`)
  }

  async function pause(key: string | undefined): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      const waitMs = key === undefined ? 0 : pauses.remaining(key)
      if (waitMs <= 0) return
      await delay(waitMs, undefined, { signal })
    }
  }

  return {
    close,
    async request(address, options = {}) {
      const url = withQuery(addressOf(address), options.query)
      const key = options.credential === undefined ? undefined : `${scope}\n${options.credential}`
      for (let tries = 1; ; tries++) {
        await pause(key)
        await parts.beforeEach?.()
        const outcome = await outcomeOf(() => follow(url, options), url.host, signal)
        if (!(outcome instanceof MillraceError)) return outcome
        const { retryAfterSeconds } = outcome
        const asked = retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1_000
        if (tries >= triesMax || (asked ?? 0) > pauseMaxMs) throw outcome
        const longest = Math.min(bounds.backOffMaxMs, bounds.backOffMs * 2 ** (tries - 1))
        const waitMs = (asked ?? 0) + Math.random() * longest
        if (asked !== undefined && key !== undefined) pauses.pause(key, waitMs)
        else await delay(waitMs, undefined, { signal })
      }
    },
  }
}

/** What repeats may help is returned; what they cannot is thrown. */
async function outcomeOf(
  work: () => Promise<HttpAnswer>,
  host: string,
  signal: AbortSignal,
): Promise<HttpAnswer | MillraceError> {
  try {
    const answer = await work()
    if (answer.status !== 429 && answer.status < 500) return answer
    const retryAfterSeconds = retryAfterOf(answer.headers['retry-after'])
    const details = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
    return sourceUnavailable(`${host} answers ${answer.status}`, details)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof NotRetryable || error instanceof MillraceError) throw error
    return sourceUnavailable(`${host} could not be asked: ${reasonOf(error)}`, { cause: error })
  }
}

/** Seconds, or a date. */
function retryAfterOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d+$/.test(text.trim())) return Number(text)
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, (at - Date.now()) / 1_000)
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'it takes too long'
  return error instanceof Error ? error.message || String((error as { code?: string }).code) : String(error)
}

function addressOf(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href) ?? undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new NotRetryable(
    `An address begins with http:// or https://${base ? `; ${base.host} redirects elsewhere` : ''}`,
  )
}

function withQuery(url: URL, query: HttpOptions['query'] = {}): URL {
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value))
  return url
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status)
}

function redirected(
  { method = 'GET', headers = {}, body }: HttpOptions,
  status: number,
  from: URL,
  to: URL,
): HttpOptions {
  const keepsBody = status === 307 || status === 308 || method === 'GET' || method === 'HEAD'
  const isElsewhere = from.origin !== to.origin
  if (isElsewhere && keepsBody && body !== undefined)
    throw new NotRetryable(`${from.host} redirects to ${to.host}, which must not have what is sent to it`)
  const kept = Object.entries(headers).filter(
    ([name]) => (!isElsewhere || harmlessHeaders.has(name.toLowerCase())) && (keepsBody || !/^content-/i.test(name)),
  )
  const next = { method: keepsBody ? method : 'GET', headers: Object.fromEntries(kept) }
  return keepsBody && body !== undefined ? { ...next, body } : next
}

/** Until when nothing is asked by a credential; shared by all jobs. */
export interface Pauses {
  pause(key: string, forMs: number): void
  /** ms */
  remaining(key: string): number
}

export function openPauses(): Pauses {
  const until = new Map<string, number>()
  return {
    pause(key, forMs) {
      const now = performance.now()
      for (const [other, at] of until) if (at <= now) until.delete(other)
      until.set(key, Math.max(until.get(key) ?? 0, now + forMs))
    },
    remaining: (key) => Math.ceil((until.get(key) ?? 0) - performance.now()),
  }
}
