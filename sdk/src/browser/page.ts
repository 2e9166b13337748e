/**
 * What a page does when it is hidden, which may be the last that is heard of it: it keeps everything, and sends what fits into one
 * request. Never at `unload`, which keeps pages out of the cache for going back.
 */
import type { ExitHooks } from '../platform.ts'

/** How long a page that is online again goes without waiting for company. */
const onlineMs = 10_000

/** `keeps`: there is a spool. */
export function watchPage(hooks: ExitHooks, keeps: boolean): () => void {
  const hide = () => {
    if (document.visibilityState !== 'hidden') return
    leave()
  }
  const leave = () => {
    if (hooks.pending === 0) return
    if (keeps) hooks.spoolRest() // first, since the request may be cut off
    hooks.sendLast()
  }
  const online = () => void hooks.flush(onlineMs)
  const listeners: [EventTarget, string, () => void][] = [
    [document, 'visibilitychange', hide],
    [window, 'pagehide', leave],
    [window, 'online', online],
  ]
  for (const [target, name, listener] of listeners) target.addEventListener(name, listener)
  return () => {
    for (const [target, name, listener] of listeners) target.removeEventListener(name, listener)
  }
}
