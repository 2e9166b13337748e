/** A workspace is opened on both sides: its log in the main thread, its destination and pipeline in theirs. */
import type { Archives } from './archive-host.ts'
import type { ControlPlane } from './control-plane/control-plane.ts'
import { MillraceError } from './errors.ts'
import type { PipelineHost } from './pipeline-host.ts'
import type { Logger } from './telemetry.ts'
import type { Watching } from './watching.ts'
import { unavailable, type Workspace } from './workspace.ts'
import type { Workspaces } from './workspaces.ts'

export interface WholeParts {
  readonly workspaces: Workspaces
  readonly host: PipelineHost
  readonly controlPlane: ControlPlane
  readonly watching: Watching
  readonly archives: Archives
  readonly logger: Logger
}

/** One whose log is open already is given the rest. @throws MillraceError of the log, the destination or the store. */
export async function openWhole(id: string, parts: WholeParts): Promise<void> {
  const { workspaces, host, controlPlane, watching } = parts
  const { folder, log, restreamLimits } = workspaces.find(id) ?? (await workspaces.open(id))
  const mappings = await controlPlane.loadMappings(id)
  const mappingMode = await controlPlane.loadMappingMode(id)
  const deployment = await controlPlane.loadDeployment(id)
  const task = { id, folder, log: log.shared, mappings, mappingMode, deployment, restreamLimits }
  const position = await host.calls.open(task).catch((error: Error) => {
    throw unavailable(id, error)
  })
  await workspaces.beginAt(id, position)
  workspaces.wentWell(id)
  watching.open(id)
  await openArchive(id, parts)
  await host.calls.run(id)
}

/**
 * At the start of the server: one that cannot be opened keeps no other from it. Its log takes events all the same, where that is well.
 * @returns whether it is open. @throws MillraceError of its log, which somebody must look after first, or of the store.
 */
export async function openIfWell(id: string, parts: WholeParts): Promise<boolean> {
  const { workspaces, watching, logger } = parts
  try {
    await openWhole(id, parts)
    return true
  } catch (error) {
    if (!(error instanceof MillraceError && error.code === 'workspace_unavailable')) throw error
    await refuseBroken(id, error, parts)
    logger.error('a workspace could not be opened, the others are', { workspace: id, reason: error })
    watching.unavailable(id, error)
    const held = workspaces.find(id)
    if (held !== undefined) await openBesideBroken(held, parts)
    return false
  }
}

/** Whoever asks for it is told why it is not open. */
export async function refuseBroken(
  id: string,
  reason: MillraceError,
  { workspaces, host }: Pick<WholeParts, 'workspaces' | 'host'>,
): Promise<void> {
  workspaces.failed(id, reason)
  await host.calls.refuse(id, { message: reason.message, hint: reason.hint })
}

/** What goes on without a destination: what comes in is counted and archived. */
async function openBesideBroken({ id }: Workspace, parts: WholeParts): Promise<void> {
  try {
    parts.watching.open(id)
    await openArchive(id, parts)
  } catch (reason) {
    parts.logger.warn('a workspace that could not be opened is not watched', { workspace: id, reason: reason as Error })
  }
}

async function openArchive(id: string, { controlPlane, archives }: WholeParts): Promise<void> {
  const archive = await controlPlane.loadArchive(id)
  if (archive !== undefined) await archives.set(id, archive)
}
