/** Picks of a batch what those who watch just now are to see: of each listener so many events, and how many more there were. */
import {
  type LiveEvent,
  type LiveFilter,
  type LivePick,
  type LiveStage,
  type LiveWatcher,
  liveStages,
} from '../live.ts'
import {
  type ObservedArrival,
  type ObservedBatch,
  type ObservedFailure,
  observedEvent,
  placeOf,
} from './observed-batch.ts'

/** Of one listener and one batch; batches come twice a second. */
const eventsMax = 100
/** Of all listeners and one batch. */
const bytesMax = 4 * 1024 * 1024
const rawBytesMax = 16 * 1024

export function pickLive(batch: ObservedBatch, watchers: readonly LiveWatcher[]): LivePick[] {
  const failures = placed(batch)
  const shared = { batch, failures, failed: indexesBySource(batch, failures), bytes: bytesMax }
  return watchers
    .map(({ id, filter }) => pickFor(id, filter, shared))
    .filter(({ events, dropped }) => events.length + dropped > 0)
}

interface PlacedFailure {
  readonly source: ObservedArrival
  readonly index: number
  readonly failure: ObservedFailure
}

/** What is worked out once for all listeners. */
interface Shared {
  readonly batch: ObservedBatch
  readonly failures: readonly PlacedFailure[]
  /** Which events of each arrival failed; undefined where none did. */
  readonly failed: readonly (ReadonlySet<number> | undefined)[]
  /** How much may be picked yet. */
  bytes: number
}

function pickFor(id: number, filter: LiveFilter, shared: Shared): LivePick {
  const events: LiveEvent[] = []
  let dropped = 0
  for (const stage of filter.stage === undefined ? liveStages : [filter.stage]) {
    let picked = 0
    forEachAt(stage, filter, shared, (source, index, failure) => {
      if (picked >= eventsMax || shared.bytes <= 0) {
        dropped += 1
        return
      }
      picked += 1
      const event = liveEvent(stage, source, index, failure)
      shared.bytes -= event.raw.length
      events.push(event)
    })
  }
  return { id, events, dropped }
}

/** A plain loop with nothing made on the way: a batch may have 50,000 events, and twenty may watch. */
function forEachAt(
  stage: LiveStage,
  { eventType, input }: LiveFilter,
  { batch: { arrivals, outputs, discardedTypes }, failures, failed }: Shared,
  see: (source: ObservedArrival, index: number, failure?: ObservedFailure) => void,
): void {
  if (stage === 'failed') {
    for (const { source, index, failure } of failures) {
      if (eventType !== undefined && failure.eventType !== eventType) continue
      if (input === undefined || source.batch.input.label === input) see(source, index, failure)
    }
    return
  }
  for (const [place, source] of (stage === 'ingested' ? arrivals : (outputs ?? arrivals)).entries()) {
    const { batch, duplicates, skip, origins } = source
    if (input !== undefined && batch.input.label !== input) continue
    const typeNumber = eventType === undefined ? undefined : batch.types.indexOf(eventType)
    if (typeNumber === -1) continue
    const left = stage === 'ingested' ? duplicates : skip
    const unloaded = stage === 'loaded' ? failed[place] : undefined
    const discarded = stage === 'loaded' ? numbersOf(batch.types, discardedTypes) : undefined
    for (let index = 0; index < batch.starts.length; index++) {
      if (discarded?.has(batch.typeIndex?.[index] ?? 0)) continue
      if (typeNumber !== undefined && (batch.typeIndex?.[index] ?? 0) !== typeNumber) continue
      if (left?.has(index) || unloaded?.has(origins?.[index] ?? index)) continue
      see(source, index)
    }
  }
}

/** Which of the types are among those; undefined where none is. */
function numbersOf(types: readonly string[], those: ReadonlySet<string> | undefined): ReadonlySet<number> | undefined {
  if (those === undefined || those.size === 0) return undefined
  return new Set(types.keys().filter((number) => those.has(types[number]!)))
}

function placed({ arrivals, failures }: ObservedBatch): PlacedFailure[] {
  return failures.flatMap((failure) => {
    const place = placeOf(arrivals, failure.offset)
    return place === undefined ? [] : [{ source: place.arrival, index: place.index, failure }]
  })
}

function indexesBySource({ arrivals }: ObservedBatch, failures: readonly PlacedFailure[]) {
  const indexes = new Map<ObservedArrival, Set<number>>()
  for (const { source, index } of failures) {
    const own = indexes.get(source) ?? new Set()
    indexes.set(source, own.add(index))
  }
  return arrivals.map((arrival) => indexes.get(arrival))
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
    raw: new Uint8Array(raw.subarray(0, rawBytesMax)), // a copy: a view would take the whole batch along to another thread
    isWhole: raw.length <= rawBytesMax,
    metadata,
  }
}
