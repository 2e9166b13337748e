/** Events in the portions in which they go through the users' code, so that no portion, and nothing that comes of one, is too large. */
import { chunkEventsMax, type TransformLimits } from '../transform.ts'
import type { EventFault } from './chunk.ts'
import { type FlowEvents, type FlowInput, isSameOrigin, lengthOf, sliceOf } from './flow.ts'

const chunkBytesMax = 4 * 1024 * 1024

/** Of what the events of one chunk become together; more than any one event may become. */
export const chunkOutputBytesMax = 64 * 1024 * 1024

/** What an event costs beside its bytes, roughly: code may make millions of empty ones. */
const overheadBytes = 256

/** What neighbours hold in memory, roughly. */
export function heldBytes(events: FlowEvents, start = 0, end = events.count): number {
  let bytes = overheadBytes * (end - start)
  for (let place = start; place < end; place++) bytes += lengthOf(events, place)
  return bytes
}

/** A chunk became too much together; fewer events at once may do. */
export class TooMuchAtOnce extends Error {}

/** All events that are not skipped. */
export function* chunksOf(inputs: readonly FlowInput[]): Generator<FlowEvents, undefined> {
  let [input, event] = [new Uint32Array(chunkEventsMax), new Uint32Array(chunkEventsMax)]
  let count = 0
  let bytes = 0
  const chunk = () => ({ inputs, count, input: input.subarray(0, count), event: event.subarray(0, count) })
  for (const [place, { batch, skip }] of inputs.entries()) {
    const { starts, ends } = batch
    for (let at = 0; at < starts.length; at++) {
      if (skip?.has(at)) continue
      const length = ends[at]! - starts[at]!
      if (count === chunkEventsMax || (count > 0 && bytes + length > chunkBytesMax)) {
        yield chunk()
        input = new Uint32Array(chunkEventsMax)
        event = new Uint32Array(chunkEventsMax)
        count = 0
        bytes = 0
      }
      input[count] = place
      event[count] = at
      count++
      bytes += length
    }
  }
  if (count > 0) yield chunk()
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
    const bytes = heldBytes(events, start, end) - overheadBytes * count
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
