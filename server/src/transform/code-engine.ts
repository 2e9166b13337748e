/**
 * The transform stage: batches through the users' code, in processes that are killed from outside. An event that its code fails on
 * costs only itself; code that has to be killed again and again is paused, and the events wait in the log.
 */
import { hasCode, MillraceError } from '../errors.ts'
import type { Logger } from '../telemetry.ts'
import { chunkEventsMax, type Deployment, type TransformFault } from '../transform.ts'
import { type ChunkOutcome, type EventFault, runChunk } from './chunk.ts'
import { batchOf, eventsOf, type FlowEvent, type FlowInput, type TransformedInput } from './flow.ts'
import { type Guest, GuestKilled, type KillReason } from './guest.ts'
import { type GuestOpener, type Program, stagesOf } from './program.ts'

export interface CodeEngine {
  /** In force for the next batch that is begun; undefined: no code, events go through as they are. */
  deploy(deployment: Deployment | undefined): void
  /**
   * What the events become. Waits while the code is paused. One call at a time.
   * @throws MillraceError `sandbox_unavailable`: repeat later. The signal's reason.
   */
  run(inputs: readonly FlowInput[], signal: AbortSignal): Promise<Transformed>
  /** Lets paused code try again. */
  resume(): void
  state(): EngineState
  close(): void
}

export interface Transformed {
  /** One for each input, in their order. */
  readonly inputs: readonly TransformedInput[]
  readonly faults: readonly EventFault[]
  /** For each input how many events each of its events became; undefined where no code ran. */
  readonly counts: readonly (Uint32Array | undefined)[]
  readonly version: number | undefined
  readonly printed: string
}

export interface EngineState {
  readonly state: 'none' | 'running' | 'paused'
  readonly version: number | undefined
  /** Why it is paused. */
  readonly reason: string | undefined
  /** What the code printed last, bounded. */
  readonly printed: string
}

interface EngineSettings {
  readonly guests: GuestOpener
  readonly logger: Logger
  /** Told when the code is paused: somebody must act. */
  readonly onPaused?: (reason: string) => void
  /** False where code is only tried out: what would pause it is thrown, and events that have to be killed are faults, however many. */
  readonly pauses?: boolean
}

/** Events killed in a row before the code is paused. */
const killsMax = 5
const carefulEventsMax = 10
const chunkBytesMax = 4 * 1024 * 1024
/** Of what the events of one log record become together. */
const inputBytesMax = 128 * 1024 * 1024
const printedCharsMax = 64 * 1024

export function openCodeEngine(settings: EngineSettings): CodeEngine {
  return new Engine(settings)
}

interface Stage {
  readonly program: Program
  guest: Guest | undefined
}

class Engine implements CodeEngine {
  readonly #guests: GuestOpener
  readonly #logger: Logger
  readonly #onPaused: (reason: string) => void
  readonly #pauses: boolean
  #next: Deployment | undefined
  #current: Deployment | undefined
  #stages: Stage[] = []
  #killsInARow = 0
  #pausedFor: string | undefined
  #resumed = Promise.withResolvers<void>()
  #printed = ''

  constructor({ guests, logger, onPaused = () => {}, pauses = true }: EngineSettings) {
    this.#pauses = pauses
    this.#guests = guests
    this.#logger = logger
    this.#onPaused = onPaused
  }

  deploy(deployment: Deployment | undefined): void {
    this.#next = deployment
    this.resume()
  }

  resume(): void {
    this.#pausedFor = undefined
    this.#killsInARow = 0
    this.#resumed.resolve()
    this.#resumed = Promise.withResolvers()
  }

