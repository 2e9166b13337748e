/** One batch, one request: encode, compress, sign, send, and what the answer means. */
import type { Contents, Core, Delivery, Platform, Prepared } from './parts.ts'
import type { ClientOptions, Verdict, WireRequest } from './types.ts'

const compressFromBytes = 1024

export function openDelivery({ wire, settings }: Core, platform: Platform, options: ClientOptions): Delivery {
  const { transport = platform.transport, compress = 'auto' } = options
  const sign = platform.sign?.(options) ?? options.sign

  async function dress(request: WireRequest, contents?: Contents, isLast?: boolean): Promise<Prepared> {
    let body: string | Uint8Array | undefined = contents?.body?.() ?? request.body
    const headers = { ...request.headers }
    if (body) {
      const isWorthIt = compress === 'gzip' || (compress === 'auto' && body.length >= compressFromBytes)
      if (platform.gzip && wire.canCompress && isWorthIt && !isLast) {
        body = await platform.gzip(body, contents?.spare?.())
        headers['content-encoding'] = 'gzip'
      }
      if (sign) {
        headers['x-millrace-signature'] = await sign(typeof body === 'string' ? new TextEncoder().encode(body) : body)
      }
    }
    return { ...request, headers, contents, body, bytes: body?.length ?? 0 }
  }

  async function send(
    { method, url, headers, body, contents }: Prepared,
    signal?: AbortSignal,
    isLast?: boolean,
  ): Promise<Verdict> {
    try {
      const answer = await transport(
        { method, url, headers, body },
        { timeoutMs: settings.requestTimeout, signal, isLast },
      )
      return wire.judge(answer, contents?.body ? [] : (contents?.events() ?? []))
    } catch (error) {
      // Of an address, what stands before the host and behind the path may be a secret.
      return {
        kind: 'retry',
        message: `No answer from ${url.replace(/(?<=\/\/)[^/]*@|[?#].*/g, '')}: ${String(error)}`,
      }
    }
  }

  return {
    prepare: (contents, batchId, isLast) =>
      dress(wire.encode(contents.body ? [] : contents.events(), batchId), contents, isLast),
    send,
    dress,
  }
}
