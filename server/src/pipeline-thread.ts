/** The pipeline's thread: owns every workspace's destination and runs its pipeline, apart from the intake. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { runBackfill } from './backfill.ts'
import type { BackfillRequest } from './backfills.ts'
import { MillraceError } from './errors.ts'
import { connectGuests } from './guest-rpc.ts'
import { collectGarbage } from './heap.ts'
import type { LiveWatcher } from './live.ts'
import { SharedPartition } from './log/files/shared.ts'
import { columnsToFill } from './map/columns-to-fill.ts'
import type { MappingChange, NamedChange } from './map/mapping-change/change.ts'
import { type LoggerSettings, openLogger } from './observe/logger.ts'
import type { Pipeline } from './pipeline.ts'
import { type MainCalls, openRpc, type PipelineCalls } from './pipeline-rpc.ts'
import { dropTable, evolveDeclared, refuseFilled } from './pipeline-tables.ts'
import {
  closeWorkspace,
  openWorkspace,
  type RunningWorkspace,
  runWorkspace,
  type WorkspaceContext,
} from './pipeline-workspace.ts'
import { workBehind } from './priority.ts'
import { openReasons } from './restream/fingerprint.ts'
import { verifyBooks } from './verify.ts'

const { logger: loggerSettings, guests: guestsPort } = workerData as { logger: LoggerSettings; guests: MessagePort }
workBehind()
const logger = openLogger(loggerSettings)
const guests = connectGuests(guestsPort)
const workspaces = new Map<string, RunningWorkspace>()
/** What is said of those that could not be opened. */
const refusals = new Map<string, MillraceError>()
/** Who watches events go by, by workspace. */
const watchersOf = new Map<string, readonly LiveWatcher[]>()
/** Users' statements under way, by the ids that they were given. */
const statements = new Map<string, AbortController>()

const calls: PipelineCalls = {
  async open(task) {
    const workspace = await openWorkspace(task, context)
    workspaces.set(task.id, workspace)
    refusals.delete(task.id)
    return (await workspace.destination.books(0)).position
  },
  async refuse(id, { message, hint }) {
    refusals.set(id, new MillraceError('workspace_unavailable', message, hint === undefined ? {} : { hint }))
  },
  async run(id) {
    const workspace = find(id)
    workspace.running = runWorkspace(id, workspace, context)
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
    refusals.delete(id)
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
const context: WorkspaceContext = {
  ...{ main, guests, logger, reasonOf: openReasons() },
  watchers: (workspace) => watchersOf.get(workspace) ?? [],
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

function find(workspace: string): RunningWorkspace {
  const found = workspaces.get(workspace)
  if (found === undefined)
    throw refusals.get(workspace) ?? new MillraceError('not_found', `There is no workspace ${workspace}`)
  return found
}
