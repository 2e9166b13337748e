/** What arrived in a batch of log records: which events go on, which cannot, and the books of all of them. */
import { idAt } from '@millrace/event/id'
import { decodeBatch, type EventBatch } from './batch.ts'
import type { LogRecord } from './log/log.ts'
import type { RestreamQueue } from './restream/queue.ts'
import type { Failure } from './restream.ts'

/** The events of one log record. */
export interface Arrival {
  readonly batch: EventBatch
  readonly firstOffset: bigint
  /** Second copies of an event that was sent through again. */
  readonly duplicates: ReadonlySet<number>
  /** Events that do not become rows: unreadable ones and second copies. */
  readonly skip: ReadonlySet<number>
}

/** Decodes a record and tells the copy of a restreamed event that counts from any other. @throws MillraceError `log_corrupt`. */
export function arrivalOf({ partition, offset, body }: LogRecord, restream: RestreamQueue): Arrival {
  const batch = decodeBatch(body)
  const copies = batch.resent?.map(({ offset: entry }, index) => ({
    entry: BigInt(entry),
    offset: offset + BigInt(index),
  }))
  const duplicates = copies === undefined ? new Set<number>() : restream.admit(partition, copies)
  const unreadable = batch.faults?.map(({ index }) => index) ?? []
  return { batch, firstOffset: offset, duplicates, skip: new Set([...unreadable, ...duplicates]) }
}

/** The first offset behind the arrivals. */
export function endOf({ batch, firstOffset }: Arrival): bigint {
  return firstOffset + BigInt(batch.starts.length)
}

/** When the oldest of the arrivals was received, ms since 1970 UTC. */
export function oldestOf(arrivals: readonly Arrival[]): number {
  return arrivals.reduce((least, { batch }) => Math.min(least, batch.receivedAt), Number.POSITIVE_INFINITY)
}

/** How long ago events were received, ms, and how many they are. */
export function delaysOf(arrivals: readonly Arrival[], now: number): [delayMs: number, events: number][] {
  return arrivals.map(({ batch }) => [now - batch.receivedAt, batch.starts.length])
}

/** Events that the intake could not read. */
export function unreadableOf(partition: number, arrivals: readonly Arrival[]): Failure[] {
  return arrivals.flatMap((arrival) =>
    (arrival.batch.faults ?? [])
      .filter(({ index }) => !arrival.duplicates.has(index))
      .map(({ index, code, message }) => failureOf(partition, arrival, index, { stage: 'ingest', code, message })),
  )
}

/** An event of an arrival as a failure, whole. */
export function failureOf(
  partition: number,
  { batch, firstOffset }: Arrival,
  index: number,
  reason: Pick<Failure, 'stage' | 'code' | 'message' | 'subject' | 'mappingVersion' | 'transformVersion'>,
): Failure {
  const resent = batch.resent?.[index]
  const receivedAt = resent?.receivedAt ?? batch.receivedAt
  return {
    partition,
    offset: firstOffset + BigInt(index),
    eventId: batch.ids?.[index] ?? idAt(batch.idBase, index),
    eventType: batch.types[batch.typeIndex?.[index] ?? 0] ?? '',
    input: batch.input,
    receivedAt,
    time: batch.times?.[index] ?? receivedAt,
    ...(batch.fetchedFor && { fetchedFor: batch.fetchedFor[batch.fetchedForIndex?.[index] ?? 0]! }),
    restreamCount: resent?.count ?? 0,
    raw: batch.payload.slice(batch.starts[index], batch.ends[index]),
    ...reason,
  }
}
