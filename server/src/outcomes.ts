/** What became of the events of a batch on their way through the users' code and the mapper: rows, failures, books. */
import { type Arrival, failureOf, unreadableOf } from './arrivals.ts'
import type { MapFailure, Mapped, Mapper } from './map/mapper.ts'
import type { Failure } from './restream.ts'
import { type Books, emptyBooks, imbalanceOf } from './rows.ts'
import type { Transformed } from './transform/code-engine.ts'
import type { TransformedInput } from './transform/transformed-batch.ts'

/**
 * Maps what the code made. Where one of several events that were split off one cannot be mapped, none of them is: the event goes to
 * the restream queue whole, and its other parts would be loaded a second time when it comes again.
 */
export async function mapWhole(mapper: Mapper, inputs: readonly TransformedInput[]): Promise<Mapped> {
  const torn: MapFailure[] = []
  const changed = new Map<string, Mapped['changed'][number]>()
  let tried = inputs
  for (;;) {
    const mapped = await mapper.map(tried)
    const siblings = siblingsOf(tried, mapped.failures)
    for (const version of mapped.changed) changed.set(version.eventType, version)
    if (siblings.size === 0)
      return { ...mapped, failures: [...torn, ...mapped.failures], changed: [...changed.values()] }
    torn.push(...mapped.failures)
    // Whatever failed, too: the mapping may be changed in between, and what has failed must not be loaded as well.
    for (const { input, event } of mapped.failures) add(siblings, input, event)
    tried = tried.map((input, place) => ({ ...input, skip: union(input.skip, siblings.get(place)) }))
  }
}

/** By input, the events that did not fail but come from the same event as one that did. */
function siblingsOf(inputs: readonly TransformedInput[], failures: readonly MapFailure[]): Map<number, Set<number>> {
  const found = new Map<number, Set<number>>()
  for (const { input, event } of failures) {
    const { origins, skip } = inputs[input]!
    if (origins === undefined) continue
    let first = event
    while (origins[first - 1] === origins[event]) first--
    for (let place = first; origins[place] === origins[event]; place++) {
      if (place === event || skip?.has(place)) continue
      add(found, input, place)
    }
  }
  return found
}

function add(events: Map<number, Set<number>>, input: number, event: number): void {
  const set = events.get(input) ?? new Set()
  events.set(input, set.add(event))
}

function union(one: ReadonlySet<number> | undefined, other: ReadonlySet<number> | undefined): ReadonlySet<number> {
  return new Set([...(one ?? []), ...(other ?? [])])
}

interface Outcome {
  readonly arrivals: readonly Arrival[]
  readonly transformed: Transformed
  readonly mapped: Mapped
}

/** Every event that did not get through, once, as it arrived. */
export function failuresOf(partition: number, { arrivals, transformed, mapped }: Outcome): Failure[] {
  const failures = unreadableOf(partition, arrivals)
  const version = transformed.version === undefined ? {} : { transformVersion: transformed.version }
  for (const { input, event, fault } of transformed.faults) {
    const { code, message, module, line } = fault
    const subject = module === undefined ? {} : { subject: line === undefined ? module : `${module}:${line}` }
    failures.push(
      failureOf(partition, arrivals[input]!, event, { stage: 'transform', code, message, ...subject, ...version }),
    )
  }
  const seen = new Set<string>()
  for (const { input, event, code, message, mappingVersion, subject } of mapped.failures) {
    const origin = transformed.inputs[input]!.origins?.[event] ?? event
    const key = `${input} ${origin}`
    if (seen.has(key)) continue
    seen.add(key)
    failures.push(
      failureOf(partition, arrivals[input]!, origin, {
        stage: 'map',
        code,
        message,
        ...(mappingVersion === undefined ? {} : { mappingVersion }),
        ...(subject === undefined ? {} : { subject }),
        ...version,
      }),
    )
  }
  return failures
}

/** The books of the arrivals. @throws Error where they do not balance: something was lost or doubled on the way. */
export function booksOf({ arrivals, transformed, mapped }: Outcome, failures: readonly Failure[]): Books {
  const books = {
    ...emptyBooks,
    loaded: mapped.rowCount,
    discarded: mapped.discarded,
    restreamed: failures.length,
  }
  for (const { batch, duplicates } of arrivals) {
    books.received += batch.starts.length
    books.resent += batch.resent?.length ?? 0
    books.duplicate += duplicates.size
  }
  const failed = failedPlaces(transformed, mapped)
  for (const [place, counts = none] of transformed.counts.entries()) {
    const { dropped, split } = uneven(counts, (event) => failed.has(`${place} ${event}`))
    books.dropped += dropped
    books.split += split
  }
  if (imbalanceOf(books) !== 0) throw new Error(`The books of a batch do not balance: ${JSON.stringify(books)}`)
  return books
}

const none = new Uint32Array()

/** Of events that code made none of, and more than one. Its loop is apart, for V8 to compile it soon and alone. */
function uneven(counts: Uint32Array, isFailed: (event: number) => boolean): { dropped: number; split: number } {
  let [dropped, split] = [0, 0]
  for (let event = 0; event < counts.length; event++) {
    const count = counts[event]!
    if (count === 0) dropped++
    else if (count > 1 && !isFailed(event)) split += count - 1
  }
  return { dropped, split }
}

function failedPlaces(transformed: Transformed, { failures }: Mapped): Set<string> {
  return new Set(failures.map(({ input, event }) => `${input} ${transformed.inputs[input]!.origins?.[event] ?? event}`))
}
