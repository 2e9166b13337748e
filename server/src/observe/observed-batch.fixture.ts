/** Batches for tests: events by their types, some of them failures. */
import { newIdBase } from '@millrace/event/id'
import type { EventBatch } from '../batch.ts'
import type { ObservedBatch } from './observed-batch.ts'

export interface TestEvent {
  readonly type: string
  readonly data?: object
  /** Why it cannot go on, where that is so. */
  readonly code?: string
}

/** One record with these events, the first of them at `firstOffset`. */
export function observed(
  events: readonly TestEvent[],
  firstOffset = 0n,
  more: Partial<EventBatch> = {},
): ObservedBatch {
  const texts = events.map(({ data = {} }) => Buffer.from(JSON.stringify(data)))
  const ends = Uint32Array.from(
    texts.map((_, index) => texts.slice(0, index + 1).reduce((sum, { length }) => sum + length, 0)),
  )
  const types = [...new Set(events.map(({ type }) => type))]
  const batch: EventBatch = {
    input: { id: 'i1', label: 'shop', type: 'native' },
    receivedAt: 1_700_000_000_000,
    idBase: newIdBase(1_700_000_000_000),
    types,
    ...(types.length > 1 && { typeIndex: events.map(({ type }) => types.indexOf(type)) }),
    starts: Uint32Array.from(texts.map(({ length }, index) => ends[index]! - length)),
    ends,
    payload: Buffer.concat(texts),
    ...more,
  }
  const failures = events.flatMap(({ type, code }, index) =>
    code === undefined
      ? []
      : [
          {
            offset: firstOffset + BigInt(index),
            eventType: type,
            input: { id: 'i1', label: 'shop', type: 'native' },
            stage: 'map' as const,
            code,
            message: `It is ${code}`,
          },
        ],
  )
  return { arrivals: [{ batch, firstOffset, duplicates: new Set() }], failures }
}
