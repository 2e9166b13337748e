/** Metrics by the minute, and the figures that are made of them. They are no books: `GET /status` has these. */
import { bodyOf, type Client } from './client.ts'
import type { components } from './openapi.ts'

export type MetricSeries = components['schemas']['MetricSeries']
export type MetricName = MetricSeries['name']
export type MetricPoint = MetricSeries['points'][number]

export interface MetricRange {
  /** How far back; 60 where missing. */
  readonly minutes?: number
  /** Length of an interval, 1 to 1440; 1 where missing. */
  readonly resolutionMinutes?: number
}

const agoMinutes = 60

/** A series for each name, in their order, up to the interval that is running; null where nothing was measured. @throws ClientError */
export async function getMetrics(
  client: Client,
  names: readonly MetricName[],
  { minutes = agoMinutes, resolutionMinutes = 1 }: MetricRange = {},
): Promise<MetricSeries[]> {
  const from = new Date(Date.now() - minutes * 60_000).toISOString()
  const query = { names: [...names], from, resolutionMinutes }
  return (await bodyOf(client.GET('/api/v1/metrics', { params: { query } }))).items
}

/** Events received and neither loaded nor set aside: the most there were. @throws ClientError */
export async function incomingQueue(client: Client, minutes?: number): Promise<number> {
  return Math.max(0, ...(await valuesOf(client, 'EVENTS_IN_PIPELINE', minutes)))
}

/** Events that waited in the restream queue, the most there were. @throws ClientError */
export async function restreamQueue(client: Client, minutes?: number): Promise<number> {
  return Math.max(0, ...(await valuesOf(client, 'EVENTS_IN_TRANSIT', minutes)))
}

export interface Outputs {
  /** Set aside because nothing maps them. */
  readonly unmapped: number
  /** Discarded by code or mapping. */
  readonly ignored: number
  /** Set aside for any other reason. */
  readonly failed: number
  readonly loaded: number
}

/** What became of events, in events. @throws ClientError */
export async function outputs(client: Client, minutes?: number): Promise<Outputs> {
  const names = ['UNMAPPED_EVENTS', 'IGNORED_EVENTS', 'ERROR_EVENTS', 'LOADED_EVENTS_RATE'] as const
  const series = await getMetrics(client, names, rangeOf(minutes))
  const [unmapped = 0, ignored = 0, failed = 0, loaded = 0] = series.map((one) => sum(measured(one)))
  return { unmapped, ignored, failed, loaded }
}

/** Events received. @throws ClientError */
export async function incomingCount(client: Client, minutes?: number): Promise<number> {
  return sum(await valuesOf(client, 'INCOMING_EVENTS', minutes))
}

/** Bytes an event, over all events; null where there were none. @throws ClientError */
export async function averageEventSize(client: Client, minutes?: number): Promise<number | null> {
  const series = await getMetrics(client, ['EVENT_SIZE_TOTAL', 'INCOMING_EVENTS'], rangeOf(minutes))
  const [bytes = 0, events = 0] = series.map((one) => sum(measured(one)))
  return events === 0 ? null : bytes / events
}

/** Seconds from the receipt of an event until its row could be queried, at the most; null where nothing was loaded. @throws ClientError */
export async function maxLatency(client: Client, minutes?: number): Promise<number | null> {
  const values = await valuesOf(client, 'LATENCY_MAX', minutes)
  return values.length === 0 ? null : Math.max(...values) / 1000
}

export interface Throughput {
  readonly received: number
  readonly loaded: number
  readonly restreamed: number
}

/** Events a second, over the whole minutes asked for; of the last one where nothing is said. @throws ClientError */
export async function throughput(client: Client, minutes = 1): Promise<Throughput> {
  const names = ['INCOMING_EVENTS', 'LOADED_EVENTS_RATE', 'RESTREAMED_EVENTS'] as const
  const series = await getMetrics(client, names, { minutes: minutes + 1 })
  const [received = 0, loaded = 0, restreamed = 0] = series.map(({ points }) => rateOf(points, minutes))
  return { received, loaded, restreamed }
}

/** The minute that is running is not over: its part of the time counts, and as much less of the oldest minute. */
function rateOf(points: readonly MetricPoint[], minutes: number): number {
  const recent = points.slice(-(minutes + 1))
  const running = recent.at(-1)
  if (running === undefined) return 0
  const share = Math.min(1, Math.max(0, (Date.now() - Date.parse(running.at)) / 60_000))
  const weightOf = (place: number) => (recent.length > minutes && place === 0 ? 1 - share : 1)
  const events = sum(recent.map(({ value }, place) => (value ?? 0) * weightOf(place)))
  return events / (minutes * 60)
}

async function valuesOf(client: Client, name: MetricName, minutes: number | undefined): Promise<number[]> {
  const [series] = await getMetrics(client, [name], rangeOf(minutes))
  return series === undefined ? [] : measured(series)
}

function rangeOf(minutes: number | undefined): MetricRange {
  return minutes === undefined ? {} : { minutes }
}

function measured({ points }: MetricSeries): number[] {
  return points.flatMap(({ value }) => (value === null ? [] : [value]))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
