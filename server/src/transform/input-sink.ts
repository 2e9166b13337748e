/** What the events of each input become, as it comes from the users' code chunk by chunk. */
import type { TransformFault } from '../transform.ts'
import type { EventFault } from './chunk.ts'
import { endOfOrigin, heldBytes } from './chunks.ts'
import { type FlowEvents, type FlowInput, sliceOf } from './flow.ts'
import type { TransformedInput } from './transformed-batch.ts'

/** Of what the events of one log record become together. */
const inputBytesMax = 128 * 1024 * 1024

/** What the events of one input become. */
export class InputSink {
  #parts: FlowEvents[] = []
  /** Events whose outputs have no room any more. */
  readonly overflown: number[] = []
  #bytes = 0

  /** Events of this input alone. */
  add(events: FlowEvents): void {
    const bytes = heldBytes(events)
    if (this.#bytes + bytes <= inputBytesMax) {
      this.#bytes += bytes
      this.#parts.push(events)
    } else if (endOfOrigin(events, 0) === events.count) this.overflown.push(events.event[0]!)
    else this.#addApart(events)
  }

  #addApart(events: FlowEvents): void {
    for (let start = 0, end = 0; start < events.count; start = end) {
      end = endOfOrigin(events, start)
      this.add(sliceOf(events, start, end))
    }
  }

  /** All of them, once no more will come. */
  take(): readonly FlowEvents[] {
    const parts = this.#parts
    this.#parts = []
    return parts
  }
}

/** The events of each input apart. */
export function* byInput(events: FlowEvents): Generator<FlowEvents> {
  for (let start = 0, end = 0; start < events.count; start = end) {
    end = endOfInput(events, start)
    yield sliceOf(events, start, end)
  }
}

/** Loops over events stand in functions of their own: V8 compiles those by themselves, and soon. */
function endOfInput({ count, input }: FlowEvents, start: number): number {
  let end = start + 1
  while (end < count && input[end] === input[start]) end++
  return end
}

export function overflownOf(sinks: readonly InputSink[]): EventFault[] {
  return sinks.flatMap(({ overflown }, input) => overflown.map((event) => ({ input, event, fault: tooMuch })))
}

/** For each input how many events each of its events became. */
export function countsOf(
  inputs: readonly FlowInput[],
  made: readonly TransformedInput[],
  faults: readonly EventFault[],
): Uint32Array[] {
  const counts = inputs.map(({ batch }) => new Uint32Array(batch.starts.length))
  for (const [place, { origins }] of made.entries()) countEach(origins!, counts[place]!)
  for (const [place, { skip }] of inputs.entries()) for (const event of skip ?? []) counts[place]![event] = 1
  for (const { input, event } of faults) counts[input]![event] = 1
  return counts
}

function countEach(origins: Uint32Array, counts: Uint32Array): void {
  for (let at = 0; at < origins.length; at++) counts[origins[at]!]!++
}

const tooMuch: TransformFault = {
  code: 'transform_output',
  message: `What the events received together with this one became takes more than ${inputBytesMax} bytes`,
}
