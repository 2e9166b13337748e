/** What users of the SDK see: options with their defaults and units, the client, its events. Sizes are bytes of UTF-8, times ms. */
import type { SdkError } from './errors.ts'

/** A JSON value, as `JSON.parse` gives it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Event types by name, each with the shape of its data: `createClient<{ order: { id: number } }>(…)`. */
export type EventMap = Record<string, object>

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

export interface TrackOptions {
  /** The event's id, kept over every repeat; made here where it is missing. 1 to 128 characters. */
  readonly id?: string
  /** When it happened; now where it is missing. */
  readonly time?: number | Date
  /** Another key to sign with, for protocols that sign each stream by its own. */
  readonly authKey?: string
}

/** An event before it is serialised. */
export interface EventRecord {
  readonly type: string
  readonly id: string
  /** ms since 1970 UTC. */
  readonly time: number
  readonly data: { readonly [key: string]: unknown }
}

/** An event as it is kept and sent. */
export interface StoredEvent {
  /** Event type, table or stream: one thing. */
  readonly stream: string
  readonly id: string
  /** ms since 1970 UTC. */
  readonly time: number
  /** JSON text of the data. */
  readonly data: string
  readonly authKey?: string
}

/** A backlog of your own: first in, first out in each stream. `getEvent` does not remove; `removeEvent` comes after the answer. */
export interface EventStorage {
  /** False: full. */
  addEvent(event: StoredEvent): boolean | Promise<boolean>
  getEvent(stream: string, max?: number, maxBytes?: number): StoredEvent[] | Promise<StoredEvent[]>
  removeEvent(stream: string, ids: readonly string[]): void | Promise<void>
  isEmpty(): boolean | Promise<boolean>
  /** Those that hold events already when the client is made. */
  streams?(): Iterable<string>
  close?(): Promise<void>
}

export interface Client<Events extends EventMap = EventMap> extends AsyncDisposable {
  /**
   * Takes an event: at once, without waiting, without throwing (below `debugLevel` 2). The data is serialised now, so that it may
   * change afterwards. True: taken, and there is room. False: taken but pause, `await ready()`; or not taken, and a `drop` says why.
   */
  track<Type extends keyof Events & string>(type: Type, data: Events[Type] | string, options?: TrackOptions): boolean
  /** `track` by its older name. */
  write(table: string, data: object): boolean
  /** A value of a series of the bucket. `epoch`: seconds since 1970 UTC, with fractions; a value above 1e11 is read as ms. */
  log(key: string, value: unknown, epoch?: number | Date): boolean
  /** Every value of a list, an object or a Map as `prefix_key`; returns how many there were. */
  logObject(values: object, keyPrefix?: string, epoch?: number | Date): number
  /** Where `log` goes from now on; returns its key. What was logged before stays where it was. */
  setBucket(bucket: BucketOptions): string
  /** Another bucket beside the first. */
  bucket(key: string, name?: string): SeriesLogger
  /** Resolves when there is room. */
  ready(): Promise<void>
  /** Everything taken before the call is answered for when it resolves: acknowledged, finally refused, or on disk. */
  flush(options?: FlushOptions): Promise<FlushResult>
  /** Everything taken so far is on disk. @throws SdkError `spool`: it is not, or there is no spool. */
  sync(): Promise<void>
  /** Flushes, spools the rest, and gives everything back; from then on `track` returns false. */
  close(options?: { timeoutMs?: number }): Promise<FlushResult>
  /** `close` by its older name. */
  stop(options?: { timeoutMs?: number }): Promise<FlushResult>
  /** One request now, past the backlog and without repeats. @throws SdkError */
  putEvent(type: string, data: object | string, options?: TrackOptions): Promise<PutResult>
  /** The same for several events. @throws SdkError */
  putEvents(type: string, data: readonly (object | string)[], options?: TrackOptions): Promise<PutResult>
  /** Returns how to stop listening. */
  on<Name extends keyof ClientEvents>(name: Name, listener: ClientEvents[Name]): () => void
  stats(): ClientStats
  setDebug(level: DebugLevel): void
}

export type SeriesLogger = Pick<Client, 'log' | 'logObject' | 'flush'>

