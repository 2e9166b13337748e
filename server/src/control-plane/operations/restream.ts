/** The restream queue: what could not go on is looked at, sent through again, or thrown away. */
import { MillraceError } from '../../errors.ts'
import type { RestreamFilter } from '../../restream.ts'
import type { DataPlane } from '../data-plane.ts'
import type { Store } from '../store/store.ts'
import { authorOf, type Caller, notFound, operation, type Page } from './operation.ts'

export function restreamOperations(store: Store, dataPlane: DataPlane) {
  const queueOf = ({ workspace }: Caller) => dataPlane.restream(workspace)
  /** What happens to the queue is in the audit before it happens: the queue is not in the store's transaction. */
  const announce = (caller: Caller, action: string, detail: Record<string, unknown>, object = 'restream') =>
    store.change(authorOf(caller), async () => ({
      result: undefined,
      audit: { workspaceId: caller.workspace, action, object, detail },
    }))
  const purge = async (caller: Caller, filter: RestreamFilter, end: bigint) => {
    await announce(caller, 'restream.purged', { filter })
    return queueOf(caller).purge(filter, end)
  }

  return {
    /** By offset. */
    list: operation('restream:read', (caller, filter: RestreamFilter, { limit, after }: Page) =>
      queueOf(caller).list(filter, { limit, ...(after !== undefined && { after: BigInt(after) }) }),
    ),

    get: operation('restream:read', async (caller, offset: bigint) => {
      const entry = await queueOf(caller).get(offset)
      if (!entry) throw notFound('restream entry')
      return entry
    }),

    /** The largest first; a page begins after the count and fingerprint of the last cluster before, with a colon between. */
    clusters: operation('restream:read', (caller, { limit, after }: Page) => {
      const [count, fingerprint] = after?.split(':') ?? []
      const place = fingerprint === undefined ? {} : { after: { count: Number(count), fingerprint } }
      return queueOf(caller).clusters({ limit, ...place })
    }),

    cluster: operation('restream:read', async (caller, fingerprint: string) => {
      const cluster = await queueOf(caller).cluster(fingerprint)
      if (!cluster) throw notFound('cluster')
      return cluster
    }),

    /** Begins to send the entries through again, in the background. */
    startRun: operation(
      'restream:write',
      async (caller, filter: RestreamFilter, limits: { readonly eventsPerSecondMax?: number }) => {
        await announce(caller, 'restream.sent', { filter, ...limits })
        return queueOf(caller).startRun(filter, limits)
      },
    ),

    stopRun: operation('restream:write', async (caller, id: number) => {
      await queueOf(caller).run(id)
      await announce(caller, 'restream.stopped', {}, `restream run ${id}`)
      return queueOf(caller).stopRun(id)
    }),

    run: operation('restream:read', (caller, id: number) => queueOf(caller).run(id)),

    /** The newest first. */
    runs: operation('restream:read', (caller, { limit, after }: Page) =>
      queueOf(caller).runs({ limit, ...(after !== undefined && { before: Number(after) }) }),
    ),

    /** Throws away what waits, without being asked twice: for protocols that have no word for it. */
    purge: operation('restream:write', async (caller, filter: RestreamFilter) => {
      const { end } = await queueOf(caller).waiting(filter)
      return purge(caller, filter, end)
    }),

    /** Throws away what waits, if that is as many events as the caller believes. @throws MillraceError `unconfirmed`. */
    purgeConfirmed: operation('restream:write', async (caller, filter: RestreamFilter, confirm: number | undefined) => {
      const { count, end } = await queueOf(caller).waiting(filter)
      if (confirm !== count) throw unconfirmed(count)
      return purge(caller, filter, end)
    }),
  }
}

function unconfirmed(count: number): MillraceError {
  return new MillraceError('unconfirmed', `This throws away ${count} events, for good`, {
    hint: `Repeat it with "confirm": ${count}.`,
    fields: [{ field: 'confirm', message: String(count) }],
  })
}
