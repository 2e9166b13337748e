/** Requests by fetch. The last one of a page outlives it: by `keepalive`, or as a beacon where fetch cannot. */
import type { Transport } from '../types.ts'

/** Browsers give all requests that outlive pages 64 KiB together. */
export const lastBytesMax = 56 * 1024

export const fetchTransport: Transport = async ({ method, url, headers, body }, { timeoutMs, signal, isLast }) => {
  const content = (body ?? null) as BodyInit | null
  const keepalive = isLast === true && (body?.length ?? 0) <= lastBytesMax
  if (keepalive && !('keepalive' in Request.prototype)) {
    // It has no headers, so the key goes in the address; nor an answer, so that the events stay kept until somebody says they arrived.
    navigator.sendBeacon(`${url}?key=${encodeURIComponent((headers['authorization'] ?? '').slice(7))}`, content)
    throw new Error('a beacon has no answer')
  }
  const stop = new AbortController()
  const abort = () => stop.abort()
  const timer = setTimeout(abort, timeoutMs)
  signal?.addEventListener('abort', abort, { signal: stop.signal })
  try {
    const answer = await fetch(url, {
      method,
      headers,
      body: content,
      keepalive,
      signal: stop.signal,
      credentials: 'omit', // the key says who it is; cookies are nobody's business
      cache: 'no-store',
    })
    const wait = answer.headers.get('retry-after') ?? undefined
    return { status: answer.status, headers: { 'retry-after': wait }, body: await answer.text() }
  } finally {
    clearTimeout(timer)
    abort()
  }
}
