/** Answers what the control plane asks of the data plane. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Archives } from './archive-host.ts'
import type { DataPlane, WorkspaceStatus } from './control-plane/data-plane.ts'
import type { MillraceError } from './errors.ts'
import { duckdb } from './load/loaders/duckdb.ts'
import type { MappingCommits } from './mapping-commits.ts'
import type { PipelineCalls } from './pipeline-rpc.ts'
import type { Watching } from './watching.ts'
import { unavailable, type Workspace } from './workspace.ts'
import type { Workspaces } from './workspaces.ts'

interface DataPlaneParts {
  readonly workspaces: Workspaces
  readonly pipeline: PipelineCalls
  readonly openWorkspace: (id: string) => Promise<void>
  /** It could not be opened again: whoever asks for it is told this reason. */
  readonly stillBroken: (id: string, reason: MillraceError) => Promise<void>
  readonly connection: DataPlane['connection']
  readonly transforms: DataPlane['transforms']
  readonly watchTables: DataPlane['watchTables']
  readonly scheduler: DataPlane['scheduler'] & { stopAll(workspace: string): Promise<void> }
  readonly jobs: DataPlane['jobs']
  readonly watching: Pick<Watching, 'of' | 'closeOne'>
  readonly archives: Archives
  /** What the intake remembers of a workspace is written down. */
  readonly closeIntake: (workspace: string) => Promise<void>
  readonly refreshMetadata: DataPlane['refreshMetadata']
  readonly mappingCommits: MappingCommits
  readonly monthUsage: DataPlane['monthUsage']
}

export function openDataPlane({
  workspaces,
  pipeline,
  openWorkspace,
  stillBroken,
  connection,
  transforms,
  watchTables,
  scheduler,
  jobs,
  watching,
  archives,
  closeIntake,
  refreshMetadata,
  mappingCommits,
  monthUsage,
}: DataPlaneParts): DataPlane {
  const turns = new Map<string, Promise<void>>()
  /** One workspace is opened or closed at a time: who takes it up again waits until it is given back. */
  const inTurn = (id: string, work: () => Promise<void>): Promise<void> => {
    const turn = (turns.get(id) ?? Promise.resolve()).then(work, work)
    turns.set(id, turn)
    return turn
  }
  const closeWorkspace = async (id: string) => {
    await scheduler.stopAll(id)
    await closeIntake(id)
    await archives.set(id, null)
    await pipeline.closeWorkspace(id)
    watching.closeOne(id)
    await workspaces.closeOne(id)
  }
  return {
    openWorkspace: (id) =>
      inTurn(id, async () => {
        const isLogOpen = workspaces.find(id) !== undefined
        const wasBroken = workspaces.failureOf(id) !== undefined
        if (isLogOpen && !wasBroken) return
        try {
          await openWorkspace(id)
        } catch (error) {
          if (!isLogOpen) await closeWorkspace(id) // what was opened of it would be in the way of the next try
          if (wasBroken) await stillBroken(id, unavailable(id, error as Error))
          throw error
        }
      }),
    closeWorkspace: (id) => inTurn(id, () => closeWorkspace(id)),
    connection,
    query: (workspace, request) => pipeline.query(workspace, request),
    checkStatement: (workspace, work) => pipeline.checkStatement(workspace, work),
    scheduler,
    jobs,
    destination: () => described,
    tables: (workspace) => pipeline.tables(workspace),
    refreshMetadata,
    setViews: (workspace, views) => pipeline.setViews(workspace, views),
    watchTables,
    monthUsage,
    verify: (workspace) => pipeline.verify(workspace, workspaces.get(workspace).log.status(0).start),
    async status(id) {
      const workspace = workspaces.get(id)
      const { position, books } = await pipeline.books(id)
      return statusOf(workspace, position, books)
    },
    archives,
    observations: watching.of,
    restream(id) {
      const { restream, restreamRuns: runs } = workspaces.get(id)
      return {
        list: async (filter, page) => restream.list(filter, page),
        get: async (offset) => restream.get(offset),
        clusters: async (page) => restream.clusters(page),
        cluster: async (fingerprint) => restream.cluster(fingerprint),
        waiting: async (filter) => restream.waiting(filter),
        purge: async (filter, end) => ({ events: await workspaces.purge(id, filter, end) }),
        startRun: (filter, limits) => runs.start(filter, limits),
        stopRun: (run) => runs.stop(run),
        run: async (run) => runs.get(run),
        runs: async (page) => runs.list(page),
      }
    },
    transforms,
    mappings: (workspace) => ({
      set: (eventType, change) => pipeline.setMapping(workspace, eventType, change),
      forget: (eventType) => pipeline.forgetMapping(workspace, eventType),
      setTogether: (changes, options) => mappingCommits.set(pipeline, workspace, changes, options),
      setMode: (mode) => pipeline.setMappingMode(workspace, mode),
      statistics: (eventType) => pipeline.fieldStatistics(workspace, eventType),
      startBackfill: (request) => pipeline.startBackfill(workspace, request),
      backfills: (eventType) => pipeline.backfills(workspace, eventType),
      backfill: (id) => pipeline.backfill(workspace, id),
      stopBackfill: (id) => pipeline.stopBackfill(workspace, id),
      clearStatistics: (eventType) => pipeline.clearFieldStatistics(workspace, eventType),
    }),
    evolveTable: (workspace, table) => pipeline.evolveTable(workspace, table),
    dropTable: (workspace, table) => pipeline.dropTable(workspace, table),
  }
}

/** Each workspace has its own file, in its folder. */
const described = { type: 'duckdb', title: duckdb.title, settings: duckdb.settings.parse({ path: 'warehouse.duckdb' }) }

function statusOf(
  { log, restream, stopped, folder }: Workspace,
  position: bigint,
  books: WorkspaceStatus['partitions'][number]['books'],
): WorkspaceStatus {
  const { start, end, oldestAt, bytes, stopped: logStopped } = log.status(0)
  return {
    partitions: [{ partition: 0, log: { start, end, oldestAt }, position, books, stopped: logStopped ?? stopped }],
    restream: restream.status(),
    disk: { log: bytes, destination: bytesOf(folder, /duckdb/), restream: bytesOf(folder, /^restream/) },
  }
}

/** Bytes of the files of a folder whose names match. */
function bytesOf(folder: string, name: RegExp): number {
  return readdirSync(folder)
    .filter((file) => name.test(file))
    .reduce((sum, file) => sum + (statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0), 0)
}
