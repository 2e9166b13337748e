/** A workspace is opened on both sides: its log in the main thread, its destination and pipeline in theirs. */
import type { Archives } from './archive-host.ts'
import type { ControlPlane } from './control-plane/control-plane.ts'
import type { PipelineHost } from './pipeline-host.ts'
import type { Watching } from './watching.ts'
import type { Workspaces } from './workspaces.ts'

interface WholeParts {
  readonly workspaces: Workspaces
  readonly host: PipelineHost
  readonly controlPlane: ControlPlane
  readonly watching: Watching
  readonly archives: Archives
}

/** @throws MillraceError of the log, the destination or the store. */
export async function openWhole(
  id: string,
  { workspaces, host, controlPlane, watching, archives }: WholeParts,
): Promise<void> {
  const { folder, log, restreamLimits } = await workspaces.open(id)
  const mappings = await controlPlane.loadMappings(id)
  const mappingMode = await controlPlane.loadMappingMode(id)
  const deployment = await controlPlane.loadDeployment(id)
  const position = await host.calls.open({
    id,
    folder,
    log: log.shared,
    mappings,
    mappingMode,
    deployment,
    restreamLimits,
  })
  await workspaces.beginAt(id, position)
  watching.open(id)
  const archive = await controlPlane.loadArchive(id)
  if (archive !== undefined) await archives.set(id, archive)
  await host.calls.run(id)
}
