/**
 * What a log is: batches are appended, kept in order, and read again from any offset. `log.suite.ts` proves it of each.
 *
 * Offsets count events, not bytes or batches: a record of n events at offset o is followed by the record at o + n.
 */

export interface LogAppend {
  readonly partition: number
  /** Events in the body, at least 1. */
  readonly count: number
  /** The body in pieces, which are written one behind the other. They must not change until the append is answered. */
  readonly body: readonly Uint8Array[]
  /** A few bytes (at most {@link tagBytesMax}) that `recentTags` tells again after a restart. The log does not look inside. */
  readonly tag?: Uint8Array
}

export const tagBytesMax = 512

export interface LogRecord {
  readonly partition: number
  /** Offset of the first event. */
  readonly offset: bigint
  readonly count: number
  /** ms since 1970 UTC. */
  readonly appendedAt: number
  readonly tag: Uint8Array | undefined
  /** Valid until the next record is asked for, unless copied. */
  readonly body: Uint8Array
}

export interface LogTag {
  readonly partition: number
  readonly offset: bigint
  readonly count: number
  readonly appendedAt: number
  readonly tag: Uint8Array
}

export interface PartitionStatus {
  readonly partition: number
  /** First offset that can still be read. */
  readonly start: bigint
  /** First offset not yet durable: what a reader at the tail waits for. */
  readonly end: bigint
  /** Bytes on disk, spare segments included. */
  readonly bytes: number
  /** ms since 1970 UTC of the oldest record, undefined in an empty partition. */
  readonly oldestAt: number | undefined
  /** Why nothing more is appended or read, where that is so. */
  readonly stopped: string | undefined
}

export interface LogReader {
  /**
   * Every record from the one that holds `from`, in order, and then each new one as soon as it is durable, without polling.
   * Ends when the signal aborts.
   * @throws MillraceError `log_trimmed`: `from` is no longer kept; `log_corrupt`: a record is damaged, nothing behind it is told.
   */
  read(partition: number, from: bigint, signal: AbortSignal): AsyncIterable<LogRecord>
}

export interface Log extends LogReader {
  /**
   * Resolves to the offset of the first event once the record is durable; records become durable in the order of the calls.
   * @throws MillraceError `storage_full` (before anything is written; nothing else is lost, repeat later), `log_stopped` (the
   * disk failed: this log takes nothing more until it is opened again), `log_corrupt`.
   */
  append(record: LogAppend): Promise<bigint>
  /** Tags of the records of the partition appended at or after `since` (ms since 1970 UTC), oldest first. */
  recentTags(partition: number, since: number): AsyncIterable<LogTag>
  /**
   * Gives back the space of records that the retention rule no longer keeps (age, size), never at or past `floor`: what a
   * destination does not hold durably, or what the restream queue still refers to. Works in whole segments; safe to repeat.
   */
  trim(partition: number, floor: bigint): Promise<void>
  status(partition: number): PartitionStatus
  /** Waits for what is under way, then gives everything back. */
  close(): Promise<void>
}
