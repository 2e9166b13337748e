/** The pipeline as the main thread sees it: its thread, and who is told what it tells. */
import type { MessagePort } from 'node:worker_threads'
import type { ControlPlane } from './control-plane/control-plane.ts'
import type { StoredMapping } from './control-plane/mappings.ts'
import type { ErrorCode } from './errors.ts'
import type { MappingCommits } from './mapping-commits.ts'
import type { LoggerSettings } from './observe/logger.ts'
import { openPipelineHost, type PipelineHost } from './pipeline-host.ts'
import type { Logger } from './telemetry.ts'
import type { Watching } from './watching.ts'
import type { Workspace } from './workspace.ts'
import type { Workspaces } from './workspaces.ts'

interface PipelineHostingParts {
  readonly mappingCommits: MappingCommits
  readonly tablesChanged: (workspace: string) => void
  readonly workspaces: Workspaces
  readonly controlPlane: ControlPlane
  readonly watching: Watching
  readonly logger: Logger
  readonly loggerSettings: LoggerSettings
  /** The way to the processes of users' code. */
  readonly guests: MessagePort
}

export function openPipelineHosting({
  mappingCommits,
  tablesChanged,
  workspaces,
  controlPlane,
  watching,
  logger,
  loggerSettings,
  guests,
}: PipelineHostingParts): PipelineHost {
  const stop = (id: string, reason: string) => {
    workspaces.get(id).stopped = reason
    watching.stopped(id, reason)
  }
  return openPipelineHost(
    {
      saveMapping: (id, mapping) => controlPlane.saveMapping(id, mapping as StoredMapping),
      commitMappings: mappingCommits.answer,
      tablesChanged,
      claimed: (id, position, durable) => workspaces.progressed(id, position, durable),
      held: (id, code, reason) => hold(workspaces.get(id), code, reason, watching),
      progress(id, progress) {
        workspaces.get(id).held = undefined
        workspaces.progressed(id, progress.range.end, progress.durable)
        watching.loaded(id, progress)
      },
      madeDurable: (id, durable) => workspaces.madeDurable(id, durable),
      failed: watching.failed,
      seen: watching.seen,
      transformPaused(id, reason) {
        logger.error('users’ code is paused', { workspace: id, reason })
        watching.transformPaused(id, reason)
      },
      stopped: stop,
    },
    {
      logger: loggerSettings,
      guests,
      onDeath(reason) {
        logger.error('the pipeline thread died: events are taken, but not loaded until a restart', { reason })
        for (const { id } of workspaces.all()) stop(id, `the pipeline thread died: ${reason.message}`)
      },
    },
  )
}

/** Told again and again while it lasts: what is new is passed on. */
function hold(workspace: Workspace, code: ErrorCode, reason: string, watching: Watching): void {
  if (!code.startsWith('sandbox_') || workspace.held === reason) return
  workspace.held = reason
  watching.transformUnavailable(workspace.id, reason)
}
