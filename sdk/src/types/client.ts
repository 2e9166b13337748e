/** The client as its users call it. */
import type { EventMap, TrackOptions } from './events.ts'
import type { BucketOptions, DebugLevel } from './options.ts'
import type { ClientEvents, ClientStats } from './reports.ts'

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
  /** Resolves when there is room; or at once where nothing is sent any more, after `close` or with a key that lets nothing in. */
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
