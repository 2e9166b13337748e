/**
 * What is counted of a workspace each minute, by name: the shapes in which it is asked for, by the stage that counts and by those
 * who look. The names are those that clients of Alooma know.
 */

export const metricNames = [
  /** Bytes an event, of those received; null where there were none. */
  'EVENT_SIZE_AVG',
  /** Bytes received. */
  'EVENT_SIZE_TOTAL',
  /** Events the pipeline was through with, a minute. */
  'EVENT_PROCESSING_RATE',
  /** Events received. */
  'INCOMING_EVENTS',
  /** Events that went through again from the restream queue. */
  'RESTREAMED_EVENTS',
  /** Events set aside because nothing maps them. */
  'UNMAPPED_EVENTS',
  /** Events that code or mapping discards. */
  'IGNORED_EVENTS',
  /** Events set aside for any other reason. */
  'ERROR_EVENTS',
  /** Events loaded. */
  'LOADED_EVENTS_RATE',
  /** From the receipt of an event until its row can be queried, ms; null where there were none. */
  'LATENCY_AVG',
  'LATENCY_PERCENTILE_50',
  'LATENCY_PERCENTILE_95',
  'LATENCY_MAX',
  /** Events received and neither loaded nor set aside, when it was last looked. */
  'EVENTS_IN_PIPELINE',
  /** Events in the restream queue, when it was last looked. */
  'EVENTS_IN_TRANSIT',
] as const

export type MetricName = (typeof metricNames)[number]

export interface MetricSeries {
  readonly name: MetricName
  /** Ascending, one for each interval from the first asked for to the running one; at least two. */
  readonly points: readonly MetricPoint[]
}

export interface MetricPoint {
  /** When the interval begins, ms since 1970 UTC. */
  readonly at: number
  /** Null where nothing was measured. */
  readonly value: number | null
}

export interface MetricsRequest {
  readonly names: readonly MetricName[]
  /** ms since 1970 UTC. */
  readonly from: number
  /** Length of an interval. */
  readonly resolutionMinutes: number
}

/** How long they are kept. */
export const metricDaysMax = 30
