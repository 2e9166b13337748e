/** The SDK in a page: requests by fetch, a spool in IndexedDB, and a page that may go at any time without losing what it was given. */

import { gzip } from './browser/gzip.ts'
import { watchPage } from './browser/page.ts'
import { openIndexedSpool } from './browser/spool.ts'
import { fetchTransport, lastBytesMax } from './browser/transport.ts'
import { createClientOn } from './client.ts'
import type { Extras, Platform } from './parts.ts'
import type { StorageSpool } from './storage.ts'
import type { Client, ClientOptions, EventMap } from './types.ts'

export { SdkError, type SdkErrorCode } from './errors.ts'
export type * from './types.ts'

/** A secret in a page is none: sign by way of your own server, with `sign`. */
export type BrowserOptions = Omit<ClientOptions, 'authKey' | 'handleSignals' | 'storage'> & {
  readonly authKey?: never
  /** A backlog of your own instead of memory: `storageSpool(yours)` of `@millrace/sdk/storage`, which few pages want to load. */
  readonly storage?: StorageSpool
  /** `extras` of `@millrace/sdk/extras`: the client can `log` values, `putEvent`, and tell what it does. */
  readonly extras?: Extras
}

/** A client that was opened without `extras`. */
export type PageClient<Events extends EventMap = EventMap> = Omit<
  Client<Events>,
  'log' | 'logObject' | 'setBucket' | 'bucket'
>

/** Opens a client. @throws SdkError `misuse`: there is no endpoint or no key. */
export function createClient<Events extends EventMap = EventMap>(
  options: BrowserOptions & { readonly extras: Extras },
): Client<Events>
export function createClient<Events extends EventMap = EventMap>(options: BrowserOptions): PageClient<Events>
export function createClient(options: BrowserOptions): PageClient {
  return createClientOn({ ...platform, extras: options.extras }, options as object)
}

const platform: Platform = {
  batchSize: 50,
  batchBytes: lastBytesMax,
  environment: {},
  transport: fetchTransport,
  gzip,
  openSpool({ spool, storage }, address, events) {
    if (storage) return (storage as unknown as StorageSpool)(events)
    return spool !== false && 'indexedDB' in globalThis ? openIndexedSpool(spool ?? {}, address, events) : undefined
  },
  watchExit: watchPage,
}
