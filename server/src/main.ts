/** Reads the config, opens everything, wires it, and closes it in reverse order. */
import { join } from 'node:path'
import { announcement } from './announcement.ts'
import { archiveBehind, openArchives } from './archive-host.ts'
import { subscribers } from './catalog.ts'
import { openCodeHosting } from './code-hosting.ts'
import type { Config } from './config.ts'
import { openControlPlane } from './control-plane/control-plane.ts'
import { openSecretKey } from './control-plane/store/secret-key.ts'
import { localToken, readLocalAccess, takeDataFolder, writeLocalAccess } from './data-folder.ts'
import { openDataPlane } from './data-plane.ts'
import { collectGarbage, growHeapFreely } from './heap.ts'
import { openIntake, runJobs } from './intake.ts'
import { listen } from './listening.ts'
import { openMappingCommits } from './mapping-commits.ts'
import { openMetadataTables } from './metadata-tables.ts'
import { type LoggerSettings, openLogger } from './observe/logger.ts'
import { openMetrics } from './observe/metrics.ts'
import { openOutbound } from './outbound.ts'
import { openPipelineHosting } from './pipeline-hosting.ts'
import { openSubscriptions } from './pull/subscriptions.ts'
import type { RestreamLimits } from './restream.ts'
import { openScheduler } from './scheduler/scheduler.ts'
import { startWorkspaces } from './start-workspaces.ts'
import { openCatalog } from './switched-catalog.ts'
import type { Logger } from './telemetry.ts'
import { openTransforms } from './transforms-plane.ts'
import { openWatching, type Watching } from './watching.ts'
import { openWhole, refuseBroken } from './whole-workspace.ts'
import { openWorkspaces, type Workspaces } from './workspaces.ts'

export interface RunningServer {
  readonly url: string
  /** Stops taking requests, finishes what is under way, and gives everything back. Safe to repeat. */
  close(): Promise<void>
}

interface StartSettings {
  /** Takes the lines that tell the user what is there and how to begin. */
  readonly print?: (line: string) => void
  /** Told when the disk has failed the log: nothing more can be acknowledged, and the process should end. */
  readonly onFatal?: (reason: Error) => void
  /** Nobody else works in this process: what starting left in memory is given back. */
  readonly isAlone?: boolean
}

/** How often the log gives back what it keeps no longer. */
const trimIntervalMs = 5_000

/**
 * Starts a server in this process.
 * @throws MillraceError `folder_locked`, `conflict`, `store_newer`, `log_corrupt`, and whatever else keeps it from starting.
 */
export async function startServer(
  config: Config,
  { print = () => {}, onFatal = () => {}, isAlone = false }: StartSettings = {},
): Promise<RunningServer> {
  const closers: (() => unknown)[] = []
  const close = once(async () => {
    for (const closer of closers.toReversed()) await closer()
  })
  try {
    return await open(config, { print, onFatal, isAlone, close, onClose: (closer) => closers.push(closer) })
  } catch (error) {
    await close()
    throw error
  }
}

interface Opening extends Required<StartSettings> {
  readonly close: () => Promise<void>
  readonly onClose: (closer: () => unknown) => void
}

