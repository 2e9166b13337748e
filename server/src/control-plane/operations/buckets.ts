/** Buckets: named groups of series. Events make them when they are first heard of; here they are listed, renamed and forgotten. */
import { deleteBucket, findBucket, listBuckets, renameBucket } from '../store/buckets.ts'
import type { Store } from '../store/store.ts'
import type { BucketDirectory } from './bucket-directory.ts'
import { authorOf, notFound, operation, type Page } from './operation.ts'

export function bucketOperations(store: Store, directory: Pick<BucketDirectory, 'refresh'>) {
  return {
    list: operation('buckets:read', (caller, page: Page) => listBuckets(store.db, caller.workspace, page)),

    get: operation('buckets:read', async (caller, id: string) => {
      const bucket = await findBucket(store.db, caller.workspace, id)
      if (!bucket) throw notFound('bucket')
      return bucket
    }),

    /** Its key and its event type stay, and so do its events. */
    rename: operation('buckets:write', async (caller, id: string, name: string) => {
      const { workspace: workspaceId } = caller
      const renamed = await store.change(authorOf(caller), async (tx) => {
        const before = await findBucket(tx, workspaceId, id)
        if (!before) throw notFound('bucket')
        await renameBucket(tx, workspaceId, id, name)
        const detail = { key: before.key, before: before.name, name }
        return { result: { ...before, name }, audit: { workspaceId, action: 'bucket.renamed', object: id, detail } }
      })
      await directory.refresh()
      return renamed
    }),

    /** Its events stay; the next one makes it anew, without a name. */
    delete: operation('buckets:write', async (caller, id: string) => {
      const { workspace: workspaceId } = caller
      await store.change(authorOf(caller), async (tx) => {
        const bucket = await findBucket(tx, workspaceId, id)
        if (!bucket) throw notFound('bucket')
        await deleteBucket(tx, workspaceId, id)
        const { key, name, inputId } = bucket
        return {
          result: undefined,
          audit: { workspaceId, action: 'bucket.deleted', object: id, detail: { key, name, inputId } },
        }
      })
      await directory.refresh()
    }),
  }
}
