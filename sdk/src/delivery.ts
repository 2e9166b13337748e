/** One batch, one request: encode, compress, sign, send, and what the answer means. */
import type { Contents } from './batch.ts'
import type { Core } from './core.ts'
import type { Platform } from './platform.ts'
import type { ClientOptions, Verdict, WireRequest } from './types.ts'

export interface Delivery {
  /** Makes the request of a batch, once, so that a repeat carries the same bytes. The last one of a page has no time for gzip. */
  prepare(contents: Contents, batchId: string, isLast?: boolean): Promise<Prepared>
  /** Never throws. */
  send(prepared: Prepared, signal?: AbortSignal, isLast?: boolean): Promise<Verdict>
  /** Asks something that is no batch. Never throws. */
  ask(request: WireRequest): Promise<Verdict>
}

export interface Prepared extends Omit<WireRequest, 'body'> {
  readonly contents: Contents | undefined
  readonly body: string | Uint8Array | undefined
  /** As sent. */
  readonly bytes: number
}

const compressFromBytes = 1024

/** `mask`: no key is in what a server or a network says. */
export function openDelivery(
  { wire, settings, now, debug }: Core,
  platform: Platform,
  options: ClientOptions,
  mask: (text: string) => string,
): Delivery {
  const { transport = platform.transport, authKey, sign, compress = 'auto' } = options

  async function signatureOf(body: string | Uint8Array): Promise<string | undefined> {
    if (!authKey && !sign) return undefined
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
    return authKey && platform.sign ? platform.sign(authKey, bytes, now()) : sign?.(bytes)
  }

  async function dress(request: WireRequest, contents?: Contents, isLast?: boolean): Promise<Prepared> {
    let body: string | Uint8Array | undefined = contents?.body?.() ?? request.body
    const headers = { ...request.headers }
    if (body) {
      const text = body
      debug(3, () => `body ${typeof text === 'string' ? text : new TextDecoder().decode(text)}`)
      const isWorthIt = compress === 'gzip' || (compress === 'auto' && body.length >= compressFromBytes)
      if (platform.gzip && wire.canCompress && isWorthIt && !isLast) {
        body = await platform.gzip(body)
        headers['content-encoding'] = 'gzip'
      }
      const signature = await signatureOf(body)
      if (signature) headers['x-millrace-signature'] = signature
    }
    return { ...request, headers, contents, body, bytes: body?.length ?? 0 }
  }

  async function send(
    { method, url, headers, body, bytes, contents }: Prepared,
    signal?: AbortSignal,
    isLast?: boolean,
  ): Promise<Verdict> {
    const place = `${method} ${placeOf(url)}`
    debug(2, () => `${place}, ${bytes} bytes`)
    try {
      const answer = await transport(
        { method, url, headers, body },
        { timeoutMs: settings.requestTimeout, ...(signal && { signal }), ...(isLast && { isLast }) },
      )
      debug(2, () => `${place}: ${answer.status}`)
      debug(3, () => `answer ${answer.body.slice(0, 500)}`)
      const verdict = wire.judge(answer, contents === undefined || contents.body ? [] : contents.events())
      return 'message' in verdict ? { ...verdict, message: mask(verdict.message) } : verdict
    } catch (error) {
      return { kind: 'retry', message: mask(`No answer from ${place}: ${reasonOf(error)}`) }
    }
  }

  return {
    prepare: (contents, batchId, isLast) =>
      dress(wire.encode(contents.body ? [] : contents.events(), batchId), contents, isLast),
    send,
    ask: async (request) => send(await dress(request)),
  }
}

/** An address without what may be a secret in it. */
function placeOf(url: string): string {
  return url.replace(/[?#].*|\/\/[^/]*@/g, '')
}

function reasonOf(error: unknown): string {
  const { message, code, cause } = Object(error) as { message?: string; code?: string; cause?: unknown }
  return `${message || code || String(error)}${cause ? `: ${reasonOf(cause)}` : ''}`
}
