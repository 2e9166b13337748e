/** One chunk of events through one guest: what came out is proved before it goes on. */
import { isEventType } from '@millrace/event/event'
import { limits } from '@millrace/event/limits'
import type { RecordScanner, Records } from '@millrace/json/records'
import { openScanner } from '@millrace/json/scanner'
import type { TransformFault, TransformLimits } from '../transform.ts'
import { childId, type FlowEvent, type FlowInput, linesOf, requestOf } from './flow.ts'
import { type Guest, GuestKilled } from './guest.ts'
import type { RunAnswer } from './guest-protocol.ts'

export interface ChunkOutcome {
  /** What the events became, in their order. */
  readonly events: readonly FlowEvent[]
  readonly faults: readonly EventFault[]
  readonly printed: string
}

export interface EventFault {
  readonly input: number
  readonly event: number
  readonly fault: TransformFault
}

let scanner: RecordScanner | undefined

/** What code makes may be longer than what a sender sends, but is JSON by the same rules. */
function openOutputScanner(): RecordScanner {
  scanner ??= openScanner({
    ...limits,
    eventBytesMax: outputBytesMax,
    requestEventsMax: outputsMax,
  })
  return scanner
}

/** Of one chunk; one that becomes more is tried again in small parts. */
const outputsMax = 100_000

/** The most that a scan takes of one record; what a deployment allows is at most this. */
export const outputBytesMax = 32 * 1024 * 1024

/** @throws GuestKilled The guest was stopped, or what it answered cannot be. */
export async function runChunk(
  guest: Guest,
  events: readonly FlowEvent[],
  inputs: readonly FlowInput[],
  { careful, limits }: { careful: boolean; limits: TransformLimits },
): Promise<ChunkOutcome> {
  const { answer, outputs } = await guest.run(requestOf(events, inputs, careful), linesOf(events))
  return prove(events, answer, outputs, limits)
}

function prove(
  events: readonly FlowEvent[],
  { counts, outputs: heads, faults: told, printed }: RunAnswer,
  bytes: Uint8Array,
  { outputBytesMax: bytesMax, outputEventsMax, printedBytesMax }: TransformLimits,
): ChunkOutcome {
  if (heads.length > outputsMax) throw new GuestKilled('output', undefined)
  const records = scan(bytes)
  if (records.count !== heads.length) throw new GuestKilled('output', undefined)
  const flaws = new Map(records.faults.map(({ index, message }) => [index, message]))
  const toldOf = new Map(told.map(({ index, ...fault }) => [index, fault]))
  const made: FlowEvent[] = []
  const faults: EventFault[] = []
  let first = 0
  for (let place = 0; place < events.length; place++) {
    const event = events[place]!
    const count = counts[place]!
    const fault = count < 0 ? (toldOf.get(place) ?? unexplained) : flawOf(first, count) // of any of its outputs
    if (fault) faults.push({ input: event.input, event: event.event, fault })
    else for (let output = 0; output < count; output++) made.push(outputAt(event, output, count))
    first += Math.max(count, 0)
  }
  return { events: made, faults, printed: printed.slice(0, printedBytesMax + noteCharsMax) }

  function outputAt(event: FlowEvent, output: number, count: number): FlowEvent {
    const place = first + output
    const head = heads[place]!
    const isSplit = count > 1
    return {
      input: event.input,
      event: event.event,
      id: isSplit ? childId(event.id, output) : event.id,
      parent: isSplit ? (event.parent ?? event.id) : event.parent, // what an earlier stage made of it is nowhere
      type: head[0] === 0 ? event.type : head[0],
      time: head[1] === 0 ? event.time : head[1],
      payload: bytes,
      start: records.starts[place]!,
      end: records.ends[place]!,
    }
  }

  function flawOf(start: number, count: number): TransformFault | undefined {
    if (count > outputEventsMax) return invalid(`One event became ${count} events; ${outputEventsMax} may be`)
    let length = 0
    for (let output = start; output < start + count; output++) {
      const flaw = flaws.size === 0 ? undefined : flaws.get(output)
      if (flaw !== undefined) return invalid(`What the code returned cannot be an event: ${flaw}`)
      const head = heads[output]!
      const [type, time] = [head[0], head[1]]
      if (type !== 0 && !isEventType(type)) return invalid('The code set an event type that is no name')
      if (time !== 0 && !(Number.isSafeInteger(time) && Math.abs(time) <= timeMax))
        return invalid('The code set a time that is none')
      length += records.ends[output]! - records.starts[output]!
    }
    return length > bytesMax ? invalid(`What the code returned has ${length} bytes; ${bytesMax} may be`) : undefined
  }
}

function scan(bytes: Uint8Array): Records {
  try {
    return openOutputScanner().scan(bytes, 'ndjson')
  } catch {
    throw new GuestKilled('output', undefined) // more than is scanned at once
  }
}

/** Of what a guest says of what it left out of what was printed. */
const noteCharsMax = 200

/** Of a Date, ms. */
const timeMax = 8.64e15

const unexplained: TransformFault = { code: 'transform_error', message: 'The code failed and did not say why' }

function invalid(message: string): TransformFault {
  return { code: 'transform_output', message }
}
