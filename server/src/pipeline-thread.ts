/** The pipeline's thread: owns every workspace's destination and runs its pipeline, apart from the intake. */
import { join } from 'node:path'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { runBackfill } from './backfill.ts'
import { type BackfillRuns, openBackfillRuns } from './backfill-runs.ts'
import type { BackfillRequest } from './backfills.ts'
import { type ErrorCode, MillraceError } from './errors.ts'
import { connectGuests } from './guest-rpc.ts'
import { collectGarbage } from './heap.ts'
import { keepRunning } from './keep-running.ts'
import type { LiveWatcher } from './live.ts'
import { openLoad } from './load/load.ts'
import type { Destination } from './load/loader.ts'
import { duckdb } from './load/loaders/duckdb.ts'
import { openFileLogReader } from './log/files/reader.ts'
import { type SharedLog, SharedPartition } from './log/files/shared.ts'
import type { LogReader } from './log/log.ts'
import { columnsToFill } from './map/columns-to-fill.ts'
import { openMapper } from './map/mapper.ts'
import type { MappingChange, NamedChange } from './map/mapping-change/change.ts'
import { inTurn } from './map/turns.ts'
import { metadataTableNames } from './metadata-tables.ts'
import { kindsOf } from './observe/failure-kinds.ts'
import { pickLive } from './observe/live-picker.ts'
import { type LoggerSettings, openLogger } from './observe/logger.ts'
import { openSamples, type Samples, samplesPath } from './observe/samples.ts'
import { type Pipeline, runPipeline } from './pipeline.ts'
import { type MainCalls, openRpc, type PipelineCalls, type WorkspaceTask } from './pipeline-rpc.ts'
import { workBehind } from './priority.ts'
import { openReasons } from './restream/fingerprint.ts'
import { openRestreamQueue, type RestreamQueue } from './restream/queue.ts'
import type { Books, Table } from './rows.ts'
import { openStatisticsFile, type StatisticsFile } from './statistics-file.ts'
import { openCodeEngine } from './transform/code-engine.ts'
import type { Deployment } from './transform.ts'
import { verifyBooks } from './verify.ts'

