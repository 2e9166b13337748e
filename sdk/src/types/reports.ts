/** What a client tells of what becomes of events: to listeners, and in numbers. */
import type { SdkError } from '../errors.ts'
import type { StoredEvent } from './events.ts'

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
