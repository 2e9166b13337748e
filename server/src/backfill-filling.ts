/** The rows of a back-fill: pieces of the log through the code and the mapping of now, and the values into rows in which they are missing. */
import { setTimeout as pauseFor } from 'node:timers/promises'
import type { Arrival } from './arrivals.ts'
import type { BackfillProgress } from './backfills.ts'
import { MillraceError } from './errors.ts'
import type { Destination } from './load/loader.ts'
import { type Mapper, openMapper } from './map/mapper.ts'
import { type Mapping, tableOf } from './map/mapping.ts'
import type { RowBatch, Table } from './rows.ts'
import { silentLogger } from './telemetry.ts'
import type { CodeEngine } from './transform/code-engine.ts'
import type { TransformedInput } from './transform/transformed-batch.ts'

export interface FillingParts {
  readonly destination: Pick<Destination, 'evolve' | 'fill'>
  /** The one in force: it is read, and not changed. */
  readonly mapper: Pick<Mapper, 'mappings'>
  /** Of the code in force. */
  readonly engine: CodeEngine
  /** Does it between two batches of the pipeline. */
  readonly betweenBatches: <T>(job: () => Promise<T>) => Promise<T>
}

export interface BackfillRun {
  readonly eventType: string
  readonly columns: readonly string[]
  /** `waiting`: why it does not go on at the moment. */
  readonly onProgress: (progress: BackfillProgress, waiting: string | null) => void
  readonly signal: AbortSignal
}

/** Filled in one transaction: what an update takes grows faster than its columns, and the pipeline waits for each. */
const columnsAtOnce = 32
const waitMs = 1_000

export class Filling {
  readonly #parts: FillingParts
  readonly #run: BackfillRun
  #live: Mapping | undefined
  #draft: Mapper | undefined
  #start = 0n
  readonly #groups: readonly (readonly string[])[]
  #progress: BackfillProgress = { total: 0, done: 0, updated: 0, failed: 0 }

  constructor(parts: FillingParts, run: BackfillRun) {
    this.#parts = parts
    this.#run = run
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
      const { inputs, faults } = await this.#untilDone(() => this.#parts.engine.run(rest, this.#run.signal))
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
