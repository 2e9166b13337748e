/** What the SDK needs of where it runs; `node.ts` and `browser.ts` give it. */
import type { Contents } from './batch.ts'
import type { Settings } from './settings.ts'
import type { ClientOptions, FlushResult, StoredEvent, Transport } from './types.ts'

export interface Platform {
  readonly batchSize: number
  readonly batchBytes: number
  /** Where endpoint and key may come from beside the options. */
  readonly environment: { readonly endpoint?: string | undefined; readonly apiKey?: string | undefined }
  readonly transport: Transport
  /** Undefined where there is no gzip. */
  gzip?(body: string | Uint8Array): Promise<Uint8Array>
  /** How events are kept in memory whose wire sends lines; as objects where it is missing. Returns what opens one. */
  openContents?(line: (event: StoredEvent) => string, settings: Settings): () => Contents
  /** The value of `X-Millrace-Signature` over a body as it is sent. */
  sign?(authKey: string, body: Uint8Array, now: number): string
  /** Undefined where nothing can be kept. */
  openSpool?(options: ClientOptions, address: string, events: SpoolEvents): Spool | undefined
  /** Calls back when process or page are about to go; returns how to stop that. */
  watchExit?(hooks: ExitHooks, options: ClientOptions): () => void
}

export interface ExitHooks {
  /** There is a spool. */
  readonly keeps: boolean
  flush(timeoutMs: number): Promise<FlushResult>
  close(timeoutMs: number): Promise<FlushResult>
  /** Writes what is not answered for to the spool, at once; returns how many events are lost all the same. */
  spoolRest(): number
  /** Sends what fits into one last request that nobody waits for. */
  sendLast(): void
  readonly pending: number
}

export interface SpoolEvents {
  /** Events that were on disk are lost: the budget, their age, a damaged line. */
  lost(reason: 'full' | 'expired' | 'invalid', count: number, sample?: StoredEvent): void
  failed(message: string, cause: unknown): void
  /** There may be something to read. */
  found(): void
}

/** An event on disk, and where. */
export interface SpooledEvent {
  readonly event: StoredEvent
  readonly file: string
}

/**
 * Keeps events on disk until they are settled. What is `queued` is there alone and is read back; a `copy` is of an event that is in
 * memory too, and is read back only by whoever comes after this client.
 */
export interface Spool {
  readonly mode: 'lazy' | 'always'
  /** Events go there before they go anywhere else. */
  readonly takesAll?: boolean
  /** Events that are queued here and not read yet. */
  readonly count: number
  /** All of these wait until what was read before is settled. */
  readonly isBlocked?: boolean
  /** False: they could not be written. Synchronous where the platform can. */
  queue(events: readonly StoredEvent[]): boolean
  /** Which file holds the copies; undefined: they could not be written. They may wait for company until `writeOut`. */
  copy(events: readonly StoredEvent[]): string | undefined
  /** Writes what waits for company. Synchronous where the platform can. */
  writeOut(): void
  /** False: the copies in this file could not be written after all. */
  holds?(file: string): boolean
  /** The oldest queued ones. They stay on disk until they are settled. */
  read(eventsMax: number): Promise<SpooledEvent[]>
  /** One event of this file is done with. */
  settle(file: string): void
  /** Everything written is on the disk. */
  sync(): Promise<void>
  /** What is not settled stays for whoever comes next. */
  close(): void | Promise<void>
}