  state(): EngineState {
    const deployment = this.#next
    const state = deployment === undefined ? 'none' : this.#pausedFor === undefined ? 'running' : 'paused'
    return { state, version: deployment?.version, reason: this.#pausedFor, printed: this.#printed }
  }

  close(): void {
    for (const stage of this.#stages) stage.guest?.close()
    this.#stages = []
    this.#current = undefined
  }

  async run(inputs: readonly FlowInput[], signal: AbortSignal): Promise<Transformed> {
    for (;;) {
      signal.throwIfAborted()
      this.#take()
      if (this.#current === undefined) return untouched(inputs)
      try {
        if (this.#pausedFor === undefined) return await this.#runAll(inputs, this.#current, signal)
      } catch (error) {
        if (error instanceof Superseded) continue
        const isPausing = hasCode(error, 'invalid_code') || hasCode(error, 'sandbox_refused')
        if (!isPausing || !this.#pauses) throw error
        this.#pause(error.message)
      }
      await this.#untilResumed(signal)
    }
  }

  /** Takes what was deployed last. */
  #take(): void {
    if (this.#next === this.#current) return
    this.close()
    this.#current = this.#next
    if (this.#current) this.#stages = stagesOf(this.#current).map((program) => ({ program, guest: undefined }))
  }

  async #runAll(inputs: readonly FlowInput[], { version }: Deployment, signal: AbortSignal): Promise<Transformed> {
    for (const stage of this.#stages) stage.guest ??= await this.#guests.open(stage.program)
    const sinks = inputs.map(() => new InputSink())
    const faults: EventFault[] = []
    let printed = ''
    for (const chunk of chunksOf(inputs)) {
      signal.throwIfAborted()
      if (this.#next !== this.#current) throw new Superseded()
      const outcome = await this.#runStages(chunk, inputs)
      printed = (printed + outcome.printed).slice(-printedCharsMax)
      faults.push(...outcome.faults)
      for (const event of outcome.events) sinks[event.input]!.add(event)
    }
    if (printed) this.#printed = (this.#printed + printed).slice(-printedCharsMax)
    const kept = inputs.map((input, place) => ({ ...batchOf(input, sinks[place]!.events), transformVersion: version }))
    faults.push(
      ...sinks.flatMap(({ overflown }, input) => overflown.map((event) => ({ input, event, fault: tooMuch }))),
    )
    return { inputs: kept, faults, counts: countsOf(inputs, kept, faults), version, printed }
  }

  /** An event with a fault in a later stage is one with a fault: nothing of it goes on. */
  async #runStages(chunk: readonly FlowEvent[], inputs: readonly FlowInput[]): Promise<ChunkOutcome> {
    let events = chunk
    const faults = new Map<string, EventFault>()
    let printed = ''
    for (const stage of this.#stages) {
      const made: FlowEvent[] = []
      for (const part of partsOf(events)) {
        const outcome = await this.#runChunk(stage, part, inputs)
        made.push(...outcome.events)
        printed += outcome.printed
        for (const fault of outcome.faults) faults.set(`${fault.input} ${fault.event}`, fault)
      }
      events = faults.size === 0 ? made : made.filter(({ input, event }) => !faults.has(`${input} ${event}`))
    }
    return { events, faults: [...faults.values()], printed }
  }

  async #runChunk(stage: Stage, events: readonly FlowEvent[], inputs: readonly FlowInput[]): Promise<ChunkOutcome> {
    try {
      const outcome = await this.#attempt(stage, events, inputs, false)
      this.#killsInARow = 0
      return outcome
    } catch (error) {
      if (!(error instanceof GuestKilled)) throw error
      this.#logger.warn('code was stopped, its events are tried one by one', { reason: error.reason })
      return this.#runCarefully(stage, events, inputs)
    }
  }

  async #runCarefully(stage: Stage, events: readonly FlowEvent[], inputs: readonly FlowInput[]): Promise<ChunkOutcome> {
    const made: FlowEvent[] = []
    const faults: EventFault[] = []
    let printed = ''
    let size = carefulEventsMax
    for (let start = 0; start < events.length; ) {
      if (this.#next !== this.#current) throw new Superseded()
      const part = events.slice(start, start + size)
      try {
        const outcome = await this.#attempt(stage, part, inputs, true)
        this.#countStops(part, outcome.faults)
        made.push(...outcome.events)
        faults.push(...outcome.faults)
        printed += outcome.printed
        start += part.length
        size = carefulEventsMax
      } catch (error) {
        if (!(error instanceof GuestKilled)) throw error
        const culprit = error.index ?? 0
        if (culprit > 0 || (part.length > 1 && error.index === undefined)) {
          size = Math.max(culprit, 1) // what came before it has no answer yet
          continue
        }
        const { input, event } = part[0]!
        faults.push({ input, event, fault: killFaults[error.reason] })
        this.#countStop()
        start += 1
      }
    }
    return { events: made, faults, printed }
  }

  async #attempt(
    stage: Stage,
    events: readonly FlowEvent[],
    inputs: readonly FlowInput[],
    careful: boolean,
  ): Promise<ChunkOutcome> {
    stage.guest ??= await this.#guests.open(stage.program)
    try {
      return await runChunk(stage.guest, events, inputs, { careful, limits: stage.program.limits })
    } catch (error) {
      stage.guest?.close()
      stage.guest = undefined
      throw error
    }
  }

  #countStops(events: readonly FlowEvent[], faults: readonly EventFault[]): void {
    const stopped = faults.filter(
      ({ fault }) => fault.code === 'transform_timeout' || fault.code === 'transform_memory',
    )
    if (stopped.length < events.length) this.#killsInARow = 0
    for (let count = 0; count < stopped.length; count++) this.#countStop()
  }

  /** @throws Superseded The code is paused now: the batch begins again when it is resumed. */
  #countStop(): void {
    this.#killsInARow++
    if (this.#killsInARow < killsMax || !this.#pauses) return
    this.#pause(`The code had to be stopped ${killsMax} times in a row`)
    throw new Superseded()
  }

  #pause(reason: string): void {
    this.#pausedFor = reason
    this.#logger.error('code paused: events wait in the log', { version: this.#current?.version, reason })
    this.#onPaused(reason)
  }

  async #untilResumed(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<never>()
    const abort = () => aborted.reject(signal.reason as Error)
    signal.addEventListener('abort', abort, { once: true })
    try {
      if (this.#pausedFor !== undefined) await Promise.race([this.#resumed.promise, aborted.promise])
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }
}

/** The batch is given up and begun again, by the code of then. */
class Superseded extends Error {}

/** What the events of one input become. */
class InputSink {
  readonly events: FlowEvent[] = []
  /** Events whose outputs have no room any more. */
  readonly overflown: number[] = []
  #bytes = 0

  add(event: FlowEvent): void {
    if (this.overflown.at(-1) === event.event) return
    this.#bytes += event.bytes.length
    if (this.#bytes <= inputBytesMax) {
      this.events.push(event)
      return
    }
    while (this.events.at(-1)?.event === event.event) this.#bytes -= this.events.pop()!.bytes.length
    this.#bytes -= event.bytes.length
    this.overflown.push(event.event)
  }
}

function untouched(inputs: readonly FlowInput[]): Transformed {
  return { inputs, faults: [], counts: inputs.map(() => undefined), version: undefined, printed: '' }
}

function countsOf(
  inputs: readonly FlowInput[],
  made: readonly TransformedInput[],
  faults: readonly EventFault[],
): Uint32Array[] {
  const counts = inputs.map(({ batch }) => new Uint32Array(batch.starts.length))
  for (const [place, { origins }] of made.entries()) for (const origin of origins!) counts[place]![origin]!++
  for (const [place, { skip }] of inputs.entries()) for (const event of skip ?? []) counts[place]![event] = 1
  for (const { input, event } of faults) counts[input]![event] = 1
  return counts
}

function* chunksOf(inputs: readonly FlowInput[]): Generator<FlowEvent[]> {
  let chunk: FlowEvent[] = []
  let bytes = 0
  for (const [place, input] of inputs.entries()) {
    for (const event of eventsOf(input, place)) {
      if (chunk.length === chunkEventsMax || (chunk.length > 0 && bytes + event.bytes.length > chunkBytesMax)) {
        yield chunk
        chunk = []
        bytes = 0
      }
      chunk.push(event)
      bytes += event.bytes.length
    }
  }
  if (chunk.length > 0) yield chunk
}

/** Events that an earlier stage made, in parts that may cross the border at once. */
function* partsOf(events: readonly FlowEvent[]): Generator<readonly FlowEvent[]> {
  let start = 0
  let bytes = 0
  for (const [place, event] of events.entries()) {
    if (place > start && (place - start === chunkEventsMax || bytes + event.bytes.length > chunkBytesMax)) {
      yield events.slice(start, place)
      start = place
      bytes = 0
    }
    bytes += event.bytes.length
  }
  if (start < events.length) yield events.slice(start)
}

const killFaults: Readonly<Record<KillReason, TransformFault>> = {
  time: { code: 'transform_timeout', message: 'The code took too long on this event and was stopped' },
  memory: { code: 'transform_memory', message: 'The code took too much memory on this event and was stopped' },
  output: { code: 'transform_output', message: 'The code gave back too much, or what no code gives back' },
  crash: { code: 'transform_error', message: 'The process that runs the code ended on this event' },
}

const tooMuch: TransformFault = {
  code: 'transform_output',
  message: `What the events received together with this one became has more than ${inputBytesMax} bytes`,
}

/** @throws MillraceError `sandbox_refused` always: for a server that may not run users' code. */
export function refuseGuests(reason: string): GuestOpener {
  return {
    async open() {
      throw new MillraceError('sandbox_refused', reason)
    },
  }
}
