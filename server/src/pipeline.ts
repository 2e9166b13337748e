/**
 * The sentence that Millrace is, in code: an event is logged, mapped and loaded; what cannot go on is restreamed.
 * The destination alone knows how far it is, so a batch may be repeated but never counts twice.
 */
import { type Arrival, arrivalOf, booksOf, endOf, failureOf, oldestOf, unreadableOf } from './arrivals.ts'
import { batches } from './batches.ts'
import type { Load } from './load/load.ts'
import type { LogReader } from './log/log.ts'
import type { Mapped, Mapper } from './map/mapper.ts'
import type { RestreamQueue } from './restream/queue.ts'
import type { Failure } from './restream.ts'
import type { Books, LogRange } from './rows.ts'

export interface Pipeline {
  readonly partition: number
  readonly log: LogReader
  readonly mapper: Mapper
  readonly restream: RestreamQueue
  readonly load: Load
  /** Told where it begins, and from where on the log must be kept. */
  readonly onClaimed: (position: bigint, durable: bigint) => void
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
  readonly durationMs: number
}

/**
 * Batches are this large under load. When there is little, an event by itself waits a moment for company; in a steady flow they
 * are written twice a second, since each transaction holds up the disk, and with it the acknowledgements of the intake.
 */
const batchLimits = { eventsMax: 50_000, bytesMax: 32 * 1024 * 1024, lingerMs: 100, intervalMs: 500 }

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
  const { partition, log, restream, load, onClaimed } = pipeline
  let position = await load.claim(partition)
  restream.forget(partition, position) // set aside by a batch that was never written
  onClaimed(position, await load.durablePosition(partition))
  for await (const records of batches(log.read(partition, position, signal), batchLimits, signal)) {
    const arrivals = records.map((record) => arrivalOf(record, restream))
    await carry(pipeline, arrivals, position)
    position = endOf(arrivals.at(-1)!)
  }
}

/**
 * Takes arrivals all the way, in one transaction, or in two where their tables are too wide for one. The range begins at `start`,
 * the position: a log that was repaired leaves out the offsets of what it lost.
 */
async function carry(pipeline: Pipeline, arrivals: readonly Arrival[], start: bigint): Promise<void> {
  const { partition, mapper, restream, load, onProgress } = pipeline
  const startedAt = performance.now()
  const mapped = await mapper.map(arrivals)
  if (columnsOf(mapped) > columnsPerWriteMax && arrivals.length > 1) {
    const middle = arrivals.length >> 1
    await carry(pipeline, arrivals.slice(0, middle), start)
    return carry(pipeline, arrivals.slice(middle), endOf(arrivals[middle - 1]!))
  }
  const failures = [...unreadableOf(partition, arrivals), ...unmappedOf(partition, arrivals, mapped)]
  const books = booksOf(arrivals, { loaded: mapped.rowCount, restreamed: failures.length })
  const range = { partition, start, end: endOf(arrivals.at(-1)!) }
  restream.append(failures) // keyed by offset: a repeat overwrites
  // failpoint: pipeline.batch.restreamed
  await load.write(mapped.tables, range, books) // rows of every table, books and position: one transaction
  // failpoint: pipeline.batch.loaded
  const durable = await load.durablePosition(partition)
  restream.prune(partition, durable)
  const delayMs = Date.now() - oldestOf(arrivals)
  onProgress({ range, durable, books, failures, delayMs, durationMs: performance.now() - startedAt })
}

function columnsOf({ tables }: Mapped): number {
  const widths = new Map(tables.map(({ table }) => [table.name, table.columns.length]))
  return widths.values().reduce((sum, width) => sum + width, 0)
}

function unmappedOf(partition: number, arrivals: readonly Arrival[], { failures }: Mapped): Failure[] {
  return failures.map(({ input, event, code, message, mappingVersion }) =>
    failureOf(partition, arrivals[input]!, event, {
      stage: 'map',
      code,
      message,
      ...(mappingVersion === undefined ? {} : { mappingVersion }),
    }),
  )
}
