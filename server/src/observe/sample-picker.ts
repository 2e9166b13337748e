/** Picks the few events of a batch that become samples, by looking at as few as it can. */
import { type SampleCount, samplesPerStatus, validStatus } from '../samples.ts'
import {
  type ObservedArrival,
  type ObservedBatch,
  type ObservedEvent,
  type ObservedFailure,
  observedEvent,
  placeOf,
} from './observed-batch.ts'

/** Once as many samples are held as may be, so often some are replaced, and so many. */
const refreshIntervalMs = 5_000
const picksPerRefresh = 3
/** After nothing was found. */
const vainIntervalMs = 1_000
/** A kind is one event type with one status. Kinds beyond these have no samples. */
const kindsMax = 5_000
/** Between two calls of `take`. */
const pickedBytesMax = 16 * 1024 * 1024
/** Of one event type in one record. */
const looksMax = 20
/** Of one batch, evenly over all of them. */
const failuresMax = 200

interface Kind {
  held: number
  /** When it last got some, ms since 1970 UTC. */
  refreshedAt: number
  picked: number
}

export class SamplePicker {
  readonly #kinds: Map<string, Kind>
  readonly #now: () => number
  #picked: ObservedEvent[] = []
  #pickedBytes = 0
  /** When nothing was found that went through, by event type; ms since 1970 UTC. */
  readonly #vainAt = new Map<string, number>()

  constructor(held: readonly SampleCount[], now: () => number) {
    this.#now = now
    this.#kinds = new Map(
      held.map(({ eventType, status, count }) => [
        keyOf(eventType, status),
        { held: count, refreshedAt: 0, picked: 0 },
      ]),
    )
  }

  /** Picks of a batch what is wanted; whether that is anything. */
  look({ arrivals, failures }: ObservedBatch): boolean {
    const before = this.#picked.length
    for (const failure of evenly(failures, failuresMax)) {
      if (!this.#wants(failure.eventType, failure.code)) continue
      const place = placeOf(arrivals, failure.offset)
      if (place) this.#pick(place.arrival, place.index, failure)
    }
    let failed: ReadonlySet<bigint> | undefined
    for (const arrival of arrivals) {
      for (const [typeNumber, type] of arrival.batch.types.entries()) {
        if (!this.#wants(type, validStatus) || this.#isVain(type)) continue
        failed ??= new Set(failures.map(({ offset }) => offset))
        if (!this.#lookFor(type, typeNumber, arrival, failed)) this.#noteVain(type)
      }
    }
    return this.#picked.length > before
  }

  /** What was picked since the last call. */
  take(): readonly ObservedEvent[] {
    const picked = this.#picked
    this.#picked = []
    this.#pickedBytes = 0
    const now = this.#now()
    for (const { eventType, status } of picked) {
      const kind = this.#kinds.get(keyOf(eventType, status))!
      kind.held += kind.picked
      kind.picked = 0
      kind.refreshedAt = now
    }
    return picked
  }

  /** From any place on and once around, so that what is behind in every record is looked at, too. Whether any was found. */
  #lookFor(type: string, typeNumber: number, arrival: ObservedArrival, failed: ReadonlySet<bigint>): boolean {
    const { batch, firstOffset, duplicates } = arrival
    const count = batch.starts.length
    const start = Math.floor(Math.random() * count)
    let looks = 0
    let isFound = false
    for (let ahead = 0; ahead < count && looks < looksMax && this.#wants(type, validStatus); ahead++) {
      const index = nextOfType(batch.typeIndex, typeNumber, (start + ahead) % count)
      const distance = (index - start + count) % count
      if (index < 0 || distance < ahead) break
      ahead = distance
      looks += 1
      if (duplicates?.has(index) || failed.has(firstOffset + BigInt(index))) continue
      this.#pick(arrival, index, undefined)
      isFound = true
    }
    return isFound
  }

  #noteVain(type: string): void {
    if (this.#vainAt.size >= kindsMax) this.#vainAt.clear()
    this.#vainAt.set(type, this.#now())
  }

  /** An event type of which nothing goes through is not looked for in each record. */
  #isVain(type: string): boolean {
    const at = this.#vainAt.get(type)
    if (at === undefined) return false
    if (this.#now() - at < vainIntervalMs) return true
    this.#vainAt.delete(type)
    return false
  }

  #wants(eventType: string, status: string): boolean {
    const kind = this.#kinds.get(keyOf(eventType, status))
    if (kind === undefined) return this.#kinds.size < kindsMax
    if (kind.held + kind.picked < samplesPerStatus) return true
    return kind.picked < picksPerRefresh && this.#now() - kind.refreshedAt >= refreshIntervalMs
  }

  /** A copy: the batch must not be held in memory for its sake. */
  #pick(arrival: ObservedArrival, index: number, failure: ObservedFailure | undefined): void {
    const event = observedEvent(arrival, index, failure)
    if (this.#pickedBytes + event.raw.length > pickedBytesMax) return
    const key = keyOf(event.eventType, event.status)
    const kind = this.#kinds.get(key) ?? { held: 0, refreshedAt: 0, picked: 0 }
    kind.picked += 1
    this.#kinds.set(key, kind)
    this.#picked.push({ ...event, raw: event.raw.slice() })
    this.#pickedBytes += event.raw.length
  }
}

function keyOf(eventType: string, status: string): string {
  return `${status} ${eventType}`
}

/** The next event of a type at or after a place, going round at the end; -1 where there is none. */
function nextOfType(typeIndex: readonly number[] | undefined, typeNumber: number, from: number): number {
  if (typeIndex === undefined) return typeNumber === 0 ? from : -1
  const next = typeIndex.indexOf(typeNumber, from)
  return next >= 0 ? next : typeIndex.indexOf(typeNumber)
}

/** At most `max` of the items. */
function evenly<T>(items: readonly T[], max: number): readonly T[] {
  if (items.length <= max) return items
  return Array.from({ length: max }, (_, place) => items[Math.floor((place * items.length) / max)]!)
}
