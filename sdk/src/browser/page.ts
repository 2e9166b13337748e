/**
 * What a page does when it is hidden, which may be the last that is heard of it: it keeps everything, and sends what fits into one
 * request. Never at `unload`, which keeps pages out of the cache for going back.
 */
import type { ExitHooks } from '../platform.ts'

/** How long a page that is online again goes without waiting for company. */
const onlineMs = 10_000

export function watchPage(hooks: ExitHooks): () => void {
  const leave = () => {
    if (hooks.pending === 0) return
    if (hooks.keeps) hooks.spoolRest() // first, since the request may be cut off
    hooks.sendLast()
  }
  const stop = new AbortController()
  const on = (target: EventTarget, name: string, listener: () => void) =>
    target.addEventListener(name, listener, { signal: stop.signal })
  on(document, 'visibilitychange', () => document.visibilityState === 'hidden' && leave())
  on(window, 'pagehide', leave)
  on(window, 'online', () => void hooks.flush(onlineMs))
  return () => stop.abort()
}
