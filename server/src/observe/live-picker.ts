/** Picks of a batch what those who watch just now are to see: of each listener so many events, and how many more there were. */
import type { LiveEvent, LiveFilter, LivePick, LiveStage, LiveWatcher } from '../live.ts'
import { liveStages } from '../live.ts'
import {
  type ObservedArrival,
  type ObservedBatch,
  type ObservedFailure,
  observedEvent,
  placeOf,
  typeOf,
} from './observed-batch.ts'

/** Of one listener and one batch; batches come twice a second. */
const eventsMax = 100
/** Of all listeners and one batch. */
const bytesMax = 4 * 1024 * 1024
const rawBytesMax = 16 * 1024

export function pickLive(batch: ObservedBatch, watchers: readonly LiveWatcher[]): LivePick[] {
  const failed = new Set(batch.failures.map(({ offset }) => offset))
  const budget = { bytes: bytesMax }
  return watchers
    .map(({ id, filter }) => pickFor(id, filter, batch, failed, budget))
    .filter(({ events, dropped }) => events.length + dropped > 0)
}

function pickFor(
  id: number,
  filter: LiveFilter,
  batch: ObservedBatch,
  failed: ReadonlySet<bigint>,
  budget: { bytes: number },
): LivePick {
  const events: LiveEvent[] = []
  let dropped = 0
  for (const stage of filter.stage === undefined ? liveStages : [filter.stage]) {
    let picked = 0
    for (const { source, index, failure } of seenAt(stage, batch, failed, filter)) {
      if (picked >= eventsMax || budget.bytes <= 0) {
        dropped += 1
        continue
      }
      picked += 1
      const event = liveEvent(stage, source, index, failure)
      budget.bytes -= event.raw.length
      events.push(event)
    }
  }
  return { id, events, dropped }
}

interface Seen {
  readonly source: ObservedArrival
  readonly index: number
  readonly failure?: ObservedFailure
}

function* seenAt(
  stage: LiveStage,
  { arrivals, outputs, failures }: ObservedBatch,
  failed: ReadonlySet<bigint>,
  { eventType, input }: LiveFilter,
): Generator<Seen> {
  if (stage === 'failed') {
    for (const failure of failures) {
      if (eventType !== undefined && failure.eventType !== eventType) continue
      const place = placeOf(arrivals, failure.offset)
      if (place === undefined) continue
      if (input !== undefined && place.arrival.batch.input.label !== input) continue
      yield { source: place.arrival, index: place.index, failure }
    }
    return
  }
  for (const source of stage === 'ingested' ? arrivals : (outputs ?? arrivals)) {
    const { batch, firstOffset, duplicates, skip, origins } = source
    if (input !== undefined && batch.input.label !== input) continue
    if (eventType !== undefined && !batch.types.includes(eventType)) continue
    for (let index = 0; index < batch.starts.length; index++) {
      if (eventType !== undefined && typeOf(batch, index) !== eventType) continue
      if (duplicates?.has(index)) continue
      if (stage !== 'ingested' && skip?.has(index)) continue
      if (stage === 'loaded' && failed.has(firstOffset + BigInt(origins?.[index] ?? index))) continue
      yield { source, index }
    }
  }
}

function liveEvent(
  stage: LiveStage,
  source: ObservedArrival,
  index: number,
  failure: ObservedFailure | undefined,
): LiveEvent {
  const { raw, metadata, ...event } = observedEvent(source, index, failure)
  return {
    stage,
    ...event,
    input: metadata.input_label,
    raw: raw.slice(0, rawBytesMax),
    isWhole: raw.length <= rawBytesMax,
    metadata,
  }
}
