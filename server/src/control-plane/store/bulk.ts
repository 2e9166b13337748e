/** The SQL of bulk operations and their items. Ids of operations rise with time; items count from 1, as they were given. */
import type { Db, ItemState, Schema, Tx } from './schema.ts'

export type BulkRow = Schema['bulkOperations']
export type BulkItemRow = Schema['bulkItems']

/** SQLite takes at most 32,766 values in a statement. */
const rowsPerInsert = 1_000

export async function insertBulk(tx: Tx, row: BulkRow, items: readonly BulkItemRow[]): Promise<void> {
  await tx.insertInto('bulkOperations').values(row).execute()
  for (let from = 0; from < items.length; from += rowsPerInsert) {
    await tx
      .insertInto('bulkItems')
      .values(items.slice(from, from + rowsPerInsert))
      .execute()
  }
}

export function findBulk(db: Db, id: string): Promise<BulkRow | undefined> {
  return db.selectFrom('bulkOperations').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Of a user, the newest first; `tokenId` leaves only those asked for by that token. */
export function listBulks(
  db: Db,
  userId: string,
  { before, limit, tokenId }: { before?: string | undefined; limit: number; tokenId?: string | undefined },
): Promise<BulkRow[]> {
  let bulks = db
    .selectFrom('bulkOperations')
    .selectAll()
    .where('userId', '=', userId)
    .orderBy('id', 'desc')
    .limit(limit)
  if (before !== undefined) bulks = bulks.where('id', '<', before)
  if (tokenId !== undefined) bulks = bulks.where('tokenId', '=', tokenId)
  return bulks.execute()
}

/** Of all users, oldest first. */
export function openBulks(db: Db): Promise<BulkRow[]> {
  return db.selectFrom('bulkOperations').selectAll().where('state', 'in', ['QUEUED', 'RUNNING']).orderBy('id').execute()
}

export async function updateBulk(
  db: Db,
  id: string,
  change: Partial<Pick<BulkRow, 'state' | 'startedAt' | 'endedAt'>>,
): Promise<void> {
  await db.updateTable('bulkOperations').set(change).where('id', '=', id).execute()
}

/** With their items. */
export async function deleteBulksBefore(tx: Tx, endedAt: number): Promise<void> {
  await tx.deleteFrom('bulkOperations').where('endedAt', '<', endedAt).execute()
}

/** How many items are in each state. */
export async function countItems(db: Db, bulkId: string): Promise<Partial<Record<ItemState, number>>> {
  const rows = await db
    .selectFrom('bulkItems')
    .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
    .where('bulkId', '=', bulkId)
    .groupBy('state')
    .execute()
  return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]))
}

/** In their order, behind the position `after`. */
export function listItems(
  db: Db,
  bulkId: string,
  { after, limit, state }: { after: number; limit: number; state?: ItemState | undefined },
): Promise<BulkItemRow[]> {
  let items = db
    .selectFrom('bulkItems')
    .selectAll()
    .where('bulkId', '=', bulkId)
    .where('position', '>', after)
    .orderBy('position')
    .limit(limit)
  if (state !== undefined) items = items.where('state', '=', state)
  return items.execute()
}

export type ItemOutcome = Pick<BulkItemRow, 'state' | 'errorCode' | 'errorMessage' | 'detail'>

/** @returns false where it waited no more: somebody cancelled it. */
export async function settleItem(
  db: Db,
  { bulkId, position }: Pick<BulkItemRow, 'bulkId' | 'position'>,
  outcome: ItemOutcome,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('bulkItems')
    .set(outcome)
    .where('bulkId', '=', bulkId)
    .where('position', '=', position)
    .where('state', '=', 'QUEUED')
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** Those that wait still. */
export async function cancelItems(tx: Tx, bulkId: string): Promise<void> {
  await tx
    .updateTable('bulkItems')
    .set({ state: 'CANCELLED' })
    .where('bulkId', '=', bulkId)
    .where('state', '=', 'QUEUED')
    .execute()
}
