/** Events in the portions in which they go through the users' code, so that no portion, and nothing that comes of one, is too large. */
import { chunkEventsMax, type TransformLimits } from '../transform.ts'
import type { EventFault } from './chunk.ts'
import { type FlowEvents, type FlowInput, isSameOrigin, lengthOf, sliceOf } from './flow.ts'

const chunkBytesMax = 4 * 1024 * 1024

/** Of what the events of one chunk become together; more than any one event may become. */
export const chunkOutputBytesMax = 64 * 1024 * 1024

/** What an event costs beside its bytes, roughly: code may make millions of empty ones. */
const overheadBytes = 256

/** What they hold in memory, roughly. */
export function heldBytes(events: FlowEvents): number {
  const { made, count } = events
  if (count === 0) return 0
  const bytes = made ? made.ends[count - 1]! - made.starts[0]! : bytesOf(events, 0, count)
  return overheadBytes * count + bytes
}

/** Of the JSON of neighbours. */
function bytesOf(events: FlowEvents, start: number, end: number): number {
  let bytes = 0
  for (let place = start; place < end; place++) bytes += lengthOf(events, place)
  return bytes
}

/** A chunk became too much together; fewer events at once may do. */
export class TooMuchAtOnce extends Error {}

/** All events that are not skipped. */
export function* chunksOf(inputs: readonly FlowInput[]): Generator<FlowEvents, undefined> {
  let chunk = new OpenChunk()
  for (const [place, input] of inputs.entries()) {
    for (let at = 0; at < input.batch.starts.length; ) {
      const taken = chunk.take(place, input, at)
      at += taken
      if (taken > 0) continue
      yield chunk.events(inputs)
      chunk = new OpenChunk()
    }
  }
  if (chunk.count > 0) yield chunk.events(inputs)
}

class OpenChunk {
  readonly #input = new Uint32Array(chunkEventsMax)
  readonly #event = new Uint32Array(chunkEventsMax)
  #bytes = 0
  count = 0

  /** How many events of an input it has taken from `at` on, or passed by; none where it is full. */
  take(place: number, { batch: { starts, ends }, skip }: FlowInput, at: number): number {
    if (skip?.has(at)) return 1
    let many = skip?.size ? 1 : Math.min(starts.length - at, chunkEventsMax - this.count)
    if (many > 1 && this.#bytes + ends[at + many - 1]! - starts[at]! > chunkBytesMax) many = 1
    if (this.count === chunkEventsMax) return 0
    const bytes = this.#bytes + ends[at + many - 1]! - starts[at]!
    if (this.count > 0 && bytes > chunkBytesMax) return 0
    this.#input.fill(place, this.count, this.count + many)
    for (let next = 0; next < many; next++) this.#event[this.count + next] = at + next
    this.count += many
    this.#bytes = bytes
    return many
  }

  events(inputs: readonly FlowInput[]): FlowEvents {
    const { count } = this
    return { inputs, count, input: this.#input.subarray(0, count), event: this.#event.subarray(0, count) }
  }
}

/** Events that an earlier stage made, in parts that may cross the border at once. */
export function* partsOf(events: FlowEvents): Generator<FlowEvents> {
  let start = 0
  let bytes = 0
  for (let place = 0; place < events.count; place++) {
    const length = lengthOf(events, place)
    if (place > start && (place - start === chunkEventsMax || bytes + length > chunkBytesMax)) {
      yield sliceOf(events, start, place)
      start = place
      bytes = 0
    }
    bytes += length
  }
  if (start < events.count) yield sliceOf(events, start, events.count)
}

/** The end of those from `place` on that come from one event of the log. */
export function endOfOrigin(events: FlowEvents, place: number): number {
  let end = place + 1
  while (end < events.count && isSameOrigin(events, place, end)) end++
  return end
}

/** Events of which several stages together made more than one may become: each stage kept to it by itself. */
export function overgrown(events: FlowEvents, { outputEventsMax, outputBytesMax }: TransformLimits): EventFault[] {
  const faults: EventFault[] = []
  for (let start = 0, end = 0; start < events.count; start = end) {
    end = endOfOrigin(events, start)
    const [input, event] = [events.input[start]!, events.event[start]!]
    const count = end - start
    const bytes = bytesOf(events, start, end)
    if (count > outputEventsMax) faults.push({ input, event, fault: tooMany(count, outputEventsMax) })
    else if (bytes > outputBytesMax) faults.push({ input, event, fault: tooLarge(bytes, outputBytesMax) })
  }
  return faults
}

function tooMany(count: number, max: number): EventFault['fault'] {
  return { code: 'transform_output', message: `One event became ${count} events; ${max} may be` }
}

function tooLarge(bytes: number, max: number): EventFault['fault'] {
  return { code: 'transform_output', message: `What the code returned has ${bytes} bytes; ${max} may be` }
}
