/**
 * One back-fill: the log from its start to where the tables were when it began, through the code and the mapping of now; rows in
 * which a column is null get the value. It works between the pipeline's batches, a few events at a time, and may be repeated.
 */
import { setTimeout as pauseFor } from 'node:timers/promises'
import type { Arrival } from './arrivals.ts'
import type { BackfillProgress } from './backfills.ts'
import { decodeBatch } from './batch.ts'
import { hasCode, MillraceError } from './errors.ts'
import type { Destination } from './load/loader.ts'
import type { LogReader, LogRecord } from './log/log.ts'
import { type Mapper, openMapper } from './map/mapper.ts'
import { type Mapping, tableOf } from './map/mapping.ts'
import type { RowBatch, Table } from './rows.ts'
import { silentLogger } from './telemetry.ts'
import { type CodeEngine, openCodeEngine } from './transform/code-engine.ts'
import type { TransformedInput } from './transform/flow.ts'
import type { GuestOpener } from './transform/program.ts'
import type { Deployment } from './transform.ts'

export interface BackfillParts {
  readonly partition: number
  readonly log: LogReader
  /** First offset that the log still has. */
  readonly logStart: () => bigint
  readonly destination: Pick<Destination, 'books' | 'evolve' | 'fill'>
  /** The one in force: it is read, and not changed. */
  readonly mapper: Pick<Mapper, 'mappings'>
  readonly guests: GuestOpener
  /** The code in force. */
  readonly deployment: Deployment | undefined
  /** Does it between two batches of the pipeline. */
  readonly betweenBatches: <T>(job: () => Promise<T>) => Promise<T>
}

interface BackfillRun {
  readonly eventType: string
  readonly columns: readonly string[]
  /** `waiting`: why it does not go on at the moment. */
  readonly onProgress: (progress: BackfillProgress, waiting: string | null) => void
  readonly signal: AbortSignal
}

/** Looked at between two pauses. A record of the log is never divided. */
const eventsAtOnce = 2_000
const bytesAtOnceMax = 4 * 1024 * 1024
/** Filled in one transaction: what an update takes grows faster than its columns, and the pipeline waits for each. */
const columnsAtOnce = 32
/** It rests as long as it worked, so that the pipeline has half of the thread at least. */
const restMsMax = 1_000
const waitMs = 1_000

/** @throws MillraceError `not_found`, `conflict`: the mapping, or the column, is gone; `invalid_code`, `schema_conflict`, `log_corrupt`; the signal's reason. */
export async function runBackfill(parts: BackfillParts, run: BackfillRun): Promise<void> {
  const { partition, destination, betweenBatches, logStart } = parts
  const end = await betweenBatches(async () => (await destination.books(partition)).position)
  const start = logStart()
  const engine = openCodeEngine({ guests: parts.guests, logger: silentLogger, pauses: false })
  engine.deploy(parts.deployment)
  const filling = new Filling(parts, run, engine)
  try {
    filling.begin(start, end)
    for await (const { arrivals, next } of pieces(parts, run, start, end)) {
      const beganAt = performance.now()
      await filling.fill(arrivals, next)
      // failpoint: backfill.filled
      const restMs = Math.min(restMsMax, performance.now() - beganAt)
      await pauseFor(restMs, undefined, { signal: run.signal }).catch(() => run.signal.throwIfAborted())
    }
  } finally {
    engine.close()
  }
}

interface Piece {
  readonly arrivals: readonly Arrival[]
  /** First offset behind it. */
  readonly next: bigint
}

/** The log in pieces. Where it is trimmed meanwhile, what is gone is left out. */
async function* pieces(
  { log, partition, logStart, deployment }: BackfillParts,
  { eventType, signal }: BackfillRun,
  start: bigint,
  end: bigint,
): AsyncGenerator<Piece> {
  let at = start
  while (at < end) {
    try {
      let arrivals: Arrival[] = []
      let [events, bytes] = [0, 0]
      for await (const record of log.read(partition, at, signal)) {
        const next = record.offset + BigInt(record.count)
        // Code may make any event one of the type.
        const isWanted = deployment !== undefined || decodeBatch(record.body).types.includes(eventType)
        if (isWanted) arrivals.push(arrivalOf(record))
        events += record.count
        bytes += isWanted ? record.body.length : 0
        if (events < eventsAtOnce && bytes < bytesAtOnceMax && next < end) continue
        yield { arrivals, next }
        at = next
        arrivals = []
        events = 0
        bytes = 0
        if (at >= end) return
      }
      signal.throwIfAborted()
      return // the log was closed
    } catch (error) {
      if (!hasCode(error, 'log_trimmed')) throw error
      at = logStart() > at ? logStart() : at
    }
  }
}

/** Without what the queue knows of copies: an event that was sent through again has the same row, whichever copy fills it. */
function arrivalOf({ offset, body }: LogRecord): Arrival {
  const batch = decodeBatch(Uint8Array.from(body))
  return { batch, firstOffset: offset, duplicates: new Set(), skip: new Set(batch.faults?.map(({ index }) => index)) }
}

