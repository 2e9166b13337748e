/** What is counted in one minute, and what the metrics by name say of one or several. */
import type { MetricName } from '../minute-metrics.ts'
import type { Books } from '../rows.ts'
import { LatencyHistogram } from './latency-histogram.ts'

/** What adds up. */
export interface MinuteCounts {
  received: number
  bytes: number
  processed: number
  resent: number
  unmapped: number
  ignored: number
  failed: number
  loaded: number
}

export interface Minute {
  readonly counts: MinuteCounts
  readonly latency: LatencyHistogram
  /** As last looked; null where nobody looked. */
  inPipeline: number | null
  inTransit: number | null
}

/** What the pipeline did with a batch. */
export interface LoadedBatch {
  readonly books: Books
  readonly failures: readonly { readonly code: string }[]
  /** How long events took from their receipt until they could be queried, and how many. */
  readonly delays: readonly (readonly [delayMs: number, events: number])[]
}

export function emptyMinute(): Minute {
  const counts = {
    received: 0,
    bytes: 0,
    processed: 0,
    resent: 0,
    unmapped: 0,
    ignored: 0,
    failed: 0,
    loaded: 0,
  }
  return { counts, latency: new LatencyHistogram(), inPipeline: null, inTransit: null }
}

export function addLoaded({ counts, latency }: Minute, { books, failures, delays }: LoadedBatch): void {
  const unmapped = failures.filter(({ code }) => code.startsWith('unmapped_')).length
  counts.processed += books.received
  counts.resent += books.resent
  counts.unmapped += unmapped
  counts.failed += failures.length - unmapped
  counts.ignored += books.dropped + books.discarded
  counts.loaded += books.loaded
  for (const [delayMs, events] of delays) latency.add(delayMs, events)
}

/** Adds a later minute to one. */
export function addMinute(minute: Minute, later: Minute): void {
  for (const name of Object.keys(minute.counts) as (keyof MinuteCounts)[]) minute.counts[name] += later.counts[name]
  minute.latency.merge(later.latency)
  minute.inPipeline = later.inPipeline ?? minute.inPipeline
  minute.inTransit = later.inTransit ?? minute.inTransit
}

/** The value of a metric in an interval of `minutes`. */
export const metricValues: Readonly<Record<MetricName, (minute: Minute, minutes: number) => number | null>> = {
  EVENT_SIZE_AVG: ({ counts }) => (counts.received === 0 ? null : counts.bytes / counts.received),
  EVENT_SIZE_TOTAL: ({ counts }) => counts.bytes,
  EVENT_PROCESSING_RATE: ({ counts }, minutes) => counts.processed / minutes,
  INCOMING_EVENTS: ({ counts }) => counts.received,
  RESTREAMED_EVENTS: ({ counts }) => counts.resent,
  UNMAPPED_EVENTS: ({ counts }) => counts.unmapped,
  IGNORED_EVENTS: ({ counts }) => counts.ignored,
  ERROR_EVENTS: ({ counts }) => counts.failed,
  LOADED_EVENTS_RATE: ({ counts }) => counts.loaded,
  LATENCY_AVG: ({ latency }) => latency.average(),
  LATENCY_PERCENTILE_50: ({ latency }) => latency.percentile(0.5),
  LATENCY_PERCENTILE_95: ({ latency }) => latency.percentile(0.95),
  LATENCY_MAX: ({ latency }) => latency.max(),
  EVENTS_IN_PIPELINE: ({ inPipeline }) => inPipeline,
  EVENTS_IN_TRANSIT: ({ inTransit }) => inTransit,
}
