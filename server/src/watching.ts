/**
 * Everything by which the server is watched, as the main thread holds it: metrics by minute, samples, notifications and the channels
 * they go through, the live tail. What it is told costs those who tell it next to nothing.
 */
import type { WorkspaceObservations } from './control-plane/data-plane.ts'
import type { MillraceError } from './errors.ts'
import type { IngestCounters } from './ingest/storing.ts'
import type { LivePick, LiveWatcher } from './live.ts'
import {
  type Channel,
  type NotificationDraft,
  type NotificationStore,
  type Notify,
  notificationTypes,
} from './notifications.ts'
import { openSend, type SendSettings } from './observe/channels/send.ts'
import { type Deliveries, openDeliveries, type Send } from './observe/deliveries.ts'
import {
  pipelineStopped,
  requestsRefused,
  restreamFull,
  transformPaused,
  transformUnavailable,
  valuesChanged,
  workspaceUnavailable,
} from './observe/drafts.ts'
import { draftOf, type FailureKind } from './observe/failure-kinds.ts'
import { openLiveHub } from './observe/live-hub.ts'
import type { Metrics } from './observe/metrics.ts'
import { openNotifications } from './observe/notifications.ts'
import { type Observations, openObservations } from './observe/observations.ts'
import type { Progress } from './pipeline.ts'
import type { Logger } from './telemetry.ts'
import type { Workspace } from './workspace.ts'
import type { Workspaces } from './workspaces.ts'

export interface Watching {
  /** What the intake counts with. */
  readonly counters: IngestCounters
  /** Once the pipeline's thread has opened it, or could not. Safe to repeat. */
  open(workspace: string): void
  loaded(workspace: string, progress: Progress): void
  failed(workspace: string, kinds: readonly FailureKind[]): void
  seen(picks: readonly LivePick[]): void
  stopped(workspace: string, reason: string): void
  /** It could not be opened. */
  unavailable(workspace: string, reason: MillraceError): void
  transformPaused(workspace: string, reason: string): void
  /** No code can be run, and events wait for that. */
  transformUnavailable(workspace: string, reason: string): void
  /** Of what somebody else has noticed. Never throws and never waits. */
  readonly notify: Notify
  /** Brings the metrics for Prometheus up to date. */
  refresh(): void
  of(workspace: string): WorkspaceObservations
  closeOne(workspace: string): void
  /** Ends the live tails, which would keep the server from closing. */
  closeLive(): void
  /** Keeps what is to be kept. */
  close(): Promise<void>
}

interface WatchingParts extends SendSettings {
  readonly workspaces: Workspaces
  readonly store: NotificationStore
  readonly metrics: Metrics
  /** Says to the pipeline's thread who watches events go by. */
  readonly tell: (workspace: string, watchers: readonly LiveWatcher[]) => void
  readonly logger: Logger
}

const tickMs = 1_000

