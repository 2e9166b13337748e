import type { FlushResult, StoredEvent } from './types.ts'

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

/** What a spool keeps events in, by a name or as whatever it likes. */
export type SpoolFile = string | object

/** An event on disk, and where. */
export interface SpooledEvent<File = SpoolFile> {
  readonly event: StoredEvent
  readonly file: File
}

/**
 * Keeps events on disk until they are settled. What is `queued` is there alone and is read back; a `copy` is of an event that is in
 * memory too, and is read back only by whoever comes after this client.
 */
export interface Spool<File = SpoolFile> {
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
  copy(events: readonly StoredEvent[]): File | undefined
  /** Writes what waits for company. Synchronous where the platform can. */
  writeOut(): void
  /** False: the copies in this file could not be written after all. */
  holds?(file: File): boolean
  /** The oldest queued ones, to be gone through once and at once. They stay on disk until they are settled. */
  read(eventsMax: number): Promise<Iterable<SpooledEvent<File>>>
  /** One event of this file is done with. */
  settle(file: File): void
  /** Everything written is on the disk. */
  sync(): Promise<void>
  /** What is not settled stays for whoever comes next. */
  close(): void | Promise<void>
}
