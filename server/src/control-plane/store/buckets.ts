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

/** A bucket, and the table that its values go to. */
export interface SeriesTable {
  readonly eventType: string
  readonly name: string
  readonly tableName: string
}

/** Oldest bucket first; those alone of which events have come. */
export function seriesTables(db: Db, workspaceId: string): Promise<SeriesTable[]> {
  return db
    .selectFrom('buckets')
    .innerJoin('mappings', (join) =>
      join
        .onRef('mappings.workspaceId', '=', 'buckets.workspaceId')
        .onRef('mappings.eventType', '=', 'buckets.eventType')
        .on('mappings.version', '=', (of) =>
          of
            .selectFrom('mappings as newest')
            .select((max) => max.fn.max('newest.version').as('version'))
            .whereRef('newest.workspaceId', '=', 'buckets.workspaceId')
            .whereRef('newest.eventType', '=', 'buckets.eventType'),
        ),
    )
    .select(['buckets.eventType', 'buckets.name', 'mappings.tableName'])
    .where('buckets.workspaceId', '=', workspaceId)
    .orderBy('buckets.id')
    .execute()
}

export async function insertBucket(tx: Tx, row: BucketRow): Promise<void> {
  await tx.insertInto('buckets').values(row).execute()
}

export async function renameBucket(tx: Tx, workspaceId: string, id: string, name: string): Promise<void> {
  await tx.updateTable('buckets').set({ name }).where('workspaceId', '=', workspaceId).where('id', '=', id).execute()
}

/** By id, after `after`. */
export function listBuckets(
  db: Db,
  workspaceId: string,
  page: { after?: string | undefined; limit: number },
): Promise<BucketRow[]> {
  return db
    .selectFrom('buckets')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '>', page.after ?? '')
    .orderBy('id')
    .limit(page.limit)
    .execute()
}

export function findBucket(db: Db, workspaceId: string, id: string): Promise<BucketRow | undefined> {
  return db
    .selectFrom('buckets')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
}

export async function deleteBucket(tx: Tx, workspaceId: string, id: string): Promise<void> {
  await tx.deleteFrom('buckets').where('workspaceId', '=', workspaceId).where('id', '=', id).execute()
}
