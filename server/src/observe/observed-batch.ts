/**
 * A batch as those see it who look on: what arrived, and what could not go on. Nothing is computed before it is asked for, so that
 * handing one over costs the pipeline nothing.
 */
import { idAt } from '@millrace/event/id'
import { type EventBatch, noteOf } from '../batch.ts'
import type { Failure } from '../restream.ts'
import { type EventMetadata, validStatus } from '../samples.ts'

export interface ObservedBatch {
  readonly arrivals: readonly ObservedArrival[]
  readonly failures: readonly ObservedFailure[]
  /** What the users' code made of the arrivals, one for each; where it is missing, the arrivals themselves. */
  readonly outputs?: readonly ObservedArrival[]
  /** Event types of outputs that the mapping discards. */
  readonly discardedTypes?: ReadonlySet<string>
}

/** The events of one log record; event i has the offset `firstOffset + i`. */
export interface ObservedArrival {
  readonly batch: EventBatch
  readonly firstOffset: bigint
  /** Events that count no more: second copies of what was sent through again. */
  readonly duplicates?: ReadonlySet<number>
  /** Events that do not go on, `duplicates` among them. */
  readonly skip?: ReadonlySet<number>
  /** Of an output: which event of the arrival each event was made of; the one at the same place where it is missing. */
  readonly origins?: Uint32Array
}

export type ObservedFailure = Pick<Failure, 'offset' | 'eventType' | 'input' | 'stage' | 'code' | 'subject' | 'message'>

export interface ObservedEvent {
  readonly eventType: string
  /** `VALID`, or the code of its failure. */
  readonly status: string
  /** Why it failed; null where it did not. */
  readonly message: string | null
  /** ms since 1970 UTC, as received. */
  readonly receivedAt: number
  /** As it arrived: a view of the batch, to be copied by whoever keeps it. */
  readonly raw: Uint8Array
  readonly metadata: EventMetadata
}

export function typeOf({ types, typeIndex }: EventBatch, index: number): string {
  return types[typeIndex?.[index] ?? 0] ?? ''
}

/** One event of an arrival, made when it is looked at. */
export function observedEvent(
  { batch }: ObservedArrival,
  index: number,
  failure: ObservedFailure | undefined,
): ObservedEvent {
  const resent = batch.resent?.[index]
  const receivedAt = resent?.receivedAt ?? batch.receivedAt
  const eventType = typeOf(batch, index)
  const note = noteOf(batch, index)
  return {
    eventType,
    status: failure?.code ?? validStatus,
    message: failure?.message ?? null,
    receivedAt,
    raw: batch.payload.subarray(batch.starts[index], batch.ends[index]),
    metadata: {
      '@uuid': batch.ids?.[index] ?? idAt(batch.idBase, index),
      '@timestamp': new Date(receivedAt).toISOString(),
      event_type: eventType,
      input_label: batch.input.label,
      input_type: batch.input.type,
      input_id: batch.input.id,
      restream_count: resent?.count ?? 0,
      ...(note !== undefined && { '@note': note }),
    },
  }
}

/** The arrival that holds an offset, and which of its events it is; undefined where none does. */
export function placeOf(
  arrivals: readonly ObservedArrival[],
  offset: bigint,
): { readonly arrival: ObservedArrival; readonly index: number } | undefined {
  const arrival = arrivals.findLast(({ firstOffset }) => firstOffset <= offset)
  if (arrival === undefined) return undefined
  const index = Number(offset - arrival.firstOffset)
  return index < arrival.batch.starts.length ? { arrival, index } : undefined
}
