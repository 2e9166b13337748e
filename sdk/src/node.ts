/** The SDK in Node: requests over kept connections, a spool in files, and ends of the process that lose nothing. */

import { createHmac } from 'node:crypto'
import { createClientOn } from './client.ts'
import { extras } from './extras.ts'
import { newClientId } from './ids.ts'
import { gzipBody } from './node/gzip.ts'
import { holdProcess, watchProcess } from './node/lifetime.ts'
import { openPacks } from './node/pack.ts'
import { openFileSpool } from './node/spool.ts'
import { openNodeTransport } from './node/transport.ts'
import type { Platform } from './parts.ts'
import { openStorageSpool } from './storage.ts'
import type { Client, ClientOptions, EventMap } from './types.ts'

export { SdkError, type SdkErrorCode } from './errors.ts'
export { importMissedEvents, importOfflineRows } from './node/offline-files.ts'
export type * from './types.ts'

export const nodePlatform: Platform = {
  batchSize: 500,
  batchBytes: 256 * 1024,
  get environment() {
    return { endpoint: process.env['MILLRACE_ENDPOINT'], apiKey: process.env['MILLRACE_API_KEY'] }
  },
  transport: openNodeTransport(),
  gzip: gzipBody,
  sign({ authKey, now = Date.now }) {
    if (!authKey) return undefined
    return async (body) => {
      const seconds = Math.floor(now() / 1000)
      const digest = createHmac('sha256', authKey).update(`${seconds}.`).update(body).digest('hex')
      return `t=${seconds},v1=${digest}`
    }
  },
  byteLength: (text) => Buffer.byteLength(text),
  extras,
  openContents: openPacks,
  openSpool({ spool, storage }, address, events) {
    if (storage !== undefined) return openStorageSpool(storage, events)
    if (spool === false) return undefined
    return openFileSpool({ options: spool ?? {}, address, client: newClientId(Date.now()), events })
  },
  watchExit: watchProcess,
  hold: holdProcess,
}

/** Opens a client. @throws SdkError `misuse`: there is no endpoint or no key. */
export function createClient<Events extends EventMap = EventMap>(options: ClientOptions = {}): Client<Events> {
  return createClientOn<Events>(nodePlatform, options)
}