async function open(config: Config, { print, onFatal, isAlone, close, onClose }: Opening): Promise<RunningServer> {
  growHeapFreely()
  const loggerSettings: LoggerSettings = { level: config.logLevel, isTerminal: process.stderr.isTTY === true }
  const logger = openLogger(loggerSettings)
  const folder = takeDataFolder(config.data)
  onClose(() => folder.release())

  const catalog = await openCatalog(config)
  const secretKey = config.secretKey ?? openSecretKey(join(folder.path, 'secret.key'))
  const local = readLocalAccess(folder)
  const token = config.adminToken ?? localToken(local?.token)
  const jobRetention = { countMax: config.jobsKept, ageMaxDays: config.jobDays }
  const store = { path: join(folder.path, 'metadata.db'), secretKey, jobRetention }
  const controlPlane = await openControlPlane(store, { ...config, adminToken: token }, catalog.inputTypes)
  onClose(() => controlPlane.close())

  const metrics = openMetrics()
  const workspaces = openWorkspaces({
    folder,
    limits: logLimits(config),
    restreamLimits: restreamLimits(config),
    logger,
    onFatal,
    onArchiveBehind: (id) => watching.notify(id, archiveBehind(id)),
    makeDurable: (id) => host.calls.makeDurable(id),
  })
  onClose(() => workspaces.close())
  const code = openCodeHosting(config, {
    logger,
    loggerSettings,
    workspaces,
    watching: () => watching,
    cacheFolder: join(folder.path, 'cache'),
  })
  onClose(() => code.close())
  const watching: Watching = openWatching({
    workspaces,
    store: controlPlane.notifications,
    metrics,
    // Of a thread that died somebody else tells.
    tell: (id, watchers) => void host.calls.watch(id, watchers).catch(() => {}),
    outbound: openOutbound(config.allowedHosts),
    smtpUrl: config.smtpUrl,
    mailFrom: config.mailFrom,
    logger,
  })
  onClose(() => watching.close())
  const tableWatchers = new Set<(workspace: string) => void>()
  const tablesChanged = (id: string) => {
    for (const tell of tableWatchers) tell(id)
  }
  const mappingCommits = openMappingCommits()
  const host = openPipelineHosting({
    mappingCommits,
    tablesChanged,
    workspaces,
    controlPlane,
    watching,
    logger,
    loggerSettings,
    guests: code.connect((port) => void host.calls.connectGuests(port).catch(() => {})),
  })
  onClose(() => host.close())
  const archives = openArchives({
    workspaces,
    root: config.archiveRoot,
    allowedHosts: config.allowedHosts,
    notify: watching.notify,
    metrics,
    logger: loggerSettings,
    log: logger,
  })
  onClose(() => archives.close())
  const whole = { workspaces, host, controlPlane, watching, archives, logger }
  const started = await startWorkspaces(whole)
  onClose(trimRegularly(workspaces, logger))

  const ingest = await openIntake({ config, logger, controlPlane, workspaces, watching, catalog })
  onClose(() => ingest.close())
  const subscriptions = openSubscriptions({
    subscribers: catalog.switchedOn(subscribers),
    inputs: controlPlane.inputs,
    store: ingest.store,
    outbound: openOutbound(config.allowedHosts),
    logger,
  })
  onClose(() => subscriptions.close())
  const jobs = runJobs({ config, logger, controlPlane, workspaces, watching, catalog }, ingest, host.calls)
  onClose(() => jobs.close())
  started.rest(jobs)
  controlPlane.watchInputs(() => {
    void subscriptions.refresh()
    jobs.refresh()
  })
  void subscriptions.refresh()

  const connection = subscriptions.stateOf
  const transforms = openTransforms({
    pipeline: host.calls,
    guests: code.guests,
    workspaces,
    deployment: controlPlane.loadDeployment,
    mappings: controlPlane.loadMappings,
    mappingMode: controlPlane.loadMappingMode,
    logger,
    samples: (id, filter, limit) => watching.of(id).samples(filter, limit),
  })
  const scheduler = openScheduler({
    store: controlPlane.schedule,
    statement: host.calls.statement,
    statementDone: host.calls.statementDone,
    stop: host.calls.stopStatement,
    isOpen: (id) => workspaces.failureOf(id) === undefined,
    notify: watching.notify,
    logger,
  })
  onClose(() => scheduler.close())
  const metadataTables = openMetadataTables({
    source: controlPlane.metadata,
    statement: host.calls.statement,
    tables: host.calls.tables,
    logger,
  })
  onClose(() => metadataTables.close())
  const dataPlane = openDataPlane({
    mappingCommits,
    watchTables: (tell) => void tableWatchers.add(tell),
    workspaces,
    pipeline: host.calls,
    openWorkspace: (id) => openWhole(id, whole),
    stillBroken: (id, reason) => refuseBroken(id, reason, whole),
    connection,
    transforms,
    scheduler,
    jobs,
    watching,
    archives,
    closeIntake: ingest.closeWorkspace,
    monthUsage: ingest.usage.of,
    refreshMetadata: metadataTables.refresh,
  })
  started.tryAgain({ dataPlane, jobs, scheduler })
  const http = await listen({
    catalog,
    code,
    config,
    logger,
    controlPlane,
    workspaces,
    dataPlane,
    metrics,
    watching,
    ingest,
  })
  onClose(() => http.close())
  onClose(() => watching.closeLive())
  if (isAlone) {
    collectGarbage()
    await host.calls.collectGarbage() // not at once: V8's flags are those of all threads
  }

  const { created } = controlPlane
  const knownKey = local?.ingestKey && controlPlane.inputs.find(local.ingestKey) ? local.ingestKey : undefined
  const ingestKey = config.ingestKey ?? created.createdIngestKey ?? knownKey
  writeLocalAccess(folder, { url: http.url, token, ingestKey })
  for (const line of announcement({ config, folder: folder.path, url: http.url, created })) print(line)
  if (isAlone) code.isolationLevel() // measured from here on, by a process of its own
  return { url: http.url, close }
}

function restreamLimits({ restreamEventsMax, restreamBytesMax }: Config): RestreamLimits {
  return { eventsMax: restreamEventsMax, bytesMax: restreamBytesMax }
}

function logLimits({ logBytesMax, retentionHours }: Config) {
  return { diskBudgetBytes: logBytesMax, retentionAgeMs: retentionHours * 3_600_000 }
}

function trimRegularly(workspaces: Workspaces, logger: Logger): () => void {
  const timer = setInterval(() => {
    workspaces
      .trim()
      .catch((error: unknown) => logger.error('the log could not be trimmed', { reason: error as Error }))
  }, trimIntervalMs)
  return () => clearInterval(timer)
}

/** The same promise for every call. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => {
    result ??= work()
    return result
  }
}
