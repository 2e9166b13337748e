/**
 * The transform stage: batches through the users' code, in processes that are killed from outside. An event that its code fails on
 * costs only itself; code that has to be killed again and again is paused, and the events wait in the log.
 */
import { hasCode } from '../errors.ts'
import type { Logger } from '../telemetry.ts'
import type { Deployment, TransformFault } from '../transform.ts'
import { type ChunkOutcome, type EventFault, runChunk } from './chunk.ts'
import { chunkOutputBytesMax, chunksOf, endOfOrigin, heldBytes, overgrown, partsOf, TooMuchAtOnce } from './chunks.ts'
import { type FlowEvents, type FlowInput, filteredEvents, sliceOf } from './flow.ts'
import { type Guest, GuestKilled, type KillReason } from './guest.ts'
import { byInput, countsOf, InputSink, overflownOf } from './input-sink.ts'
import { joinedEvents } from './lines.ts'
import { type GuestOpener, type Program, stagesOf } from './program.ts'
import { batchOf, type TransformedInput } from './transformed-batch.ts'

export interface CodeEngine {
  /** In force for the next batch that is begun; undefined, or one that calls no module: events go through as they are. */
  deploy(deployment: Deployment | undefined): void
  /**
   * What the events become: of all inputs, or of the first ones where they become much; then it is called again for the others.
   * Waits while the code is paused. One call at a time.
   * @throws MillraceError `sandbox_unavailable`: repeat later. The signal's reason.
   */
  run(inputs: readonly FlowInput[], signal: AbortSignal): Promise<Transformed>
  /** Lets paused code try again. */
  resume(): void
  state(): EngineState
  close(): void
}

export interface Transformed {
  /** One for each input, in their order; at least one, where there is any. */
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
  /** Of what inputs become together, before the others are left for the next call. */
  readonly heldBytesMax?: number
}

/** Events killed in a row before the code is paused. */
const killsMax = 5
const carefulEventsMax = 10
const printedCharsMax = 64 * 1024

export function openCodeEngine(settings: EngineSettings): CodeEngine {
  return new Engine(settings)
}

interface Stage {
  readonly program: Program
  guest: Guest | undefined
  /** Events killed in a row. */
  kills: number
}

class Engine implements CodeEngine {
  readonly #guests: GuestOpener
  readonly #logger: Logger
  readonly #onPaused: (reason: string) => void
  readonly #pauses: boolean
  readonly #heldBytesMax: number
  #next: Deployment | undefined
  #current: Deployment | undefined
  #stages: Stage[] = []
  #pausedFor: string | undefined
  #resumed = Promise.withResolvers<void>()
  #printed = ''

  constructor({
    guests,
    logger,
    onPaused = () => {},
    pauses = true,
    heldBytesMax = 128 * 1024 * 1024,
  }: EngineSettings) {
    this.#heldBytesMax = heldBytesMax
    this.#pauses = pauses
    this.#guests = guests
    this.#logger = logger
    this.#onPaused = onPaused
  }

  deploy(deployment: Deployment | undefined): void {
    this.#next = deployment?.order.length === 0 ? undefined : deployment
    this.resume()
  }

