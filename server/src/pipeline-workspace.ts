/** A workspace in the pipeline's thread: its destination, its restream queue, its code, and the pipeline that runs over them. */
import { join } from 'node:path'
import { type BackfillRuns, openBackfillRuns } from './backfill-runs.ts'
import { type ErrorCode, MillraceError } from './errors.ts'
import type { RemoteGuests } from './guest-rpc.ts'
import { keepRunning } from './keep-running.ts'
import type { LiveWatcher } from './live.ts'
import { openLoad } from './load/load.ts'
import type { Destination } from './load/loader.ts'
import { duckdb } from './load/loaders/duckdb.ts'
import { openFileLogReader } from './log/files/reader.ts'
import type { SharedLog } from './log/files/shared.ts'
import type { LogReader } from './log/log.ts'
import { openMapper } from './map/mapper.ts'
import { inTurn } from './map/turns.ts'
import { metadataTableNames } from './metadata-tables.ts'
import { kindsOf } from './observe/failure-kinds.ts'
import { pickLive } from './observe/live-picker.ts'
import { openSamples, type Samples, samplesPath } from './observe/samples.ts'
import { type Pipeline, runPipeline } from './pipeline.ts'
import type { MainCalls, openRpc, PipelineCalls, WorkspaceTask } from './pipeline-rpc.ts'
import { tellingOfTables } from './pipeline-tables.ts'
import type { openReasons } from './restream/fingerprint.ts'
import { openRestreamQueue, type RestreamQueue } from './restream/queue.ts'
import type { Books } from './rows.ts'
import { openStatisticsFile, type StatisticsFile } from './statistics-file.ts'
import type { Logger } from './telemetry.ts'
import { openCodeEngine } from './transform/code-engine.ts'
import type { Deployment } from './transform.ts'

export interface RunningWorkspace {
  readonly destination: Destination
  readonly restream: RestreamQueue
  readonly samples: Samples
  readonly statistics: StatisticsFile
  readonly log: LogReader
  readonly shared: SharedLog
  readonly betweenBatches: <T>(job: () => Promise<T>) => Promise<T>
  readonly backfills: BackfillRuns
  /** How often something happened that lets a pipeline which is held try again. */
  readonly changes: { count: number }
  /** The code in force. */
  deployment: Deployment | undefined
  readonly pipeline: Pipeline
  readonly stop: AbortController
  running: Promise<void>
}

/** What all workspaces of the thread have in common. */
export interface WorkspaceContext {
  readonly main: ReturnType<typeof openRpc<MainCalls, PipelineCalls>>
  readonly guests: RemoteGuests
  readonly logger: Logger
  /** Who watches events of a workspace go by. */
  readonly watchers: (workspace: string) => readonly LiveWatcher[]
  readonly reasonOf: ReturnType<typeof openReasons>
}

/** @throws MillraceError of the destination, the log and the queue. */
export async function openWorkspace(task: WorkspaceTask, context: WorkspaceContext): Promise<RunningWorkspace> {
  const stop = new AbortController()
  const settings = duckdb.settings.parse({ path: join(task.folder, 'warehouse.duckdb') })
  const opened = await duckdb.open(settings, stop.signal, context.logger)
  try {
    return await openOver(opened, task, context, stop)
  } catch (error) {
    await opened.close() // it would be in the way of the next try
    throw error
  }
}

