/** One chunk of events through one guest: what came out is proved before it goes on. */
import { isEventType } from '@millrace/event/event'
import { limits } from '@millrace/event/limits'
import type { RecordScanner, Records } from '@millrace/json/records'
import { openScanner } from '@millrace/json/scanner'
import type { TransformFault, TransformLimits } from '../transform.ts'
import { childId, type FlowEvents, type FlowHead, headOf, requestOf } from './flow.ts'
import { countAt, type Guest, GuestKilled, outputCount } from './guest.ts'
import type { RunAnswer } from './guest-protocol.ts'
import { linesOf } from './lines.ts'

export interface ChunkOutcome {
  /** What the events became, in their order. */
  readonly events: FlowEvents
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
  events: FlowEvents,
  { careful, limits }: { careful: boolean; limits: TransformLimits },
): Promise<ChunkOutcome> {
  const { answer, outputs } = await guest.run(requestOf(events, careful), linesOf(events, guest.room))
  return new Proof(events, answer, outputs, limits).outcome()
}

/** Looks at what a guest made of events, one after the other. */
class Proof {
  readonly #events: FlowEvents
  readonly #answer: RunAnswer
  readonly #bytes: Uint8Array
  readonly #limits: TransformLimits
  readonly #records: Records
  readonly #flaws: ReadonlyMap<number, string>
  readonly #heads = new Map<number, FlowHead>()

  /** @throws GuestKilled It is not what was announced, or too much. */
  constructor(events: FlowEvents, answer: RunAnswer, bytes: Uint8Array, limits: TransformLimits) {
    const count = outputCount(answer.outputs)
    if (count > outputsMax) throw new GuestKilled('output', undefined)
    this.#events = events
    this.#answer = answer
    this.#bytes = bytes
    this.#limits = limits
    this.#records = scan(bytes)
    if (this.#records.count !== count) throw new GuestKilled('output', undefined)
    this.#flaws = new Map(this.#records.faults.map(({ index, message }) => [index, message]))
  }

  outcome(): ChunkOutcome {
    const { events, faults } = this.#eachAsItWas() ?? this.#oneByOne()
    return { events, faults, printed: this.#answer.printed.slice(0, this.#limits.printedBytesMax + noteCharsMax) }
  }

  /** What most code does: each event became one that is called as before, and is well. */
  #eachAsItWas(): Omit<ChunkOutcome, 'printed'> | undefined {
    const { counts, outputs } = this.#answer
    const isPlain = typeof counts === 'number' && typeof outputs === 'number' && this.#flaws.size === 0
    if (!isPlain || this.#bytes.length > this.#limits.outputBytesMax) return undefined
    const { starts, ends } = this.#records
    return { events: { ...this.#events, made: { payload: this.#bytes, starts, ends } }, faults: [] }
  }

  #oneByOne(): Omit<ChunkOutcome, 'printed'> {
    const { inputs, count: eventCount, input, event } = this.#events
    const { counts, faults: told } = this.#answer
    const toldOf = new Map(told.map(({ index, ...fault }) => [index, fault]))
    const { count: total, starts, ends } = this.#records
    const made = { count: 0, input: new Uint32Array(total), event: new Uint32Array(total), starts, ends }
    const faults: EventFault[] = []
    for (let place = 0, first = 0; place < eventCount; place++) {
      const count = countAt(counts, place)
      const fault = count < 0 ? (toldOf.get(place) ?? unexplained) : this.#flawOf(first, count) // of any of its outputs
      if (fault) faults.push({ input: input[place]!, event: event[place]!, fault })
      else
        for (let output = 0; output < count; output++, made.count++) {
          made.input[made.count] = input[place]!
          made.event[made.count] = event[place]!
          starts[made.count] = starts[first + output]! // at the same place or before it
          ends[made.count] = ends[first + output]!
          this.#noteHead(made.count, place, { output, count, head: this.#toldHead(first + output) })
        }
      first += Math.max(count, 0)
    }
    const upTo = (values: Uint32Array) => (made.count === total ? values : values.subarray(0, made.count))
    const texts = { payload: this.#bytes, starts: upTo(starts), ends: upTo(ends) }
    const origins = { inputs, count: made.count, input: upTo(made.input), event: upTo(made.event) }
    return { events: { ...origins, made: texts, ...(this.#heads.size > 0 && { heads: this.#heads }) }, faults }
  }

  #toldHead(output: number): readonly [string | 0, number | 0] {
    const { outputs } = this.#answer
    return typeof outputs === 'number' ? unchanged : outputs[output]!
  }

  /** How an output is called, where this is not as the event of the log is. */
  #noteHead(
    at: number,
    place: number,
    { output, count, head }: { output: number; count: number; head: readonly [string | 0, number | 0] },
  ): void {
    if (count === 1 && head[0] === 0 && head[1] === 0 && !this.#events.heads?.has(place)) return
    const { id, parent, type, time } = headOf(this.#events, place)
    const isSplit = count > 1
    this.#heads.set(at, {
      id: isSplit ? childId(id, output) : id,
      parent: isSplit ? (parent ?? id) : parent, // what an earlier stage made of it is nowhere
      type: head[0] === 0 ? type : head[0],
      time: head[1] === 0 ? time : head[1],
    })
  }

  #flawOf(start: number, count: number): TransformFault | undefined {
    const { outputEventsMax, outputBytesMax: bytesMax } = this.#limits
    if (count > outputEventsMax) return invalid(`One event became ${count} events; ${outputEventsMax} may be`)
    let length = 0
    for (let output = start; output < start + count; output++) {
      const flaw = this.#flaws.size === 0 ? undefined : this.#flaws.get(output)
      if (flaw !== undefined) return invalid(`What the code returned cannot be an event: ${flaw}`)
      const head = this.#toldHead(output)
      const [type, time] = [head[0], head[1]]
      if (type !== 0 && !isEventType(type)) return invalid('The code set an event type that is no name')
      if (time !== 0 && !(Number.isSafeInteger(time) && Math.abs(time) <= timeMax))
        return invalid('The code set a time that is none')
      length += this.#records.ends[output]! - this.#records.starts[output]!
    }
    return length > bytesMax ? invalid(`What the code returned has ${length} bytes; ${bytesMax} may be`) : undefined
  }
}

const unchanged = [0, 0] as const

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