  resume(): void {
    this.#pausedFor = undefined
    for (const stage of this.#stages) stage.kills = 0
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
    // Code that runs for minutes must not be waited for.
    const stop = () => {
      for (const { guest } of this.#stages) guest?.close()
    }
    signal.addEventListener('abort', stop, { once: true })
    try {
      return await this.#runInForce(inputs, signal)
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** By the code that is in force, whichever that becomes. */
  async #runInForce(inputs: readonly FlowInput[], signal: AbortSignal): Promise<Transformed> {
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
    if (this.#current)
      this.#stages = stagesOf(this.#current).map((program) => ({ program, guest: undefined, kills: 0 }))
  }

  async #runAll(inputs: readonly FlowInput[], { version }: Deployment, signal: AbortSignal): Promise<Transformed> {
    for (const stage of this.#stages) stage.guest ??= await this.#guests.open(stage.program)
    const sinks = inputs.map(() => new InputSink())
    const kept: TransformedInput[] = []
    const keepBefore = (end: number) => {
      for (let place = kept.length; place < end; place++)
        kept.push({ ...batchOf(inputs[place]!, sinks[place]!.take()), transformVersion: version })
    }
    const faults: EventFault[] = []
    const chunks = chunksOf(inputs)
    const halves: FlowEvents[] = []
    let printed = ''
    let held = 0
    let whole = inputs.length
    for (let chunk = chunks.next().value; chunk; chunk = halves.pop() ?? chunks.next().value) {
      signal.throwIfAborted()
      const place = chunk.input[0]!
      keepBefore(place) // a batch is smaller than its events by themselves
      if (held > this.#heldBytesMax && place > 0) {
        whole = place // of this one some events may have been through, and come again
        break
      }
      const outcome = await this.#runStages(chunk, signal)
      if (outcome === undefined) {
        const middle = chunk.count >> 1
        halves.push(sliceOf(chunk, middle, chunk.count), sliceOf(chunk, 0, middle))
        continue
      }
      held += heldBytes(outcome.events)
      printed = joined(printed, outcome.printed)
      faults.push(...outcome.faults)
      for (const part of byInput(outcome.events)) sinks[part.input[0]!]!.add(part)
    }
    if (printed) this.#printed = joined(this.#printed, printed)
    const done = inputs.slice(0, whole)
    keepBefore(whole)
    const failed = [...faults, ...overflownOf(sinks)].filter(({ input }) => input < whole)
    return { inputs: kept, faults: failed, counts: countsOf(done, kept, failed), version, printed }
  }

  /** Undefined where it becomes too much at once: to be tried again with fewer events. */
  async #runStages(chunk: FlowEvents, signal: AbortSignal): Promise<ChunkOutcome | undefined> {
    try {
      return await this.#throughStages(chunk, signal)
    } catch (error) {
      if (!(error instanceof TooMuchAtOnce)) throw error
      if (chunk.count > 1) return undefined
      const [input, event] = [chunk.input[0]!, chunk.event[0]!]
      return { events: sliceOf(chunk, 0, 0), faults: [{ input, event, fault: killFaults.output }], printed: '' }
    }
  }

  /** An event with a fault in a later stage is one with a fault: nothing of it goes on. */
  async #throughStages(chunk: FlowEvents, signal: AbortSignal): Promise<ChunkOutcome> {
    let events = chunk
    const faults = new Map<string, EventFault>()
    let printed = ''
    for (const stage of this.#stages) {
      const parts: FlowEvents[] = []
      let bytes = 0
      for (const part of events === chunk ? [chunk] : partsOf(events)) {
        const outcome = await this.#runChunk(stage, part, signal)
        bytes += heldBytes(outcome.events)
        if (bytes > chunkOutputBytesMax) throw new TooMuchAtOnce()
        parts.push(outcome.events)
        printed = joined(printed, outcome.printed)
        for (const fault of outcome.faults) faults.set(keyOf(fault), fault)
      }
      const made = joinedEvents(chunk.inputs, parts)
      if (this.#stages.length > 1)
        for (const fault of overgrown(made, stage.program.limits)) faults.set(keyOf(fault), fault)
      events = faults.size === 0 ? made : filteredEvents(made, (place) => !faults.has(keyAt(made, place)))
    }
    return { events, faults: [...faults.values()], printed }
  }

  async #runChunk(stage: Stage, events: FlowEvents, signal: AbortSignal): Promise<ChunkOutcome> {
    try {
      const outcome = await this.#attempt(stage, events, false)
      stage.kills = 0
      return outcome
    } catch (error) {
      if (!(error instanceof GuestKilled)) throw error
      if (error.reason === 'output' && events.count > carefulEventsMax) throw new TooMuchAtOnce()
      this.#logger.warn('code was stopped, its events are tried one by one', { reason: error.reason })
      return this.#runCarefully(stage, events, signal)
    }
  }

  async #runCarefully(stage: Stage, events: FlowEvents, signal: AbortSignal): Promise<ChunkOutcome> {
    const made: FlowEvents[] = []
    const faults: EventFault[] = []
    let printed = ''
    let bytes = 0
    let size = carefulEventsMax
    for (let start = 0; start < events.count; ) {
      signal.throwIfAborted()
      if (this.#next !== this.#current) throw new Superseded()
      const part = sliceOf(events, start, Math.min(events.count, start + size))
      try {
        const outcome = await this.#attempt(stage, part, true)
        this.#countStops(stage, part, outcome.faults)
        bytes += heldBytes(outcome.events)
        if (bytes > chunkOutputBytesMax) throw new TooMuchAtOnce()
        made.push(outcome.events)
        faults.push(...outcome.faults)
        printed = joined(printed, outcome.printed)
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
        this.#countStop(stage)
        start = endOfOrigin(events, start) // with all else that was split off it
      }
    }
    return { events: joinedEvents(events.inputs, made), faults, printed }
  }

  async #attempt(stage: Stage, events: FlowEvents, careful: boolean): Promise<ChunkOutcome> {
    stage.guest ??= await this.#guests.open(stage.program)
    try {
      return await runChunk(stage.guest, events, { careful, limits: stage.program.limits })
    } catch (error) {
      stage.guest?.close()
      stage.guest = undefined
      throw error
    }
  }

  #countStops(stage: Stage, events: FlowEvents, faults: readonly EventFault[]): void {
    const stopped = new Set(faults.filter(({ fault }) => stopCodes.has(fault.code)).map(keyOf))
    for (const event of new Set(Array.from(events.input, (_, place) => keyAt(events, place)))) {
      if (stopped.has(event)) this.#countStop(stage)
      else stage.kills = 0
    }
  }

  /** @throws Superseded The code is paused now: the batch begins again when it is resumed. */
  #countStop(stage: Stage): void {
    stage.kills++
    if (stage.kills < killsMax || !this.#pauses) return
    this.#pause(`The code had to be stopped ${killsMax} times in a row`)
    throw new Superseded()
  }

  #pause(reason: string): void {
    this.#pausedFor = reason
    this.#logger.error('code paused: events wait in the log', { version: this.#current?.version, reason })
    this.#onPaused(reason)
  }

  async #untilResumed(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
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

function untouched(inputs: readonly FlowInput[]): Transformed {
  return { inputs, faults: [], counts: inputs.map(() => undefined), version: undefined, printed: '' }
}

/** The end of what was printed. */
function joined(before: string, printed: string): string {
  return (before + printed).slice(-printedCharsMax)
}

/** The event of the log that an event is, or was split off. */
function keyOf({ input, event }: Pick<EventFault, 'input' | 'event'>): string {
  return `${input} ${event}`
}

function keyAt({ input, event }: FlowEvents, place: number): string {
  return keyOf({ input: input[place]!, event: event[place]! })
}

const stopCodes: ReadonlySet<TransformFault['code']> = new Set(['transform_timeout', 'transform_memory'])

const killFaults: Readonly<Record<KillReason, TransformFault>> = {
  time: { code: 'transform_timeout', message: 'The code took too long on this event and was stopped' },
  memory: { code: 'transform_memory', message: 'The code took too much memory on this event and was stopped' },
  output: { code: 'transform_output', message: 'The code gave back too much, or what no code gives back' },
  crash: { code: 'transform_error', message: 'The process that runs the code ended on this event' },
}
