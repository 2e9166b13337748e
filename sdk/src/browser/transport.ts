/** Requests by fetch. The last one of a page outlives it: by `keepalive`, or as a beacon where fetch cannot. */
import type { Transport } from '../types.ts'

/** Browsers give all requests that outlive pages 64 KiB together. */
export const lastBytesMax = 56 * 1024

export const fetchTransport: Transport = async ({ method, url, headers, body }, { timeoutMs, signal, isLast }) => {
  const outlives = isLast === true && (body?.length ?? 0) <= lastBytesMax
  if (outlives && !('keepalive' in Request.prototype)) beacon(url, headers, body)
  const stop = new AbortController()
  const abort = () => stop.abort()
  const timer = setTimeout(abort, timeoutMs)
  signal?.addEventListener('abort', abort)
  try {
    const answer = await fetch(url, {
      method,
      headers,
      body: (body ?? null) as BodyInit | null,
      keepalive: outlives,
      signal: stop.signal,
      credentials: 'omit', // the key says who it is; cookies are nobody's business
      cache: 'no-store',
    })
    return {
      status: answer.status,
      headers: { 'retry-after': answer.headers.get('retry-after') ?? undefined },
      body: await answer.text(),
    }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

/** It has no headers, so the key goes in the address; nor an answer, so that the events stay kept until somebody says they arrived. */
function beacon(url: string, headers: Readonly<Record<string, string>>, body: string | Uint8Array | undefined): never {
  const key = headers['authorization']?.replace('Bearer ', '') ?? ''
  navigator.sendBeacon(`${url}?key=${encodeURIComponent(key)}`, (body ?? '') as BodyInit)
  throw new Error('a beacon has no answer')
}