interface RunningWorkspace {
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

const { logger: loggerSettings, guests: guestsPort } = workerData as { logger: LoggerSettings; guests: MessagePort }
workBehind()
const logger = openLogger(loggerSettings)
const guests = connectGuests(guestsPort)
const workspaces = new Map<string, RunningWorkspace>()
/** Who watches events go by, by workspace. */
const watchersOf = new Map<string, readonly LiveWatcher[]>()
/** Users' statements under way, by the ids that they were given. */
const statements = new Map<string, AbortController>()
const reasonOf = openReasons()

const calls: PipelineCalls = {
  async open(task) {
    const workspace = await openWorkspace(task)
    workspaces.set(task.id, workspace)
    return (await workspace.destination.books(0)).position
  },
  async run(id) {
    const workspace = find(id)
    workspace.running = runWorkspace(id, workspace)
  },
  query: (workspace, request) => find(workspace).destination.query(request),
  async statement(workspace, id, request) {
    const { destination, pipeline } = find(workspace)
    const stop = new AbortController()
    statements.set(id, stop)
    try {
      await refuseFilled(destination, request.target)
      await pipeline.mapper.reserve(request.target)
      return await destination.statement({ ...request, mark: id }, stop.signal)
    } finally {
      statements.delete(id)
    }
  },
  statementDone: (workspace, id) => find(workspace).destination.statementDone(id),
  async stopStatement(id) {
    statements.get(id)?.abort(new MillraceError('conflict', 'The statement was stopped'))
  },
  checkStatement: (workspace, work) => find(workspace).destination.checkStatement(work),
  tables: (workspace) => find(workspace).destination.tables(),
  setViews: (workspace, views) => find(workspace).destination.setViews(views),
  async books(workspace) {
    const { destination } = find(workspace)
    return { ...(await destination.books(0)), durable: await destination.durablePosition(0) }
  },
  makeDurable: (workspace) => find(workspace).destination.makeDurable(),
  setMapping: (id, eventType, change) => changing(id, ({ mapper }) => mapper.set(eventType, change as MappingChange)),
  forgetMapping: (id, eventType) => changing(id, ({ mapper }) => mapper.forget(eventType)),
  setMappingMode: (id, mode) => changing(id, ({ mapper }) => mapper.setDefaultMode(mode)),
  setMappings: (id, changes, mode, ticket) =>
    changing(id, ({ mapper }) =>
      mapper.setTogether(changes as readonly NamedChange[], {
        ...(mode !== undefined && { mode }),
        commit: (versions) => main.commitMappings(ticket, versions),
      }),
    ),
  fieldStatistics: async (workspace, eventType) => find(workspace).pipeline.mapper.statistics(eventType),
  async clearFieldStatistics(workspace, eventType) {
    find(workspace).pipeline.mapper.clearStatistics(eventType)
  },
  startBackfill: async (workspace, request) => startBackfill(find(workspace), request),
  backfills: async (workspace, eventType) => find(workspace).backfills.list(eventType),
  backfill: async (workspace, id) => find(workspace).backfills.get(id),
  stopBackfill: (workspace, id) => find(workspace).backfills.stop(id),
  evolveTable: (workspace, table) => evolveDeclared(find(workspace), table),
  dropTable: (workspace, table) => dropTable(find(workspace), table),
  replaced: (workspace, attempt) => find(workspace).destination.replaced(attempt),
  undivided: (workspace, source, range) => find(workspace).destination.undivided(source, range),
  async deploy(workspace, deployment) {
    find(workspace).deployment = deployment
    await changing(workspace, async ({ engine }) => engine.deploy(deployment))
  },
  async resumeTransform(workspace) {
    await changing(workspace, async ({ engine }) => engine.resume())
  },
  async transformState(workspace) {
    return find(workspace).pipeline.engine.state()
  },
  verify(workspace, logStart) {
    const { destination, restream, log } = find(workspace)
    return verifyBooks({ partition: 0, log, logStart, destination, restream })
  },
  async connectGuests(port) {
    guests.reconnect(port)
    for (const { changes } of workspaces.values()) changes.count++
  },
  async watch(id, watchers) {
    watchersOf.set(id, watchers)
  },
  async closeWorkspace(id) {
    const workspace = workspaces.get(id)
    if (workspace === undefined) return
    workspaces.delete(id)
    await closeWorkspace(workspace)
  },
  collectGarbage: async () => collectGarbage(),
  async close() {
    for (const workspace of workspaces.values()) workspace.stop.abort()
    for (const workspace of workspaces.values()) await closeWorkspace(workspace)
    workspaces.clear()
  },
}

const main = openRpc<MainCalls, PipelineCalls>(parentPort!, calls)

async function openWorkspace({
  id,
  folder,
  log: shared,
  mappings,
  mappingMode,
  deployment,
  restreamLimits,
}: WorkspaceTask): Promise<RunningWorkspace> {
  const stop = new AbortController()
  const opened = await duckdb.open(
    duckdb.settings.parse({ path: join(folder, 'warehouse.duckdb') }),
    stop.signal,
    logger,
  )
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
      const watchers = watchersOf.get(id) ?? []
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

/** A pipeline that is held may try again once it is done. */
async function changing<T>(id: string, change: (pipeline: Pipeline) => Promise<T>): Promise<T> {
  const { pipeline, changes } = find(id)
  const result = await change(pipeline)
  changes.count++
  return result
}

function startBackfill(workspace: RunningWorkspace, { eventType, columns: wanted }: BackfillRequest) {
  const { destination, log, shared, betweenBatches, backfills, deployment, pipeline } = workspace
  const columns = columnsToFill(eventType, wanted, pipeline.mapper.mappings())
  const partition = new SharedPartition(shared, pipeline.partition)
  const parts = {
    ...{ partition: pipeline.partition, log, destination, mapper: pipeline.mapper, guests, deployment, betweenBatches },
    logStart: () => partition.start,
  }
  return backfills.start({ eventType, columns }, (options) => runBackfill(parts, { eventType, columns, ...options }))
}

/** What a person asks for is on record first: where the process ends between the two, the first event makes the columns. */
async function evolveDeclared({ destination, pipeline }: RunningWorkspace, table: Table): Promise<void> {
  await pipeline.mapper.declare(table)
  await destination.evolve(table)
}

/**
 * The table goes first: where the process ends between the two, mappings know of columns that are gone, which hinders nobody. Not
 * within a batch, whose rows were made for the table as it was.
 */
function dropTable({ destination, pipeline, betweenBatches }: RunningWorkspace, table: string) {
  return betweenBatches(async () => {
    const rowCount = await destination.dropTable(table)
    await pipeline.mapper.dropped(table)
    return rowCount
  })
}

/** Tells when there may be other tables or columns than before. */
function tellingOfTables(destination: Destination, tell: () => void): Destination {
  const telling =
    <A extends unknown[], R>(run: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const result = await run(...args)
      tell()
      return result
    }
  return {
    ...destination,
    evolve: telling(destination.evolve),
    statement: telling(destination.statement),
    dropTable: telling(destination.dropTable),
  }
}

/** @throws MillraceError `query_refused`: the table holds rows of events, whether or not more come. */
async function refuseFilled(destination: Destination, name: string): Promise<void> {
  const tables = await destination.tables()
  const isFilled = tables.some((table) => table.name === name && !table.isDerived && table.rowCount > 0)
  if (isFilled) throw new MillraceError('query_refused', `The table ${name} holds rows of events`)
}

/** Finishes the batch under way. */
async function closeWorkspace({
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

function runWorkspace(id: string, workspace: RunningWorkspace): Promise<void> {
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

function find(workspace: string): RunningWorkspace {
  const found = workspaces.get(workspace)
  if (found === undefined) throw new MillraceError('not_found', `There is no workspace ${workspace}`)
  return found
}
