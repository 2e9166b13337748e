/** What a workspace as a whole is set to, in one place: its name, what is done with new fields, and the limits that hold. */
import type { MappingMode } from '../../mappings.ts'
import type { RestreamLimits } from '../../restream.ts'
import type { DataPlane } from '../data-plane.ts'
import { putMappingMode } from '../store/mapping-modes.ts'
import type { Store } from '../store/store.ts'
import { updateWorkspace } from '../store/workspaces.ts'
import type { mappingOperations } from './mappings.ts'
import { authorOf, operation } from './operation.ts'
import type { transformOperations } from './transforms.ts'
import type { workspaceOperations } from './workspaces.ts'

export interface WorkspaceSettings {
  readonly name: string
  /** Of event types that have none of their own. */
  readonly mappingMode: MappingMode
  readonly transforms: Awaited<ReturnType<ReturnType<typeof transformOperations>['settings']>>
  /** How much may wait in the restream queue: of the server's config. */
  readonly restreamLimits: RestreamLimits
}

export interface SettingsUpdate {
  readonly name?: string | undefined
  readonly mappingMode?: MappingMode | undefined
}

interface Others {
  readonly workspaces: Pick<ReturnType<typeof workspaceOperations>, 'get'>
  readonly mappings: Pick<ReturnType<typeof mappingOperations>, 'mode'>
  readonly transforms: Pick<ReturnType<typeof transformOperations>, 'settings'>
}

export function workspaceSettingsOperations(
  store: Store,
  dataPlane: DataPlane,
  { workspaces, mappings, transforms }: Others,
) {
  const get = operation('settings:read', async (caller): Promise<WorkspaceSettings> => {
    const [{ name }, { mode }, code, { restream }] = await Promise.all([
      workspaces.get(caller),
      mappings.mode(caller),
      transforms.settings(caller),
      dataPlane.status(caller.workspace),
    ])
    return { name, mappingMode: mode, transforms: code, restreamLimits: restream.limits }
  })
  return {
    get,

    /** Those that are given; all of them or none. What code is set to is changed by a deploy: see `transforms`. */
    update: operation('settings:write', async (caller, change: SettingsUpdate): Promise<WorkspaceSettings> => {
      const { workspace } = caller
      const { name, mappingMode } = change
      await store.change(authorOf(caller), async (tx) => {
        if (name !== undefined) await updateWorkspace(tx, workspace, { name })
        if (mappingMode !== undefined) await putMappingMode(tx, workspace, mappingMode)
        const detail = { ...(name !== undefined && { name }), ...(mappingMode !== undefined && { mappingMode }) }
        const audit = { workspaceId: workspace, action: 'settings.updated', object: workspace, detail }
        return { result: undefined, audit }
      })
      if (mappingMode !== undefined) await dataPlane.mappings(workspace).setMode(mappingMode)
      return get(caller)
    }),
  }
}
