/** One batch, one request: encode, compress, sign, send, and what the answer means. */
import type { Platform } from './platform.ts'
import type { ClientOptions, StoredEvent, Verdict, Wire, WireRequest } from './types.ts'

export interface Delivery {
  /** Makes the request of a batch once, so that a repeat carries the same bytes. The last one of a page has no time for gzip. */
  prepare(events: readonly StoredEvent[], batchId: string, options?: { isLast?: boolean }): Promise<Prepared>
  /** Never throws. */
  send(prepared: Prepared, options?: { signal?: AbortSignal; isLast?: boolean }): Promise<Verdict>
  /** Asks something that is no batch. Never throws. */
  ask(request: WireRequest): Promise<Verdict>
}

export interface Prepared extends Omit<WireRequest, 'body'> {
  readonly events: readonly StoredEvent[]
  readonly body: string | Uint8Array | undefined
  /** As sent. */
  readonly bytes: number
}

interface DeliveryParts {
  readonly wire: Wire
  readonly platform: Platform
  readonly options: Pick<ClientOptions, 'authKey' | 'sign' | 'compress' | 'transport'>
  readonly requestTimeoutMs: number
  readonly now: () => number
  readonly debug: (level: 2 | 3, line: () => string) => void
}

const compressFromBytes = 1024

export function openDelivery({ wire, platform, options, requestTimeoutMs, now, debug }: DeliveryParts): Delivery {
  const transport = options.transport ?? platform.transport
  const { gzip, sign } = platform

  const packed = async (text: string, isLast: boolean): Promise<{ body: string | Uint8Array; isPacked: boolean }> => {
    const wants = options.compress ?? 'auto'
    const isWorthIt = wants === 'gzip' || (wants === 'auto' && text.length >= compressFromBytes)
    if (gzip === undefined || !wire.canCompress || !isWorthIt || isLast) return { body: text, isPacked: false }
    return { body: await gzip(text), isPacked: true }
  }
  const signature = async (body: string | Uint8Array): Promise<string | undefined> => {
    if (options.authKey === undefined && options.sign === undefined) return undefined
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
    if (options.authKey !== undefined && sign !== undefined) return sign(options.authKey, bytes, now())
    return options.sign?.(bytes)
  }
  const dress = async (request: WireRequest, events: readonly StoredEvent[], isLast = false): Promise<Prepared> => {
    if (request.body === undefined) return { ...request, events, bytes: 0 }
    const { body, isPacked } = await packed(request.body, isLast)
    const signed = await signature(body)
    const headers = {
      ...request.headers,
      ...(isPacked ? { 'content-encoding': 'gzip' } : {}),
      ...(signed === undefined ? {} : { 'x-millrace-signature': signed }),
    }
    return { ...request, headers, events, body, bytes: body.length }
  }
  const send: Delivery['send'] = async ({ method, url, headers, body, events }, { signal, isLast } = {}) => {
    debug(
      3,
      () => `${method} ${placeOf(url)}: ${typeof body === 'string' ? body : `${body?.length ?? 0} bytes of gzip`}`,
    )
    try {
      const answer = await transport(
        { method, url, headers, body },
        { timeoutMs: requestTimeoutMs, ...(signal ? { signal } : {}), ...(isLast ? { isLast } : {}) },
      )
      debug(3, () => `${answer.status} ${answer.body.slice(0, 500)}`)
      return wire.judge(answer, events)
    } catch (error) {
      return { kind: 'retry', message: `No answer from ${placeOf(url)}: ${reasonOf(error)}` }
    }
  }
  return {
    prepare: async (events, batchId, { isLast } = {}) => dress(wire.encode(events, batchId), events, isLast),
    send,
    ask: async (request) => send(await dress(request, [])),
  }
}

/** An address without what may be a secret in it. */
function placeOf(url: string): string {
  try {
    const { origin, pathname } = new URL(url)
    return origin + pathname
  } catch {
    return 'an address that is none'
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as { code?: unknown }
  const { cause } = error
  const inner = cause instanceof Error ? `: ${cause.message}` : ''
  return `${error.message || (typeof code === 'string' ? code : error.name)}${inner}`
}
