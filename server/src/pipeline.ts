/**
 * The sentence that Millrace is, in code: an event is logged, transformed, mapped and loaded; what cannot go on is restreamed.
 * The destination alone knows how far it is, so a batch may be repeated but never counts twice.
 */
import { type Arrival, arrivalOf, delaysOf, endOf, oldestOf } from './arrivals.ts'
import { batches } from './batches.ts'
import { hasCode } from './errors.ts'
import { release } from './heap.ts'
import type { Load } from './load/load.ts'
import type { LogReader } from './log/log.ts'
import type { Mapped, Mapper } from './map/mapper.ts'
import type { ObservedBatch } from './observe/observed-batch.ts'
import { booksOf, failuresOf, mapWhole } from './outcomes.ts'
import { endReplacement, stretchesOf } from './pipeline-replacement.ts'
import type { RestreamQueue } from './restream/queue.ts'
import type { Books, LogRange, RowBatch } from './rows.ts'
import type { CodeEngine, Transformed } from './transform/code-engine.ts'

export interface Pipeline {
  readonly partition: number
  readonly log: LogReader
  readonly engine: CodeEngine
  readonly mapper: Mapper
  readonly restream: RestreamQueue
  readonly load: Load
  /** Told where it begins, and from where on the log must be kept. */
  readonly onClaimed: (position: bigint, durable: bigint) => void
  /** Shown each batch with what became of it, once its rows can be queried. */
  readonly observe: (batch: ObservedBatch) => void
  /** Each batch is carried in it, so that others may work between two. */
  readonly inTurn?: <T>(job: () => Promise<T>) => Promise<T>
  /** Told after each batch. */
  readonly onProgress: (progress: Progress) => void
}

export interface Progress {
  readonly range: LogRange
  /** First offset that must be kept in the log. */
  readonly durable: bigint
  readonly books: Books
  readonly failures: readonly { readonly stage: string; readonly code: string }[]
  /** Age of the batch's oldest event when its rows could be queried. */
  readonly delayMs: number
  /** Age of events at that moment, and how many they are. */
  readonly delays: readonly (readonly [delayMs: number, events: number])[]
  readonly durationMs: number
}

/**
 * Batches are this large under load, which DuckDB compresses at once and wholly. When there is little, an event by itself waits a
 * moment for company; in a steady flow they are written twice a second, since each transaction holds up the disk, and with it the
 * acknowledgements of the intake. In one of more than 26,000 events a second they wait for a whole second: large ones cost less.
 */
const batchLimits = {
  eventsMax: 53_248,
  bytesMax: 32 * 1024 * 1024,
  lingerMs: 100,
  intervalMs: 500,
  eventsPromising: 13_312,
}

/**
 * A transaction that touches more columns than this, of all its tables together, is made of fewer records: a destination keeps
 * buffers for each column until the commit (DuckDB some 32 KiB), so many wide tables at once would not fit its memory.
 */
const columnsPerWriteMax = 3_000

/**
 * Runs one partition's pipeline until aborted.
 * @throws MillraceError `fenced`, `log_corrupt`, `log_trimmed`, `schema_conflict`, `destination_refused`: somebody must act; nothing is lost.
 */
export async function runPipeline(pipeline: Pipeline, signal: AbortSignal): Promise<void> {
  const { partition, log, restream, load, onClaimed, onProgress, inTurn = (job) => job() } = pipeline
  let position = await load.claim(partition)
  restream.forget(partition, position) // set aside by a batch that was never written
  onClaimed(position, await load.durablePosition(partition))
  for await (const records of batches(log.read(partition, position, signal), batchLimits, signal)) {
    const arrivals = records.map((record) => arrivalOf(record, restream))
    for (const stretch of stretchesOf(arrivals)) {
      const start = position
      const last = stretch.at(-1)!
      if (last.batch.replacement?.end) onProgress(await inTurn(() => endReplacement(pipeline, last, start)))
      else await carryAll(pipeline, stretch, start, signal)
      position = endOf(last)
    }
    for (const { batch } of arrivals) release(batch.payload)
  }
}

