/** What a workspace may take in. Those in it may look; only who runs the server sets it. */
import { endOfMonth, type MonthUsage, type Quota } from '../../quotas.ts'
import type { DataPlane } from '../data-plane.ts'
import { findQuota, putQuota } from '../store/quotas.ts'
import type { Store } from '../store/store.ts'
import { findWorkspace } from '../store/workspaces.ts'
import type { InputKeys } from './input-keys.ts'
import { authorOf, notFound, operation } from './operation.ts'

export interface ShownQuota extends Quota {
  /** Of the running month. */
  readonly used: MonthUsage
  /** When it is counted from nothing, ms since 1970 UTC. */
  readonly resetsAt: number
}

export function quotaOperations(
  store: Store,
  dataPlane: Pick<DataPlane, 'monthUsage'>,
  inputKeys: Pick<InputKeys, 'refresh'>,
) {
  const shown = async (workspace: string): Promise<ShownQuota> => {
    const used = dataPlane.monthUsage(workspace)
    return { ...(await findQuota(store.db, workspace)), used, resetsAt: endOfMonth(used.month) }
  }
  return {
    get: operation('settings:read', (caller) => shown(caller.workspace)),

    /** In place of the one that there was; it holds from the next request on. @throws MillraceError `not_found`. */
    set: operation('instance', async (caller, quota: Quota): Promise<ShownQuota> => {
      const { workspace: workspaceId } = caller
      await store.change(authorOf(caller), async (tx) => {
        const workspace = await findWorkspace(tx, workspaceId)
        if (workspace === undefined || workspace.archivedAt !== null) throw notFound('workspace')
        await putQuota(tx, { workspaceId, ...quota, updatedAt: store.now() })
        return {
          result: undefined,
          audit: { workspaceId, action: 'quota.set', object: workspaceId, detail: { ...quota } },
        }
      })
      await inputKeys.refresh()
      return shown(workspaceId)
    }),
  }
}
