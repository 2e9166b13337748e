/** Workspaces, bound to their operations. */
import type { Operations } from '../../operations/operations.ts'
import type { DatoramaPort, NativeWorkspace } from './datorama-port.ts'
import { everything } from './every-page.ts'

export function bindWorkspaces({ workspaces }: Operations): Pick<DatoramaPort, 'workspaces' | 'workspace'> {
  return {
    async workspaces(caller) {
      const all = await everything(
        (page) => workspaces.list(caller, page),
        ({ id }) => id,
      )
      return all.filter(({ archivedAt }) => archivedAt === null).map(nativeOf)
    },
    workspace: async (caller) => nativeOf(await workspaces.get(caller)),
  }
}

function nativeOf({ id, name, createdAt }: NativeWorkspace): NativeWorkspace {
  return { id, name, createdAt }
}
