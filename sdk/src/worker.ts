/** The SDK where there is neither page nor disk: workers of browsers and of edge servers, Deno. In memory alone: `flush` before the end. */

import { gzip } from './browser/gzip.ts'
import { fetchTransport } from './browser/transport.ts'
import type { BrowserOptions, PageClient } from './browser.ts'
import { createClientOn } from './client.ts'
import type { Extras, Platform } from './parts.ts'
import type { StorageSpool } from './storage.ts'
import type { Client, EventMap } from './types.ts'

export { SdkError, type SdkErrorCode } from './errors.ts'
export type * from './types.ts'

export type WorkerOptions = Omit<BrowserOptions, 'spool'>

/** Opens a client. @throws SdkError `misuse`: there is no endpoint or no key. */
export function createClient<Events extends EventMap = EventMap>(
  options: WorkerOptions & { readonly extras: Extras },
): Client<Events>
export function createClient<Events extends EventMap = EventMap>(options: WorkerOptions): PageClient<Events>
export function createClient(options: WorkerOptions): PageClient {
  return createClientOn({ ...platform, extras: options.extras }, options as object)
}

const platform: Platform = {
  batchSize: 256,
  batchBytes: 256 * 1024,
  environment: {},
  transport: fetchTransport,
  gzip,
  openSpool: ({ storage }, _, events) => (storage as unknown as StorageSpool | undefined)?.(events),
}
