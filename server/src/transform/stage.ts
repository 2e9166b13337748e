/**
 * One stage of users' code: a program and its process, which is opened when it is needed and kept while it works. Where the process has
 * to be killed, the events are tried a few at a time, until the one that is to blame is alone with it.
 */
import type { Logger } from '../telemetry.ts'
import type { TransformFault, TransformLimits } from '../transform.ts'
import { type ChunkOutcome, type EventFault, runChunk } from './chunk.ts'
import { chunkOutputBytesMax, endOfOrigin, heldBytes, TooMuchAtOnce } from './chunks.ts'
import { type FlowEvents, sliceOf } from './flow.ts'
import { type Guest, GuestKilled, type KillReason } from './guest.ts'
import { joinedEvents } from './lines.ts'
import type { GuestOpener, Program } from './program.ts'

export interface StageParts {
  readonly guests: GuestOpener
  readonly logger: Logger
  /** @throws where the code is in force no more, and the batch is given up. */
  readonly demandInForce: () => void
  /** So many events in a row had to be stopped. May throw: the batch is given up. */
  readonly onStopped: (times: number) => void
}

/** Events killed in a row before that is told. */
const killsMax = 5
const carefulEventsMax = 10
const printedCharsMax = 64 * 1024

export class Stage {
  readonly #program: Program
  readonly #parts: StageParts
  #guest: Guest | undefined
  /** Events killed in a row. */
  #kills = 0

  constructor(program: Program, parts: StageParts) {
    this.#program = program
    this.#parts = parts
  }

  get limits(): TransformLimits {
    return this.#program.limits
  }

  /** @throws MillraceError `invalid_code`, `sandbox_unavailable`. */
  async open(): Promise<Guest> {
    this.#guest ??= await this.#parts.guests.open(this.#program)
    return this.#guest
  }

  /** The events that were stopped until now count no more. */
  forgive(): void {
    this.#kills = 0
  }

  close(): void {
    this.#guest?.close()
    this.#guest = undefined
  }

  /** An event that the code fails on, or is killed on, is a fault. @throws TooMuchAtOnce; what the parts throw; the signal's reason. */
  async run(events: FlowEvents, signal: AbortSignal): Promise<ChunkOutcome> {
    try {
      const outcome = await this.#attempt(events, false)
      this.#kills = 0
      return outcome
    } catch (error) {
      if (!(error instanceof GuestKilled)) throw error
      if (error.reason === 'output' && events.count > carefulEventsMax) throw new TooMuchAtOnce()
      this.#parts.logger.warn('code was stopped, its events are tried one by one', { reason: error.reason })
      return this.#runCarefully(events, signal)
    }
  }

  async #runCarefully(events: FlowEvents, signal: AbortSignal): Promise<ChunkOutcome> {
    const made: FlowEvents[] = []
    const faults: EventFault[] = []
    let printed = ''
    let bytes = 0
    let size = carefulEventsMax
    for (let start = 0; start < events.count; ) {
      signal.throwIfAborted()
      this.#parts.demandInForce()
      const part = sliceOf(events, start, Math.min(events.count, start + size))
      try {
        const outcome = await this.#attempt(part, true)
        this.#countStops(part, outcome.faults)
        bytes += heldBytes(outcome.events)
        if (bytes > chunkOutputBytesMax) throw new TooMuchAtOnce()
        made.push(outcome.events)
        faults.push(...outcome.faults)
        printed = joinedPrint(printed, outcome.printed)
        start += part.count
        size = carefulEventsMax
      } catch (error) {
        if (!(error instanceof GuestKilled)) throw error
        const culprit = error.index ?? 0
        if (culprit > 0 || (part.count > 1 && error.index === undefined)) {
          size = Math.max(culprit, 1) // what came before it has no answer yet
          continue
        }
        faults.push({ input: part.input[0]!, event: part.event[0]!, fault: killFaults[error.reason] })
        this.#countStop()
        start = endOfOrigin(events, start) // with all else that was split off it
      }
    }
    return { events: joinedEvents(events.inputs, made), faults, printed }
  }

  async #attempt(events: FlowEvents, careful: boolean): Promise<ChunkOutcome> {
    const guest = await this.open()
    try {
      return await runChunk(guest, events, { careful, limits: this.#program.limits })
    } catch (error) {
      this.close()
      throw error
    }
  }

  #countStops(events: FlowEvents, faults: readonly EventFault[]): void {
    const stopped = new Set(faults.filter(({ fault }) => stopCodes.has(fault.code)).map(keyOf))
    for (const event of new Set(Array.from(events.input, (_, place) => keyAt(events, place)))) {
      if (stopped.has(event)) this.#countStop()
      else this.#kills = 0
    }
  }

  #countStop(): void {
    this.#kills++
    if (this.#kills >= killsMax) this.#parts.onStopped(this.#kills)
  }
}

/** The end of what was printed. */
export function joinedPrint(before: string, printed: string): string {
  return (before + printed).slice(-printedCharsMax)
}

/** The event of the log that an event is, or was split off. */
export function keyOf({ input, event }: Pick<EventFault, 'input' | 'event'>): string {
  return `${input} ${event}`
}

export function keyAt({ input, event }: FlowEvents, place: number): string {
  return keyOf({ input: input[place]!, event: event[place]! })
}

const stopCodes: ReadonlySet<TransformFault['code']> = new Set(['transform_timeout', 'transform_memory'])

const killFaults: Readonly<Record<KillReason, TransformFault>> = {
  time: { code: 'transform_timeout', message: 'The code took too long on this event and was stopped' },
  memory: { code: 'transform_memory', message: 'The code took too much memory on this event and was stopped' },
  output: { code: 'transform_output', message: 'The code gave back too much, or what no code gives back' },
  crash: { code: 'transform_error', message: 'The process that runs the code ended on this event' },
}

/** Of one event by itself. */
export const tooMuch: TransformFault = killFaults.output
