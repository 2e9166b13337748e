/** The SDK in a page: requests by fetch, a spool in IndexedDB, and a page that may go at any time without losing what it was given. */
import { gzip } from './browser/gzip.ts'
import { watchPage } from './browser/page.ts'
import { openIndexedSpool } from './browser/spool.ts'
import { fetchTransport, lastBytesMax } from './browser/transport.ts'
import { createClientOn } from './client.ts'
import { newClientId } from './ids.ts'
import type { ExitHooks, Platform } from './platform.ts'
import type { Client, ClientOptions, EventMap } from './types.ts'

export { SdkError, type SdkErrorCode } from './errors.ts'
export type * from './types.ts'

/** A secret in a page is none: sign by way of your own server, with `sign`. */
export type BrowserOptions = Omit<ClientOptions, 'authKey' | 'handleSignals'> & { readonly authKey?: never }

/** Opens a client. @throws SdkError `misuse`: there is no endpoint or no key. */
export function createClient<Events extends EventMap = EventMap>(options: BrowserOptions): Client<Events> {
  return createClientOn<Events>(openBrowserPlatform(), options)
}

/** One for each client: its spool and its page know of each other. */
function openBrowserPlatform(): Platform {
  let page: ExitHooks | undefined
  let keeps = false
  return {
    batchSize: 50,
    batchBytes: lastBytesMax,
    environment: {},
    transport: fetchTransport,
    gzip,
    openSpool({ spool }, address, events) {
      if (spool === false || !('indexedDB' in globalThis)) return undefined
      keeps = true
      const client = newClientId(Date.now())
      return openIndexedSpool({ options: spool ?? {}, address, client, events, found: () => void page?.flush(0) })
    },
    watchExit(hooks) {
      page = hooks
      return watchPage(hooks, keeps)
    },
  }
}