export interface FlushOptions {
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** What became of the events that were taken before. */
export interface FlushResult {
  readonly acked: number
  readonly rejected: number
  readonly spooled: number
  /** Neither yet, because time ran out. */
  readonly pending: number
}

export interface PutResult {
  readonly status: number
  readonly accepted: number
  readonly rejected: number
}

export interface BatchInfo {
  readonly batchId: string
  /** The stream, where all events of the batch are of one. */
  readonly stream: string | undefined
  readonly count: number
  readonly bytes: number
  /** 0 for the first. */
  readonly attempt: number
}

export interface ClientEvents {
  /** Just before a request. */
  send(batch: BatchInfo): void
  /** Just after its yes. */
  flush(batch: BatchInfo & { readonly accepted: number; readonly rejected: number }): void
  /** A batch was refused for good, or the key is wrong. Without a listener the logger is told. */
  error(error: SdkError): void
  retry(batch: BatchInfo & { readonly waitMs: number; readonly cause: SdkError }): void
  drop(drop: Drop): void
  /** Events went to the spool. */
  spill(spill: { readonly events: number; readonly bytes: number }): void
  /** Nothing waits any more, in memory or on disk. */
  drain(): void
  debug(line: string): void
}

export type DropReason = 'full' | 'too-large' | 'rejected' | 'filtered' | 'sampled' | 'invalid' | 'closed' | 'expired'

export interface Drop {
  readonly reason: DropReason
  readonly count: number
  /** The first of them, as far as it could be read. */
  readonly sample: Partial<StoredEvent>
}

export interface ClientStats {
  readonly accepted: number
  /** In memory, those under way included. */
  readonly pending: number
  readonly inFlight: number
  readonly acked: number
  /** The server had them already. */
  readonly duplicates: number
  /** The server keeps them, but could not read or map them. */
  readonly rejected: number
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>
  readonly filtered: number
  readonly spooledNow: number
  readonly retries: number
  /** Sent, after compression. */
  readonly bytes: number
  readonly lastError: SdkError | undefined
}

export interface Logger {
  debug(line: string): void
  warn(line: string): void
  error(line: string): void
}

export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** What a server said. */
export interface WireAnswer {
  readonly status: number
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

/** Sends one request. @throws whatever kept it from an answer: it is tried again. */
export type Transport = (
  request: Omit<WireRequest, 'body'> & { readonly body: string | Uint8Array | undefined },
  options: {
    readonly timeoutMs: number
    readonly signal?: AbortSignal | undefined
    readonly isLast?: boolean | undefined
  },
) => Promise<WireAnswer>

/** What an answer means for the events of a batch. */
export type Verdict =
  | {
      readonly kind: 'acknowledged'
      readonly status: number
      readonly duplicates?: number | undefined
      /** Events that the server keeps aside, by their place in the batch. */
      readonly rejected?: readonly { readonly index: number; readonly message: string }[] | undefined
    }
  /** The same again later. Without a status there was no answer. */
  | {
      readonly kind: 'retry'
      readonly message: string
      readonly status?: number
      readonly retryAfterMs?: number | undefined
    }
  /** In two halves. */
  | { readonly kind: 'too-large'; readonly message: string; readonly status: number }
  /** The key lets nothing in: keep everything, send nothing more. */
  | { readonly kind: 'unauthorized'; readonly message: string; readonly status: number }
  /** Never. */
  | { readonly kind: 'refused'; readonly message: string; readonly status: number }

/** One server's way to take events. Pure. */
export interface Wire {
  /** Events that may share a batch have the same one. */
  lane(event: StoredEvent): string
  encode(events: readonly StoredEvent[], batchId: string): WireRequest
  /** The line of an event, where a body is lines and nothing else: `encode` and `judge` may be given none then. */
  line?(event: StoredEvent): string
  judge(answer: WireAnswer, events: readonly StoredEvent[]): Verdict
  /** Whether bodies may be compressed. */
  readonly canCompress: boolean
  /** Tells the server a bucket's name, where it wants to know. The name may be empty. */
  nameBucket?(key: string, name: string): WireRequest | undefined
}

export type WireFactory = (address: { readonly endpoint: string; readonly apiKey: string }) => Wire