async function openOver(
  opened: Destination,
  { id, folder, log: shared, mappings, mappingMode, deployment, restreamLimits }: WorkspaceTask,
  { main, guests, logger, watchers: watchersOf, reasonOf }: WorkspaceContext,
  stop: AbortController,
): Promise<RunningWorkspace> {
  const destination = tellingOfTables(opened, () => void main.tablesChanged.asEvent(id))
  destination.onDurable(
    () => void destination.durablePosition(0).then((durable) => main.madeDurable.asEvent(id, durable)),
  )
  const derived = (await destination.tables()).filter(({ isDerived }) => isDerived)
  const restream = openRestreamQueue(join(folder, 'restream.db'), { limits: restreamLimits })
  const log = openFileLogReader(shared)
  const engine = openCodeEngine({
    guests,
    logger,
    onPaused: (reason) => void main.transformPaused.asEvent(id, reason),
  })
  engine.deploy(deployment)
  const statistics = openStatisticsFile(join(folder, 'fields.json'), logger)
  const betweenBatches = inTurn()
  const changes = { count: 0 }
  const samples = openSamples(samplesPath(folder), { logger })
  const pipeline: Pipeline = {
    partition: 0,
    log,
    engine,
    inTurn: betweenBatches,
    observe(batch) {
      samples.observe(batch)
      if (batch.failures.length > 0) main.failed.asEvent(id, kindsOf(batch.failures, reasonOf))
      const watchers = watchersOf(id)
      if (watchers.length > 0) main.seen.asEvent(pickLive(batch, watchers))
    },
    mapper: openMapper({
      mappings,
      defaultMode: mappingMode,
      save: (mapping) => main.saveMapping(id, mapping),
      isFilled: async (name) => (await destination.tables()).some((table) => table.name === name && table.rowCount > 0),
      reservedTables: [...derived.map(({ name }) => name), ...Object.values(metadataTableNames)],
      statistics: statistics.current,
      logger,
    }),
    restream,
    load: openLoad({ destination, logger, signal: stop.signal }),
    onClaimed: (position, durable) => void main.claimed.asEvent(id, position, durable),
    onProgress(progress) {
      changes.count++
      const { range, books, durationMs } = progress
      logger.info('batch loaded', {
        workspace: id,
        position: range.end,
        ...eventful(books),
        durationMs: Math.round(durationMs),
      })
      const failures = progress.failures.map(({ stage, code }) => ({ stage, code })) // not the events themselves
      main.progress.asEvent(id, { ...progress, failures })
    },
  }
  const backfills = openBackfillRuns(logger)
  const parts = {
    changes,
    destination,
    restream,
    samples,
    statistics,
    log,
    shared,
    betweenBatches,
    backfills,
    deployment,
  }
  return { ...parts, pipeline, stop, running: Promise.resolve() }
}

/** Finishes the batch under way. */
export async function closeWorkspace({
  stop,
  running,
  destination,
  restream,
  samples,
  statistics,
  backfills,
  pipeline,
}: RunningWorkspace): Promise<void> {
  stop.abort()
  await backfills.close()
  await running
  pipeline.engine.close()
  await destination.close()
  restream.close()
  samples.close()
  statistics.close()
}

/** Until it is closed, or cannot go on: which is told. */
export function runWorkspace(
  id: string,
  workspace: RunningWorkspace,
  { main, logger }: Pick<WorkspaceContext, 'main' | 'logger'>,
): Promise<void> {
  const { pipeline, restream, stop } = workspace
  const keeping = {
    changes: () => workspace.changes.count,
    isFull: () => restream.status().isFull,
    onHeld(code: ErrorCode, reason: MillraceError) {
      logger.warn('pipeline begins again', { workspace: id, reason })
      main.held.asEvent(id, code, hintOf(reason))
    },
  }
  return keepRunning(() => runPipeline(pipeline, stop.signal), keeping, stop.signal).catch((error: unknown) => {
    if (stop.signal.aborted) return
    const reason = error instanceof Error ? error : new Error(String(error))
    logger.error('pipeline stopped', { workspace: id, reason })
    main.stopped.asEvent(id, hintOf(reason))
  })
}

/** The reason, and what can be done about it. */
function hintOf(reason: Error): string {
  return reason instanceof MillraceError && reason.hint ? `${reason.message}. ${reason.hint}` : reason.message
}

/** The books of a batch without what did not happen. */
function eventful(books: Books): Record<string, number> {
  return Object.fromEntries(Object.entries(books).filter(([, count]) => count > 0))
}
