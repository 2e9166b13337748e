/** The restream queue: what could not go on is looked at, sent through again, or thrown away. */
import type { RestreamFilter } from '../../restream.ts'
import type { DataPlane } from '../data-plane.ts'
import type { Store } from '../store/store.ts'
import { authorOf, type Caller, notFound, operation, type Page } from './operation.ts'

export function restreamOperations(store: Store, dataPlane: DataPlane) {
  /** What happens to the queue is in the audit before it happens: the queue is not in the store's transaction. */
  const announce = (caller: Caller, action: string, filter: RestreamFilter) =>
    store.change(authorOf(caller), async () => ({
      result: undefined,
      audit: { workspaceId: caller.workspace, action, object: 'restream', detail: { filter } },
    }))

  return {
    /** By offset. */
    list: operation('restream:read', (caller, filter: RestreamFilter, { limit, after }: Page) =>
      dataPlane
        .restream(caller.workspace)
        .list(filter, { limit, ...(after !== undefined && { after: BigInt(after) }) }),
    ),

    get: operation('restream:read', async (caller, offset: bigint) => {
      const entry = await dataPlane.restream(caller.workspace).get(offset)
      if (!entry) throw notFound('restream entry')
      return entry
    }),

    send: operation('restream:write', async (caller, filter: RestreamFilter) => {
      await announce(caller, 'restream.sent', filter)
      return dataPlane.restream(caller.workspace).send(filter)
    }),

    purge: operation('restream:write', async (caller, filter: RestreamFilter) => {
      await announce(caller, 'restream.purged', filter)
      return dataPlane.restream(caller.workspace).purge(filter)
    }),
  }
}
