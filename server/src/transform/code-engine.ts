/**
 * The transform stage: batches through the users' code, in processes that are killed from outside. An event that its code fails on
 * costs only itself; code that has to be killed again and again is paused, and the events wait in the log.
 */
import { hasCode } from '../errors.ts'
import type { Logger } from '../telemetry.ts'
import type { Deployment } from '../transform.ts'
import type { ChunkOutcome, EventFault } from './chunk.ts'
import { chunkOutputBytesMax, chunksOf, heldBytes, overgrown, partsOf, TooMuchAtOnce } from './chunks.ts'
import { type FlowEvents, type FlowInput, filteredEvents, sliceOf } from './flow.ts'
import { byInput, countsOf, InputSink, overflownOf } from './input-sink.ts'
import { joinedEvents } from './lines.ts'
import { type GuestOpener, stagesOf } from './program.ts'
import { joinedPrint, keyAt, keyOf, Stage, type StageParts, tooMuch } from './stage.ts'
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

export function openCodeEngine(settings: EngineSettings): CodeEngine {
  return new Engine(settings)
}

class Engine implements CodeEngine {
  readonly #stageParts: StageParts
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
    this.#stageParts = {
      guests,
      logger,
      demandInForce: () => {
        if (this.#next !== this.#current) throw new Superseded()
      },
      onStopped: (times) => this.#stopped(times),
    }
    this.#logger = logger
    this.#onPaused = onPaused
  }

  deploy(deployment: Deployment | undefined): void {
    this.#next = deployment?.order.length === 0 ? undefined : deployment
    this.resume()
  }

  resume(): void {
    this.#pausedFor = undefined
    for (const stage of this.#stages) stage.forgive()
    this.#resumed.resolve()
    this.#resumed = Promise.withResolvers()
  }

  state(): EngineState {
    const deployment = this.#next
    const state = deployment === undefined ? 'none' : this.#pausedFor === undefined ? 'running' : 'paused'
    return { state, version: deployment?.version, reason: this.#pausedFor, printed: this.#printed }
  }

  close(): void {
    for (const stage of this.#stages) stage.close()
    this.#stages = []
    this.#current = undefined
  }

  async run(inputs: readonly FlowInput[], signal: AbortSignal): Promise<Transformed> {
    // Code that runs for minutes must not be waited for.
    const stop = () => {
      for (const stage of this.#stages) stage.close()
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
    if (this.#current) this.#stages = stagesOf(this.#current).map((program) => new Stage(program, this.#stageParts))
  }

  async #runAll(inputs: readonly FlowInput[], { version }: Deployment, signal: AbortSignal): Promise<Transformed> {
    for (const stage of this.#stages) await stage.open()
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
      printed = joinedPrint(printed, outcome.printed)
      faults.push(...outcome.faults)
      for (const part of byInput(outcome.events)) sinks[part.input[0]!]!.add(part)
    }
    if (printed) this.#printed = joinedPrint(this.#printed, printed)
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
      return { events: sliceOf(chunk, 0, 0), faults: [{ input, event, fault: tooMuch }], printed: '' }
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
        const outcome = await stage.run(part, signal)
        bytes += heldBytes(outcome.events)
        if (bytes > chunkOutputBytesMax) throw new TooMuchAtOnce()
        parts.push(outcome.events)
        printed = joinedPrint(printed, outcome.printed)
        for (const fault of outcome.faults) faults.set(keyOf(fault), fault)
      }
      const made = joinedEvents(chunk.inputs, parts)
      if (this.#stages.length > 1) for (const fault of overgrown(made, stage.limits)) faults.set(keyOf(fault), fault)
      events = faults.size === 0 ? made : filteredEvents(made, (place) => !faults.has(keyAt(made, place)))
    }
    return { events, faults: [...faults.values()], printed }
  }

  /** @throws Superseded The code is paused now: the batch begins again when it is resumed. */
  #stopped(times: number): void {
    if (!this.#pauses) return
    this.#pause(`The code had to be stopped ${times} times in a row`)
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
