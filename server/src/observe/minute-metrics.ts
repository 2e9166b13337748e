/**
 * What a workspace did each minute of the last 30 days, kept in one SQLite file, one row a minute.
 *
 * What is counted is in memory first and written each second, so a kill takes one second of it at most; a power cut takes what the
 * file system had not written yet. The books are exact whatever happens; these numbers are there to be looked at.
 */
import type { DatabaseSync } from 'node:sqlite'
import { type MetricSeries, type MetricsRequest, metricDaysMax } from '../minute-metrics.ts'
import { LatencyHistogram } from './latency-histogram.ts'
import {
  addLoaded,
  addMinute,
  emptyMinute,
  type LoadedBatch,
  type Minute,
  type MinuteCounts,
  metricValues,
} from './minute.ts'
import { inTransaction, openSideFile } from './side-file.ts'

export interface MinuteMetrics {
  /** Events were received, of so many bytes. */
  received(events: number, bytes: number): void
  /** The pipeline was through with a batch. */
  loaded(batch: LoadedBatch): void
  /** How many events wait now. */
  looked(waiting: { inPipeline: number; inTransit: number }): void
  /** What was counted so far included. */
  read(request: MetricsRequest): MetricSeries[]
  /** Writes what was counted since the last time. @throws Error The disk is full, or the like: it is kept in memory, and written the next time. */
  flush(): void
  close(): void
}

const minuteMs = 60_000
const pruneIntervalMs = 3_600_000

/** Opens or creates the file; one that is damaged is made anew. */
export function openMinuteMetrics(path: string, { now = Date.now } = {}): MinuteMetrics {
  const store = new MinuteStore(path)
  /** Minutes that changed since they were written, by when they begin. */
  const changed = new Map<number, Minute>()
  /** Nothing but the minute it was opened in may be in the file already. */
  let current = begin(startOf(now(), 1), store.find(startOf(now(), 1)))
  let prunedAt = 0

  const running = (): Minute => {
    const at = startOf(now(), 1)
    if (current.at !== at) current = begin(at)
    changed.set(at, current.minute)
    return current.minute
  }
  const flush = (): void => {
    store.write(changed)
    changed.clear()
    if (now() - prunedAt < pruneIntervalMs) return
    prunedAt = now()
    store.prune(prunedAt - metricDaysMax * 24 * 60 * minuteMs)
  }
  return {
    received(events, bytes) {
      const { counts } = running()
      counts.received += events
      counts.bytes += bytes
    },
    loaded(batch) {
      addLoaded(running(), batch)
    },
    looked(waiting) {
      Object.assign(running(), waiting)
    },
    read({ names, from, resolutionMinutes }) {
      const end = startOf(now(), resolutionMinutes)
      const step = resolutionMinutes * minuteMs
      const start = Math.min(startOf(from, resolutionMinutes), end - step)
      const intervals = new Map<number, Minute>()
      const add = (at: number, minute: Minute) => {
        const interval = startOf(at, resolutionMinutes)
        const sum = intervals.get(interval) ?? emptyMinute()
        addMinute(sum, minute)
        intervals.set(interval, sum)
      }
      for (const [at, minute] of store.since(start)) if (!changed.has(at)) add(at, minute)
      for (const [at, minute] of [...changed].sort(([one], [other]) => one - other)) if (at >= start) add(at, minute)
      const starts = Array.from({ length: (end - start) / step + 1 }, (_, place) => start + place * step)
      return names.map((name) => ({
        name,
        points: starts.map((at) => {
          const minute = intervals.get(at)
          return { at, value: minute === undefined ? null : metricValues[name](minute, resolutionMinutes) }
        }),
      }))
    },
    flush,
    close() {
      try {
        flush()
      } finally {
        store.close()
      }
    },
  }
}

function begin(at: number, minute = emptyMinute()): { readonly at: number; readonly minute: Minute } {
  return { at, minute }
}

function startOf(at: number, minutes: number): number {
  return Math.floor(at / (minutes * minuteMs)) * minutes * minuteMs
}

class MinuteStore {
  readonly #db: DatabaseSync

  constructor(path: string) {
    this.#db = openSideFile(path, schema, 1_000)
  }

  find(at: number): Minute | undefined {
    const row = this.#db.prepare('SELECT * FROM minutes WHERE at = ?').get(at)
    return row && minuteOf(row)
  }

  /** Ascending. */
  since(at: number): [at: number, minute: Minute][] {
    const rows = this.#db.prepare('SELECT * FROM minutes WHERE at >= ? ORDER BY at').all(at)
    return rows.map((row) => [Number(row['at']), minuteOf(row)])
  }

  write(minutes: ReadonlyMap<number, Minute>): void {
    if (minutes.size === 0) return
    const insert = this.#db.prepare('INSERT OR REPLACE INTO minutes VALUES (?, ?, ?, ?, ?)')
    inTransaction(this.#db, () => {
      for (const [at, { counts, latency, inPipeline, inTransit }] of minutes)
        insert.run(at, JSON.stringify(counts), latency.toText(), inPipeline, inTransit)
    })
  }

  prune(before: number): void {
    this.#db.prepare('DELETE FROM minutes WHERE at < ?').run(before)
  }

  close(): void {
    this.#db.close()
  }
}

const schema = `
CREATE TABLE IF NOT EXISTS minutes (
  at INTEGER PRIMARY KEY,
  counts TEXT NOT NULL,
  latency TEXT NOT NULL,
  in_pipeline INTEGER,
  in_transit INTEGER
)`

function minuteOf(row: Record<string, unknown>): Minute {
  return {
    counts: { ...emptyMinute().counts, ...(JSON.parse(row['counts'] as string) as MinuteCounts) },
    latency: LatencyHistogram.fromText(row['latency'] as string),
    inPipeline: row['in_pipeline'] as number | null,
    inTransit: row['in_transit'] as number | null,
  }
}
