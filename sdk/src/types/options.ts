/** What `createClient` is told, with defaults and units. Sizes are bytes of UTF-8, times ms. */
import type { EventRecord, EventStorage, Json } from './events.ts'
import type { Transport, WireFactory } from './wire.ts'

export interface ClientOptions {
  /** Address of the server, `http://127.0.0.1:4700`. In Node the variable MILLRACE_ENDPOINT where it is missing. */
  readonly endpoint?: string
  /** Key of an input. It can only write, so it may stand in a page. In Node the variable MILLRACE_API_KEY where it is missing. */
  readonly apiKey?: string
  /** Node only: signs every request with HMAC-SHA256. A secret in a page is none: there, give `sign`. */
  readonly authKey?: string
  /** Signs the bytes of a body as they are sent, for browsers by way of your own server: the value of `X-Millrace-Signature`. */
  readonly sign?: (body: Uint8Array) => Promise<string>
  /** Where `log` goes until `setBucket` says otherwise. A key that is missing is made up. */
  readonly bucket?: BucketOptions

  /** Events of a request, 1 to 2,000. 500; 50 in browsers. */
  readonly batchSize?: number
  /** Bytes of a request before compression, 1 KiB to 4 MiB. 256 KiB; 56 KiB in browsers. */
  readonly batchBytes?: number
  /** Longest wait of an event for company, at least 100 ms. 2,000. */
  readonly flushInterval?: number
  /** Requests under way at one time, 1 to 8. 2; 1 keeps the order of events. */
  readonly workers?: number

  /** Events in memory, those under way included. 10,000. */
  readonly backlogSize?: number
  /** Bytes of events in memory. 16 MiB. */
  readonly backlogBytes?: number
  /** What happens to an event that finds the backlog full. `spill` where there is a spool, else `reject`. Nothing is lost uncounted. */
  readonly onFull?: 'spill' | 'reject' | 'drop-oldest' | 'drop-newest'
  /** A backlog of your own instead of memory. */
  readonly storage?: EventStorage
  /** Keeps on disk, or in IndexedDB, what memory cannot hold and what an exit would lose. False: nothing is written. */
  readonly spool?: false | SpoolOptions

  /** How long one batch is tried again before it is spooled, or dropped where there is no spool. 1,800,000 ms. */
  readonly retryMaxTime?: number
  /** How often. 12; Infinity tries for ever. */
  readonly retryMaxCount?: number
  /** A wait is random(0, min(retryCap, retryBase × 2^attempt)): full jitter. 500 ms. */
  readonly retryBase?: number
  /** 30,000 ms. */
  readonly retryCap?: number
  /** Of one request. 10,000 ms. */
  readonly requestTimeout?: number

  /** How long `close` and signals wait for answers. 5,000 ms. */
  readonly shutdownTimeout?: number
  /** Node, main thread: signals that flush first and then take their course. True for SIGTERM, SIGINT and SIGHUP, the default. */
  readonly handleSignals?: boolean | readonly string[]

  /** `auto`, the default: gzip from 1 KiB up. */
  readonly compress?: 'auto' | 'gzip' | 'none'
  /** Changes an event before it is taken, or drops it with null; counted as `filtered`. */
  readonly beforeSend?: (event: EventRecord) => EventRecord | null
  /** Added to each event as its field `context`, unless it has one. */
  readonly context?: { readonly [key: string]: Json } | (() => { readonly [key: string]: Json })
  /** Part of the events that is kept, 0 to 1. 1. */
  readonly sampleRate?: number
  /** 0 says nothing, 1 prints each event, 2 prints more and throws on misuse, 3 prints bodies. Keys are never printed. 0. */
  readonly debugLevel?: DebugLevel
  readonly logger?: Logger
  /** Another way to send, a proxy for instance. */
  readonly transport?: Transport
  /** Another protocol than Millrace's own. */
  readonly wire?: WireFactory
  /** ms since 1970 UTC. */
  readonly now?: () => number
  /** 0 to 1. */
  readonly random?: () => number
}

export type DebugLevel = 0 | 1 | 2 | 3

export interface BucketOptions {
  readonly key?: string
  readonly name?: string
}

export interface SpoolOptions {
  /** Node: a folder of the user's own below the system's folder for temporary files, or MILLRACE_SPOOL_DIR. Shared by processes. */
  readonly dir?: string
  /** `lazy` writes only what memory cannot hold and what an exit would lose; `always` writes each event as it comes. `lazy`. */
  readonly mode?: 'lazy' | 'always'
  /** When written bytes are forced to the disk: `never`, each second, or with each write. `never`. */
  readonly fsync?: 'never' | 'interval' | 'batch'
  /** 256 MiB; 5 MiB in browsers. Beyond it the oldest go, counted as `drop: full`. */
  readonly maxBytes?: number
  /** 7 days, in ms. Older ones go, counted as `drop: expired`. */
  readonly maxAge?: number
}

export interface Logger {
  debug(line: string): void
  warn(line: string): void
  error(line: string): void
}
