/** The SQL of buckets. */
import type { Db, Schema, Tx } from './schema.ts'

export type BucketRow = Schema['buckets']

export function allBuckets(db: Db): Promise<BucketRow[]> {
  return db.selectFrom('buckets').selectAll().execute()
}

export function findBucketByKey(
  db: Db,
  { workspaceId, inputId, key }: Pick<BucketRow, 'workspaceId' | 'inputId' | 'key'>,
): Promise<BucketRow | undefined> {
  return db
    .selectFrom('buckets')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('inputId', '=', inputId)
    .where('key', '=', key)
    .executeTakeFirst()
}

export async function isBucketEventType(db: Db, workspaceId: string, eventType: string): Promise<boolean> {
  const row = await db
    .selectFrom('buckets')
    .select('id')
    .where('workspaceId', '=', workspaceId)
    .where('eventType', '=', eventType)
    .executeTakeFirst()
  return row !== undefined
}

export async function insertBucket(tx: Tx, row: BucketRow): Promise<void> {
  await tx.insertInto('buckets').values(row).execute()
}

export async function renameBucket(tx: Tx, workspaceId: string, id: string, name: string): Promise<void> {
  await tx.updateTable('buckets').set({ name }).where('workspaceId', '=', workspaceId).where('id', '=', id).execute()
}
