/** Back-fills: columns that were mapped late are filled from the events that the log still has. */
import type { Backfill } from '../../backfills.ts'
import type { DataPlane } from '../data-plane.ts'
import type { Store } from '../store/store.ts'
import { authorOf, type Caller, notFound, operation } from './operation.ts'

export function backfillOperations(store: Store, dataPlane: Pick<DataPlane, 'mappings'>) {
  /** In the audit before it happens: the tables are not in the store's transaction. */
  const announce = (caller: Caller, action: string, eventType: string, detail: Record<string, unknown>) =>
    store.change(authorOf(caller), async () => ({
      result: undefined,
      audit: { workspaceId: caller.workspace, action, object: eventType, detail },
    }))

  const find = async ({ workspace }: Caller, eventType: string, id: string): Promise<Backfill> => {
    const backfill = await dataPlane.mappings(workspace).backfill(id)
    if (backfill.eventType !== eventType) throw notFound('back-fill')
    return backfill
  }

  return {
    /** See `WorkspaceMappings.startBackfill`. Without columns, of all that the mapping has. */
    start: operation('event-types:write', async (caller, eventType: string, columns: readonly string[] | undefined) => {
      await announce(caller, 'mapping.backfilled', eventType, columns === undefined ? {} : { columns })
      return dataPlane.mappings(caller.workspace).startBackfill({ eventType, ...(columns && { columns }) })
    }),

    /** Newest first; a restart forgets them. */
    list: operation('event-types:read', (caller, eventType: string) =>
      dataPlane.mappings(caller.workspace).backfills(eventType),
    ),

    get: operation('event-types:read', find),

    /** What it has filled stays. */
    stop: operation('event-types:write', async (caller, eventType: string, id: string) => {
      await find(caller, eventType, id)
      await announce(caller, 'mapping.backfill-stopped', eventType, { id })
      return dataPlane.mappings(caller.workspace).stopBackfill(id)
    }),
  }
}
