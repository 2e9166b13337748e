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

/** Batches are this large under load, and wait this long for company when there is little: what a row's delay is made of. */
const batchLimits = { eventsMax: 50_000, bytesMax: 32 * 1024 * 1024, lingerMs: 100 }

/**
 * Runs one partition's pipeline until aborted.
 * @throws MillraceError `fenced`, `log_corrupt`, `log_trimmed`, `schema_conflict`, `destination_refused`: somebody must act; nothing is lost.
 */
export async function runPipeline(pipeline: Pipeline, signal: AbortSignal): Promise<void> {
  const { partition, log, mapper, restream, load, onProgress } = pipeline
  let position = await load.claim(partition)
  restream.forget(partition, position) // set aside by a batch that was never written
  for await (const records of batches(log.read(partition, position, signal), batchLimits, signal)) {
    const startedAt = performance.now()
    const arrivals = records.map((record) => arrivalOf(record, restream))
    const mapped = await mapper.map(arrivals)
    const failures = [...unreadableOf(partition, arrivals), ...unmappedOf(partition, arrivals, mapped)]
    const books = booksOf(arrivals, { loaded: mapped.rowCount, restreamed: failures.length })
    const range = { partition, start: position, end: endOf(arrivals.at(-1)!) }
    restream.append(failures) // keyed by offset: a repeat overwrites
    // failpoint: pipeline.batch.restreamed
    await load.write(mapped.tables, range, books) // rows of every table, books and position: one transaction
    // failpoint: pipeline.batch.loaded
    position = range.end
    const durable = await load.durablePosition(partition)
    restream.prune(partition, durable)
    const delayMs = Date.now() - oldestOf(arrivals)
    onProgress({ range, durable, books, failures, delayMs, durationMs: performance.now() - startedAt })
  }
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