async function carryAll(
  pipeline: Pipeline,
  arrivals: readonly Arrival[],
  start: bigint,
  signal: AbortSignal,
): Promise<void> {
  const { engine, inTurn = (job) => job() } = pipeline
  let position = start
  for (let carried = 0; carried < arrivals.length; ) {
    const rest = arrivals.slice(carried)
    const transformed = await engine.run(rest, signal)
    const done = rest.slice(0, transformed.inputs.length) // fewer than all where the code makes much of them
    const from = position
    await inTurn(() => carry(pipeline, done, transformed, from))
    position = endOf(done.at(-1)!)
    carried += done.length
    for (const { batch } of transformed.inputs) release(batch.payload)
  }
}

/**
 * Takes arrivals, and what users' code made of them, all the way: in one transaction, or in two where their tables are too wide for
 * one. The range begins at `start`, the position: a log that was repaired leaves out the offsets of what it lost.
 */
async function carry(
  pipeline: Pipeline,
  arrivals: readonly Arrival[],
  transformed: Transformed,
  start: bigint,
  isRepeat = false,
): Promise<void> {
  const { partition, mapper, restream, load, observe, onProgress } = pipeline
  const startedAt = performance.now()
  const mapped = await mapWhole(mapper, transformed.inputs)
  if (columnsOf(mapped) > columnsPerWriteMax && arrivals.length > 1) {
    const middle = arrivals.length >> 1
    await carry(pipeline, arrivals.slice(0, middle), part(transformed, 0, middle), start)
    const rest = part(transformed, middle, arrivals.length)
    return carry(pipeline, arrivals.slice(middle), rest, endOf(arrivals[middle - 1]!))
  }
  const replacement = arrivals[0]?.batch.replacement
  const aside = replacement && { attempt: replacement.attempt, receivedAt: oldestOf(arrivals) }
  const outcome = { arrivals, transformed, mapped }
  const failures = failuresOf(partition, outcome)
  const books = booksOf(outcome, failures)
  const range = { partition, start, end: endOf(arrivals.at(-1)!) }
  restream.append(failures) // keyed by offset: a repeat overwrites
  // failpoint: pipeline.batch.restreamed
  try {
    await load.write(mapped.tables, range, books, aside) // rows of every table, books and position: one transaction
  } catch (error) {
    if (!hasCode(error, 'schema_conflict') || isRepeat) throw error
    // The mapping may have been changed, and the tables with it, since the rows were made.
    restream.forget(partition, start)
    return carry(pipeline, arrivals, transformed, start, true)
  }
  // failpoint: pipeline.batch.loaded
  for (const batch of mapped.tables) releaseRows(batch)
  const durable = await load.durablePosition(partition)
  restream.prune(partition, durable)
  observe({ arrivals, failures, outputs: transformed.inputs, discardedTypes: mapped.discardedTypes })
  const delayMs = Date.now() - oldestOf(arrivals)
  const delays = delaysOf(arrivals, Date.now())
  onProgress({ range, durable, books, failures, delayMs, delays, durationMs: performance.now() - startedAt })
}

/** Of the inputs `start` to `end` alone. */
function part(transformed: Transformed, start: number, end: number): Transformed {
  return {
    ...transformed,
    inputs: transformed.inputs.slice(start, end),
    counts: transformed.counts.slice(start, end),
    faults: transformed.faults
      .filter(({ input }) => input >= start && input < end)
      .map((fault) => ({ ...fault, input: fault.input - start })),
  }
}

function releaseRows({ columns }: RowBatch): void {
  for (const { valid, values } of columns) {
    release(valid)
    if (!('offsets' in values)) release(values)
    else {
      release(values.offsets)
      release(values.bytes)
    }
  }
}

function columnsOf({ tables }: Mapped): number {
  const widths = new Map(tables.map(({ table }) => [table.name, table.columns.length]))
  return widths.values().reduce((sum, width) => sum + width, 0)
}