class Filling {
  readonly #parts: BackfillParts
  readonly #run: BackfillRun
  readonly #engine: CodeEngine
  #live: Mapping | undefined
  #draft: Mapper | undefined
  #start = 0n
  readonly #groups: readonly (readonly string[])[]
  #progress: BackfillProgress = { total: 0, done: 0, updated: 0, failed: 0 }

  constructor(parts: BackfillParts, run: BackfillRun, engine: CodeEngine) {
    this.#parts = parts
    this.#run = run
    this.#engine = engine
    this.#groups = Array.from({ length: Math.ceil(run.columns.length / columnsAtOnce) }, (_, group) =>
      run.columns.slice(group * columnsAtOnce, (group + 1) * columnsAtOnce),
    )
  }

  begin(start: bigint, end: bigint): void {
    this.#start = start
    this.#add({ total: Math.max(0, Number(end - start)) })
  }

  async fill(arrivals: readonly Arrival[], next: bigint): Promise<void> {
    for (let carried = 0; carried < arrivals.length; ) {
      const rest = arrivals.slice(carried)
      const { inputs, faults } = await this.#untilDone(() => this.#engine.run(rest, this.#run.signal))
      const wanted = inputs.map((input) => this.#ofType(input))
      let [updated, failed] = [0, 0]
      for (const columns of this.#groups) {
        const filled = await this.#untilDone(() => this.#parts.betweenBatches(() => this.#fillRows(wanted, columns)))
        updated = Math.max(updated, filled.updated)
        failed = filled.failed
      }
      this.#add({
        updated: this.#progress.updated + updated,
        failed:
          this.#progress.failed +
          failed +
          faults.filter(({ input, event }) => this.#isOfType(rest[input]!, event)).length,
      })
      carried += inputs.length
    }
    this.#add({ done: Number(next - this.#start) })
  }

  #ofType(input: TransformedInput): TransformedInput {
    const skip = new Set(input.skip)
    for (let event = 0; event < input.batch.starts.length; event++) if (!this.#isOfType(input, event)) skip.add(event)
    return { ...input, skip }
  }

  #isOfType({ batch: { types, typeIndex } }: Pick<Arrival, 'batch'>, event: number): boolean {
    return types[typeIndex?.[event] ?? 0] === this.#run.eventType
  }

  async #fillRows(
    inputs: readonly TransformedInput[],
    columns: readonly string[],
  ): Promise<{ updated: number; failed: number }> {
    this.#run.signal.throwIfAborted()
    const mapper = await this.#mapper()
    const { tables, failures } = await mapper.map(inputs)
    let updated = 0
    for (const batch of tables) {
      const filled = withValues(batch, columns)
      if (filled.columns.length > keys.length) updated += await this.#parts.destination.fill(filled, keys)
    }
    return { updated, failed: failures.length }
  }

  /**
   * Of the mapping in force, which it does not change: fields without a column are left out, and so are values that do not fit
   * their columns.
   */
  async #mapper(): Promise<Mapper> {
    const { mapper, destination } = this.#parts
    const { eventType, columns } = this.#run
    const mappings = mapper.mappings()
    const live = mappings.find((mapping) => mapping.eventType === eventType)
    if (live === undefined || live.isForgotten) throw new MillraceError('not_found', 'The event type has no mapping')
    if (this.#draft && live === this.#live) return this.#draft
    const gone = columns.find((name) => !live.fields.some(({ column }) => column === name))
    if (gone !== undefined) throw new MillraceError('conflict', `The mapping does not fill the column ${gone} any more`)
    const table = tableOf(live)
    await destination.evolve(partOf(table, [...keys, ...columns])) // of a column that no event has brought yet
    const settled = { ...live, mode: 'FLEXIBLE', usesDefaultMode: false, onConflict: 'null' } satisfies Mapping
    const others = mappings.filter((mapping) => mapping !== live)
    this.#draft = openMapper({ mappings: [...others, settled], save: async () => {}, logger: silentLogger })
    this.#live = live
    return this.#draft
  }

  /** Waits out what passes. */
  async #untilDone<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      this.#run.signal.throwIfAborted()
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof MillraceError && error.retryable)) throw error
        this.#run.onProgress(this.#progress, error.message)
        await pauseFor(waitMs, undefined, { signal: this.#run.signal }).catch(() => {})
      }
    }
  }

  #add(progress: Partial<BackfillProgress>): void {
    this.#progress = { ...this.#progress, ...progress }
    this.#run.onProgress(this.#progress, null)
  }
}

/** By which a row is known: an id that a sender chose may come again, in another request. */
const keys = ['_id', '_received_at'] as const

/** The keys, and those of the columns that any row has a value for. */
function withValues({ table, rowCount, columns }: RowBatch, names: readonly string[]): RowBatch {
  const dataOf = (name: string) => columns[table.columns.findIndex((column) => column.name === name)]!
  const part = partOf(table, [...keys, ...names.filter((name) => dataOf(name).valid.some((bits) => bits !== 0))])
  return { table: part, rowCount, columns: part.columns.map(({ name }) => dataOf(name)) }
}

function partOf({ name, columns }: Table, names: readonly string[]): Table {
  return { name, columns: columns.filter((column) => names.includes(column.name)) }
}
