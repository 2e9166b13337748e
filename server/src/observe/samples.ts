/**
 * Samples of what arrives, as it arrived: up to ten events of each event type and status, the newest in place of the oldest.
 *
 * The pipeline's thread observes, the main thread reads the same file. A batch costs a look at a handful of its events, and the
 * file is written at most once a second: samples are there to be looked at, and what a kill takes of them comes again by itself.
 */
import { join } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type EventMetadata, type Sample, type SampleCount, type SampleFilter, samplesPerStatus } from '../samples.ts'
import type { Logger } from '../telemetry.ts'
import type { ObservedBatch, ObservedEvent } from './observed-batch.ts'
import { SamplePicker } from './sample-picker.ts'
import { inTransaction, openSideFile, openSideFileToRead } from './side-file.ts'

/** Where the samples of a workspace are, in its folder. */
export function samplesPath(folder: string): string {
  return join(folder, 'samples.db')
}

export interface Samples {
  /** Never throws and never waits: what cannot be kept is not kept. */
  observe(batch: ObservedBatch): void
  close(): void
}

export interface SampleReader {
  /** Newest first. */
  list(filter: SampleFilter, limit: number): Sample[]
  /** How many samples there are, by event type and status. */
  stats(): SampleCount[]
  close(): void
}

/** Of one workspace's file; the oldest go first. */
const bytesMax = 64 * 1024 * 1024
const flushIntervalMs = 1_000
/** Samples are not worth a batch's time. */
const writerWaitMs = 50
const readerWaitMs = 1_000

interface SamplesSettings {
  readonly logger: Logger
  readonly now?: () => number
}

/** Opens the file for the thread that observes, and makes it anew where it is damaged. */
export function openSamples(path: string, { logger, now = Date.now }: SamplesSettings): Samples {
  const db = openSideFile(path, schema, writerWaitMs)
  const picker = new SamplePicker(kindsIn(db), now)
  const store = new SampleStore(db)
  let flushedAt = 0
  let timer: NodeJS.Timeout | undefined
  let isTold = false

  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    flushedAt = now()
    const picked = picker.take()
    if (picked.length === 0) return
    try {
      store.keep(picked)
      isTold = false
    } catch (error) {
      if (!isTold) logger.warn('samples are not kept', { reason: error as Error })
      isTold = true
    }
  }
  return {
    observe(batch) {
      if (!picker.look(batch)) return
      if (now() - flushedAt >= flushIntervalMs) flush()
      else timer ??= setTimeout(flush, flushIntervalMs).unref()
    },
    close() {
      flush()
      db.close()
    },
  }
}

/** Opens the file for reading, beside the thread that observes. */
export function openSampleReader(path: string): SampleReader {
  const db = openSideFileToRead(path, schema, readerWaitMs)
  return {
    list: ({ eventType, statuses }, limit) =>
      db
        .prepare(
          `SELECT * FROM samples WHERE (:eventType IS NULL OR event_type = :eventType)
             AND (:statuses IS NULL OR status IN (SELECT value FROM json_each(:statuses)))
           ORDER BY at DESC, id DESC LIMIT :limit`,
        )
        .all({ eventType: eventType ?? null, statuses: statuses?.length ? JSON.stringify(statuses) : null, limit })
        .map(sampleOf),
    stats: () => kindsIn(db),
    close: () => db.close(),
  }
}

class SampleStore {
  readonly #db: DatabaseSync
  readonly #insert: StatementSync
  readonly #trim: StatementSync
  readonly #bytes: StatementSync
  readonly #dropOldest: StatementSync

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#insert = db.prepare(
      'INSERT INTO samples (event_type, status, message, at, metadata, raw) VALUES (?, ?, ?, ?, ?, ?)',
    )
    this.#trim = db.prepare(
      `DELETE FROM samples WHERE event_type = :eventType AND status = :status AND id NOT IN
         (SELECT id FROM samples WHERE event_type = :eventType AND status = :status ORDER BY id DESC LIMIT ${samplesPerStatus})`,
    )
    this.#bytes = db.prepare('SELECT coalesce(sum(length(raw)), 0) AS bytes FROM samples')
    this.#dropOldest = db.prepare('DELETE FROM samples WHERE id IN (SELECT id FROM samples ORDER BY id LIMIT 100)')
  }

  keep(events: readonly ObservedEvent[]): void {
    inTransaction(this.#db, () => {
      for (const { eventType, status, message, receivedAt, metadata, raw } of events)
        this.#insert.run(eventType, status, message, receivedAt, JSON.stringify(metadata), raw)
      for (const { eventType, status } of events) this.#trim.run({ eventType, status })
      while (Number(this.#bytes.get()?.['bytes']) > bytesMax) this.#dropOldest.run()
    })
  }
}

const schema = `
CREATE TABLE IF NOT EXISTS samples (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event_type TEXT NOT NULL,
  status TEXT NOT NULL,
  message TEXT,
  at INTEGER NOT NULL,
  metadata TEXT NOT NULL,
  raw BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS samples_by_type ON samples (event_type, status, id);
`

function kindsIn(db: DatabaseSync): SampleCount[] {
  return db
    .prepare('SELECT event_type, status, count(*) AS count FROM samples GROUP BY 1, 2 ORDER BY 1, 2')
    .all()
    .map((row) => ({
      eventType: String(row['event_type']),
      status: String(row['status']),
      count: Number(row['count']),
    }))
}

function sampleOf(row: Record<string, unknown>): Sample {
  return {
    eventType: row['event_type'] as string,
    status: row['status'] as string,
    message: row['message'] as string | null,
    at: Number(row['at']),
    raw: row['raw'] as Uint8Array,
    metadata: JSON.parse(row['metadata'] as string) as EventMetadata,
  }
}