export function openWatching({ workspaces, store, metrics, tell, logger, ...sending }: WatchingParts): Watching {
  const send = openSend(sending)
  const deliveries = openDeliveries({ store, send, logger })
  const notifications = openNotifications({ store, onNew: deliveries.announce, logger })
  const { notify } = notifications
  const live = openLiveHub(tell)
  const waiting = (id: string) => {
    const workspace = workspaces.get(id)
    const { count, isFull } = workspace.restream.status()
    if (isFull) notify(id, restreamFull(id, count))
    return { inPipeline: inPipelineOf(workspace), inTransit: count }
  }
  const observations = openObservations({ waiting, logger })
  const seen = (id: string) => {
    const failure = workspaces.failureOf(id)
    if (failure !== undefined && !observations.has(id)) throw failure
    return observations
  }
  const ticking = tickRegularly(async () => {
    await notifications.flush()
    await deliveries.tick()
  }, logger)

  return {
    counters: countersOf(metrics, observations, notify),
    open: (id) => observations.open(id, workspaces.get(id).folder),
    loaded(workspace, progress) {
      metrics.loaded(workspace, progress)
      observations.loaded(workspace, progress)
    },
    failed(workspace, kinds) {
      for (const kind of kinds) notify(workspace, draftOf(kind))
    },
    seen: live.seen,
    stopped: (workspace, reason) => notify(workspace, pipelineStopped(workspace, reason)),
    unavailable: (workspace, reason) => notify(workspace, workspaceUnavailable(workspace, reason)),
    transformPaused: (workspace, reason) => notify(workspace, transformPaused(workspace, reason)),
    transformUnavailable: (workspace, reason) => notify(workspace, transformUnavailable(workspace, reason)),
    notify,
    refresh() {
      for (const state of workspaces.states()) {
        metrics.state(state)
        if (!observations.has(state.workspace)) continue
        const { quantiles, average } = latenciesOf(observations, state.workspace)
        metrics.latency(state.workspace, quantiles, average)
      }
    },
    of: (workspace) => ({
      metrics: async (request) => seen(workspace).metrics(workspace, request),
      samples: async (filter, limit) => seen(workspace).samples(workspace, filter, limit),
      sampleCounts: async () => seen(workspace).sampleCounts(workspace),
      async notify(draft) {
        notify(workspace, draft)
        await notifications.flush()
      },
      testChannel: (channel) => testChannel(send, channel),
      watch: (listener) => live.watch(workspace, listener),
    }),
    closeOne(workspace) {
      live.closeOne(workspace)
      observations.closeOne(workspace)
    },
    closeLive: live.close,
    async close() {
      await ticking.stop()
      await closeAll(deliveries, observations, notifications)
    },
  }
}

function countersOf(
  metrics: Metrics,
  observations: Observations,
  notify: (workspace: string, draft: NotificationDraft) => void,
): IngestCounters {
  return {
    ingested(request) {
      metrics.ingested(request)
      const { workspace, events, unreadable, bytes } = request
      observations.received(workspace, events + unreadable, bytes)
    },
    noted({ input, events, what }) {
      metrics.noted({ workspace: input.workspace, input: input.label, events })
      notify(input.workspace, valuesChanged(input, events, what))
    },
    refused(code, input) {
      metrics.refused(code)
      if (input !== undefined) notify(input.workspace, requestsRefused(code, input))
    },
  }
}

async function closeAll(
  deliveries: Deliveries,
  observations: Observations,
  { flush }: { flush(): Promise<void> },
): Promise<void> {
  await flush()
  await deliveries.close()
  observations.close()
}

/** Events received and neither loaded nor set aside. */
function inPipelineOf({ log, position }: Workspace): number {
  const { end } = log.status(0)
  return end > position ? Number(end - position) : 0
}

const latencyNames = ['LATENCY_PERCENTILE_50', 'LATENCY_PERCENTILE_95', 'LATENCY_MAX', 'LATENCY_AVG'] as const

/** Of the running minute, ms. */
function latenciesOf(observations: Observations, workspace: string) {
  const series = observations.metrics(workspace, { names: latencyNames, from: Date.now(), resolutionMinutes: 1 })
  const lasts = series.map(({ points }) => points.findLast(({ value }) => value !== null)?.value ?? undefined)
  const [half, most, all, average] = lasts
  return { quantiles: { '0.5': half, '0.95': most, '1': all }, average }
}

/** Why it did not arrive; null where it did. */
async function testChannel(send: Send, { workspace, target, label }: Channel): Promise<string | null> {
  const now = Date.now()
  const id = crypto.randomUUID()
  const notification = {
    id,
    severity: 'info' as const,
    type: 'test',
    typeDescription: notificationTypes.test,
    message: `Notifications of the workspace ${workspace} arrive through the channel ${JSON.stringify(label)}`,
    eventType: null,
    input: null,
    cause: null,
    count: 1,
    firstAt: now,
    lastAt: now,
  }
  try {
    await send(target, { id, workspace, notifications: [notification] }, new AbortController().signal)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

/** One at a time. `stop` waits for the one under way. */
function tickRegularly(work: () => Promise<void>, logger: Logger): { stop(): Promise<void> } {
  let underWay: Promise<void> | undefined
  const timer = setInterval(() => {
    underWay ??= work()
      .catch((error: unknown) => logger.warn('notifications are not sent', { reason: error as Error }))
      .finally(() => {
        underWay = undefined
      })
  }, tickMs)
  return {
    async stop() {
      clearInterval(timer)
      await underWay
    },
  }
}
