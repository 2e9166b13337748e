/** Counts what the stages tell, for Prometheus. Names: `millrace_<stage>_…`, units at the end. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Books } from '../rows.ts'

export interface Metrics {
  /** A request of the intake was answered. */
  ingested(request: { workspace: string; input: string; events: number; unreadable: number; bytes: number }): void
  /** Events of which a value was changed so that it could be stored. */
  noted(request: { workspace: string; input: string; events: number }): void
  /** The intake refused a request. */
  refused(code: string): void
  /** A batch was loaded. */
  loaded(
    workspace: string,
    batch: { books: Books; failures: readonly Failed[]; delayMs: number; durationMs: number },
  ): void
  /** How long events of a workspace take by now, ms, by quantile; undefined where there are none. */
  latency(workspace: string, quantiles: Readonly<Record<string, number | undefined>>, average: number | undefined): void
  /** How far each part is; told when the metrics are read. */
  state(state: {
    workspace: string
    end: bigint
    position: bigint
    logBytes: number
    waiting: number
    isStopped: boolean
  }): void
  /** A round of events was archived. */
  archived(workspace: string, round: { position: bigint; events: number; objects: number; bytes: number }): void
  archiveFailing(workspace: string, isFailing: boolean): void
  archiveLost(workspace: string, events: number): void
  /** The text that Prometheus reads; where a workspace is named, of what is labelled with it. */
  text(workspace?: string): Promise<{ contentType: string; text: string }>
}

interface Failed {
  readonly stage: string
  readonly code: string
}

export function openMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'millrace_' })
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name, help, labelNames, registers: [registry] })
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['workspace'], registers: [registry] })
  const seconds = (name: string, help: string) =>
    new Histogram({
      name,
      help,
      labelNames: ['workspace'],
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600],
      registers: [registry],
    })

  const ingestedEvents = counter('millrace_ingest_events_out_total', 'Events logged by the intake', [
    'workspace',
    'input',
  ])
  const ingestedBytes = counter('millrace_ingest_bytes_total', 'Bytes of bodies, decompressed', ['workspace', 'input'])
  const unreadable = counter('millrace_ingest_events_failed_total', 'Events that could not be read', [
    'workspace',
    'input',
  ])
  const noted = counter('millrace_ingest_events_noted_total', 'Events of which a value was read as null', [
    'workspace',
    'input',
  ])
  const refusals = counter('millrace_ingest_requests_refused_total', 'Requests refused whole', ['code'])
  const books = counter('millrace_pipeline_events_total', 'Events by what became of them', ['workspace', 'outcome'])
  const failures = counter('millrace_pipeline_events_failed_total', 'Events set aside', ['workspace', 'stage', 'code'])
  const duration = seconds('millrace_pipeline_batch_seconds', 'Time from reading a batch to its commit')
  const delay = seconds(
    'millrace_pipeline_delay_seconds',
    "Age of a batch's oldest event when its rows could be queried",
  )
  const latency = new Gauge({
    name: 'millrace_pipeline_latency_seconds',
    help: 'From the receipt of events until their rows could be queried, in the running minute',
    labelNames: ['workspace', 'quantile'],
    registers: [registry],
  })
  const averageLatency = gauge('millrace_pipeline_latency_average_seconds', 'The same on average')
  const end = gauge('millrace_log_end_offset', 'Events the log has ever held')
  const position = gauge('millrace_pipeline_position_offset', 'Events the destination has taken')
  const logBytes = gauge('millrace_log_bytes', 'Bytes of the log on disk')
  const archivedEvents = counter('millrace_archive_events_out_total', 'Events archived', ['workspace'])
  const archivedObjects = counter('millrace_archive_objects_total', 'Objects put into the archive', ['workspace'])
  const archivedBytes = counter('millrace_archive_bytes_total', 'Bytes of them, compressed', ['workspace'])
  const archiveLost = counter('millrace_archive_events_lost_total', 'Events the log gave up before', ['workspace'])
  const archivePosition = gauge('millrace_archive_position_offset', 'Events before it are archived')
  const archiveFailing = gauge('millrace_archive_failing', '1 while nothing can be archived')
  const waiting = gauge('millrace_restream_events', 'Events that wait in the restream queue')
  const stopped = gauge('millrace_pipeline_stopped', '1 where the pipeline stopped and somebody must act')

  return {
    ingested({ workspace, input, events, unreadable: bad, bytes }) {
      ingestedEvents.inc({ workspace, input }, events)
      ingestedBytes.inc({ workspace, input }, bytes)
      if (bad > 0) unreadable.inc({ workspace, input }, bad)
    },
    noted: ({ workspace, input, events }) => noted.inc({ workspace, input }, events),
    refused: (code) => refusals.inc({ code }),
    loaded(workspace, batch) {
      for (const [outcome, count] of Object.entries(batch.books))
        if (count > 0) books.inc({ workspace, outcome }, count)
      for (const { stage, code } of batch.failures) failures.inc({ workspace, stage, code })
      duration.observe({ workspace }, batch.durationMs / 1000)
      delay.observe({ workspace }, batch.delayMs / 1000)
    },
    latency(workspace, quantiles, average) {
      if (average === undefined) averageLatency.remove({ workspace })
      else averageLatency.set({ workspace }, average / 1000)
      for (const [quantile, ms] of Object.entries(quantiles)) {
        if (ms === undefined) latency.remove({ workspace, quantile })
        else latency.set({ workspace, quantile }, ms / 1000)
      }
    },
    state({ workspace, ...state }) {
      end.set({ workspace }, Number(state.end))
      position.set({ workspace }, Number(state.position))
      logBytes.set({ workspace }, state.logBytes)
      waiting.set({ workspace }, state.waiting)
      stopped.set({ workspace }, state.isStopped ? 1 : 0)
    },
    archived(workspace, { position: archived, events, objects, bytes }) {
      archivedEvents.inc({ workspace }, events)
      archivedObjects.inc({ workspace }, objects)
      archivedBytes.inc({ workspace }, bytes)
      archivePosition.set({ workspace }, Number(archived))
    },
    archiveFailing: (workspace, isFailing) => archiveFailing.set({ workspace }, isFailing ? 1 : 0),
    archiveLost: (workspace, events) => archiveLost.inc({ workspace }, events),
    async text(workspace) {
      const text = await registry.metrics()
      return { contentType: registry.contentType, text: workspace === undefined ? text : onlyOf(workspace, text) }
    },
  }
}

/** The series of one workspace, each metric's head before them. A quote inside of a label is escaped, so no label reads as another. */
function onlyOf(workspace: string, text: string): string {
  const label = `workspace=${JSON.stringify(workspace)}`
  const isOf = (line: string) => line.includes(`{${label}`) || line.includes(`,${label}`)
  const metrics = text.split('\n\n').map((metric) => {
    const lines = metric.split('\n')
    const series = lines.filter((line) => !line.startsWith('#') && isOf(line))
    return series.length === 0 ? [] : [...lines.filter((line) => line.startsWith('#')), ...series, '']
  })
  return metrics.flat().join('\n')
}
