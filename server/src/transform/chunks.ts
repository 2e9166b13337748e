/** Events in the portions in which they go through the users' code, so that no portion, and nothing that comes of one, is too large. */
import { chunkEventsMax, type TransformLimits } from '../transform.ts'
import type { EventFault } from './chunk.ts'
import { eventsOf, type FlowEvent, type FlowInput, lengthOf } from './flow.ts'

const chunkBytesMax = 4 * 1024 * 1024

/** Of what the events of one chunk become together; more than any one event may become. */
export const chunkOutputBytesMax = 64 * 1024 * 1024

/** What an event costs beside its bytes, roughly: code may make millions of empty ones. */
const overheadBytes = 256

/** What an event holds in memory, roughly. */
export function heldBytes(event: FlowEvent): number {
  return lengthOf(event) + overheadBytes
}

export function sizeOf(events: readonly FlowEvent[]): number {
  return events.reduce((sum, event) => sum + heldBytes(event), 0)
}

/** A chunk became too much together; fewer events at once may do. */
export class TooMuchAtOnce extends Error {}

export function* chunksOf(inputs: readonly FlowInput[]): Generator<FlowEvent[], undefined> {
  let chunk: FlowEvent[] = []
  let bytes = 0
  for (const [place, input] of inputs.entries()) {
    for (const event of eventsOf(input, place)) {
      if (chunk.length === chunkEventsMax || (chunk.length > 0 && bytes + lengthOf(event) > chunkBytesMax)) {
        yield chunk
        chunk = []
        bytes = 0
      }
      chunk.push(event)
      bytes += lengthOf(event)
    }
  }
  if (chunk.length > 0) yield chunk
}

/** Events that an earlier stage made, in parts that may cross the border at once. */
export function* partsOf(events: readonly FlowEvent[]): Generator<readonly FlowEvent[]> {
  let start = 0
  let bytes = 0
  for (let place = 0; place < events.length; place++) {
    const event = events[place]!
    if (place > start && (place - start === chunkEventsMax || bytes + lengthOf(event) > chunkBytesMax)) {
      yield events.slice(start, place)
      start = place
      bytes = 0
    }
    bytes += lengthOf(event)
  }
  if (start < events.length) yield start === 0 ? events : events.slice(start)
}

/** Events of which several stages together made more than one may become: each stage kept to it by itself. */
export function overgrown(
  events: readonly FlowEvent[],
  { outputEventsMax, outputBytesMax }: TransformLimits,
): EventFault[] {
  const faults: EventFault[] = []
  for (let start = 0, end = 0; start < events.length; start = end) {
    const { input, event } = events[start]!
    let bytes = 0
    for (; events[end]?.input === input && events[end]?.event === event; end++) bytes += lengthOf(events[end]!)
    const count = end - start
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
