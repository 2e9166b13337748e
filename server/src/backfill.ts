/**
 * One back-fill: the log from its start to where the tables were when it began, through the code and the mapping of now; rows in
 * which a column is null get the value. It works between the pipeline's batches, a few events at a time, and may be repeated.
 */
import { setTimeout as pauseFor } from 'node:timers/promises'
import type { Arrival } from './arrivals.ts'
import { type BackfillRun, Filling, type FillingParts } from './backfill-filling.ts'
import { decodeBatch } from './batch.ts'
import { hasCode } from './errors.ts'
import type { Destination } from './load/loader.ts'
import type { LogReader, LogRecord } from './log/log.ts'
import { silentLogger } from './telemetry.ts'
import { openCodeEngine } from './transform/code-engine.ts'
import type { GuestOpener } from './transform/program.ts'
import type { Deployment } from './transform.ts'

export interface BackfillParts extends Omit<FillingParts, 'engine' | 'destination'> {
  readonly partition: number
  readonly log: LogReader
  /** First offset that the log still has. */
  readonly logStart: () => bigint
  readonly destination: Pick<Destination, 'books' | 'evolve' | 'fill'>
  readonly guests: GuestOpener
  /** The code in force. */
  readonly deployment: Deployment | undefined
}

/** Looked at between two pauses. A record of the log is never divided. */
const eventsAtOnce = 2_000
const bytesAtOnceMax = 4 * 1024 * 1024
/** It rests as long as it worked, so that the pipeline has half of the thread at least. */
const restMsMax = 1_000

/** @throws MillraceError `not_found`, `conflict`: the mapping, or the column, is gone; `invalid_code`, `schema_conflict`, `log_corrupt`; the signal's reason. */
export async function runBackfill(parts: BackfillParts, run: BackfillRun): Promise<void> {
  const { partition, destination, logStart } = parts
  const betweenBatches = unlessAborted(parts.betweenBatches, run.signal)
  const end = await betweenBatches(async () => (await destination.books(partition)).position)
  const start = logStart()
  const engine = openCodeEngine({ guests: parts.guests, logger: silentLogger, pauses: false })
  engine.deploy(parts.deployment)
  const filling = new Filling({ ...parts, engine, betweenBatches }, run)
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

/** A batch that cannot be written holds its turn as long as that lasts; a stop does not wait for it. */
function unlessAborted(
  betweenBatches: BackfillParts['betweenBatches'],
  signal: AbortSignal,
): BackfillParts['betweenBatches'] {
  return async (job) => {
    const aborted = Promise.withResolvers<never>()
    const abort = () => aborted.reject(signal.reason as Error)
    signal.addEventListener('abort', abort, { once: true })
    try {
      signal.throwIfAborted()
      const done = betweenBatches(async () => {
        signal.throwIfAborted()
        return job()
      })
      return await Promise.race([done, aborted.promise])
    } finally {
      signal.removeEventListener('abort', abort)
    }
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
        const { types, replacement } = decodeBatch(record.body)
        const isWanted = replacement?.end === undefined && (deployment !== undefined || types.includes(eventType))
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
