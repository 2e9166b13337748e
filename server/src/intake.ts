/** How events come in: what senders send, and what jobs fetch. */
import { protocols } from './catalog.ts'
import type { Config } from './config.ts'
import type { ControlPlane } from './control-plane/control-plane.ts'
import { openDeclaredKeys } from './declared-keys.ts'
import { systemClock } from './ingest/clock.ts'
import { type Ingest, openIngest } from './ingest/ingest.ts'
import { openOutbound } from './outbound.ts'
import type { PipelineCalls } from './pipeline-rpc.ts'
import { type Jobs, openJobs } from './pull/jobs.ts'
import { openReplacements } from './replacements.ts'
import type { SwitchedCatalog } from './switched-catalog.ts'
import type { Logger } from './telemetry.ts'
import type { Watching } from './watching.ts'
import type { Workspaces } from './workspaces.ts'

export interface IntakeParts {
  readonly catalog: SwitchedCatalog
  readonly config: Config
  readonly logger: Logger
  readonly controlPlane: ControlPlane
  readonly workspaces: Workspaces
  readonly watching: Watching
}

export function openIntake({
  config,
  logger,
  controlPlane,
  workspaces,
  watching,
  catalog,
}: IntakeParts): Promise<Ingest> {
  return openIngest({
    protocols: catalog.switchedOn(protocols),
    inputs: controlPlane.inputs,
    findBucket: controlPlane.findBucket,
    append: (workspace, record) => workspaces.append(workspace, record),
    recentTags: (since) => workspaces.recentTags(since),
    workspaces: workspaces.all().map(({ id }) => id),
    idPlace: (id) => ({
      folder: workspaces.get(id).folder,
      logStatus: () => workspaces.get(id).log.status(0),
      readLog: (from) => workspaces.readBatches(id, from),
    }),
    idBounds: { countMax: config.idsMax, ageMaxMs: config.idHours * 3_600_000 },
    clock: systemClock,
    logger,
    counters: watching.counters,
  })
}

export function runJobs(parts: IntakeParts, ingest: Ingest, pipeline: PipelineCalls): Jobs {
  const { config, logger, controlPlane, workspaces, watching, catalog } = parts
  return openJobs({
    filesRoot: config.filesRoot,
    rawBytesMax: config.jobBytesMax,
    declareKey: openDeclaredKeys({
      pipeline,
      mappingMode: controlPlane.loadMappingMode,
      mappings: controlPlane.loadMappings,
      announce: controlPlane.sources.announceKey,
    }),
    connectors: catalog.connectors,
    inputs: controlPlane.inputs,
    store: controlPlane.sources,
    take: ingest.store,
    replacements: openReplacements({ workspaces, pipeline, counters: watching.counters, usage: ingest.usage }),
    outbound: openOutbound(config.allowedHosts),
    folderOf: (id) => workspaces.get(id).folder,
    workspaces: () => workspaces.all().map(({ id }) => id),
    notify: watching.notify,
    logger,
  })
}
