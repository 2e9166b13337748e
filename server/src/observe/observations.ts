/** What is kept of each workspace to be looked at: its metrics by minute, and the samples that the pipeline's thread takes. */
import { join } from 'node:path'
import { MillraceError } from '../errors.ts'
import type { MetricSeries, MetricsRequest } from '../minute-metrics.ts'
import type { Sample, SampleCount, SampleFilter } from '../samples.ts'
import type { Logger } from '../telemetry.ts'
import type { LoadedBatch } from './minute.ts'
import { type MinuteMetrics, openMinuteMetrics } from './minute-metrics.ts'
import { openSampleReader, type SampleReader, samplesPath } from './samples.ts'

export interface Observations {
  /** Safe to repeat. */
  open(workspace: string, folder: string): void
  has(workspace: string): boolean
  /** Events of a request were logged. Never throws, as the next does not. */
  received(workspace: string, events: number, bytes: number): void
  /** The pipeline was through with a batch. */
  loaded(workspace: string, batch: LoadedBatch): void
  /** @throws MillraceError `not_found`, as do those below. */
  metrics(workspace: string, request: MetricsRequest): MetricSeries[]
  /** Newest first. */
  samples(workspace: string, filter: SampleFilter, limit: number): Sample[]
  sampleCounts(workspace: string): SampleCount[]
  /** Safe to repeat. */
  closeOne(workspace: string): void
  close(): void
}

const flushIntervalMs = 1_000
const lookIntervalMs = 5_000

interface ObservationsParts {
  /** How many events wait in a workspace now. */
  readonly waiting: (workspace: string) => { inPipeline: number; inTransit: number }
  readonly logger: Logger
}

interface Observed {
  readonly metrics: MinuteMetrics
  readonly samples: SampleReader
  /** Whether the last flush failed, which is said once. */
  isFailing: boolean
}

export function openObservations({ waiting, logger }: ObservationsParts): Observations {
  const workspaces = new Map<string, Observed>()
  const find = (workspace: string): Observed => {
    const found = workspaces.get(workspace)
    if (found === undefined) throw new MillraceError('not_found', `There is no workspace ${workspace}`)
    return found
  }
  const flush = (): void => {
    for (const [workspace, observed] of workspaces) {
      try {
        observed.metrics.flush()
        observed.isFailing = false
      } catch (error) {
        if (!observed.isFailing) logger.warn('metrics are not written', { workspace, reason: error as Error })
        observed.isFailing = true
      }
    }
  }
  const look = (): void => {
    for (const [workspace, { metrics }] of workspaces) {
      try {
        metrics.looked(waiting(workspace))
      } catch (error) {
        logger.debug('events that wait are not counted', { workspace, reason: error as Error })
      }
    }
  }
  const flushing = setInterval(flush, flushIntervalMs)
  const looking = setInterval(look, lookIntervalMs)
  const closeOne = (workspace: string): void => {
    const observed = workspaces.get(workspace)
    if (observed === undefined) return
    workspaces.delete(workspace)
    observed.samples.close()
    observed.metrics.close()
  }

  return {
    open(workspace, folder) {
      if (workspaces.has(workspace)) return
      const samples = openSampleReader(samplesPath(folder))
      workspaces.set(workspace, { metrics: openMinuteMetrics(join(folder, 'metrics.db')), samples, isFailing: false })
    },
    has: (workspace) => workspaces.has(workspace),
    received: (workspace, events, bytes) => workspaces.get(workspace)?.metrics.received(events, bytes),
    loaded: (workspace, batch) => workspaces.get(workspace)?.metrics.loaded(batch),
    metrics(workspace, request) {
      const { metrics } = find(workspace)
      metrics.looked(waiting(workspace))
      return metrics.read(request)
    },
    samples: (workspace, filter, limit) => find(workspace).samples.list(filter, limit),
    sampleCounts: (workspace) => find(workspace).samples.stats(),
    closeOne,
    close() {
      clearInterval(flushing)
      clearInterval(looking)
      for (const workspace of workspaces.keys()) closeOne(workspace)
    },
  }
}
