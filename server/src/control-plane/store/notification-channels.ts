/** The SQL of the channels that notifications go through, and of what is to be sent by them. */
import type { Db, Schema, Tx } from './schema.ts'

export type ChannelRow = Schema['notificationChannels']
export type DeliveryRow = Schema['notificationDeliveries']

/** Of all workspaces that are not archived, those that are switched on. */
export function activeChannels(db: Db): Promise<ChannelRow[]> {
  return db
    .selectFrom('notificationChannels')
    .innerJoin('workspaces', 'workspaces.id', 'notificationChannels.workspaceId')
    .selectAll('notificationChannels')
    .where('notificationChannels.disabledAt', 'is', null)
    .where('workspaces.archivedAt', 'is', null)
    .execute()
}

/** By id, after `after`. */
export function listChannels(
  db: Db,
  workspaceId: string,
  page: { after?: string | undefined; limit: number },
): Promise<ChannelRow[]> {
  return db
    .selectFrom('notificationChannels')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '>', page.after ?? '')
    .orderBy('id')
    .limit(page.limit)
    .execute()
}

export function findChannel(db: Db, workspaceId: string, id: string): Promise<ChannelRow | undefined> {
  return db
    .selectFrom('notificationChannels')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
}

export async function countChannels(db: Db, workspaceId: string): Promise<number> {
  const { channels } = await db
    .selectFrom('notificationChannels')
    .select((count) => count.fn.countAll<number>().as('channels'))
    .where('workspaceId', '=', workspaceId)
    .executeTakeFirstOrThrow()
  return Number(channels)
}

export async function insertChannel(tx: Tx, row: ChannelRow): Promise<void> {
  await tx.insertInto('notificationChannels').values(row).execute()
}

/** What became of deliveries is nobody's change, and has no audit row; whatever else is changed by a transaction that has one. */
export async function updateChannel(
  db: Db,
  workspaceId: string,
  id: string,
  change: Partial<Omit<ChannelRow, 'workspaceId' | 'id' | 'kind' | 'createdAt'>>,
): Promise<void> {
  await db
    .updateTable('notificationChannels')
    .set(change)
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .execute()
}

/** With what is to be sent by it. */
export async function deleteChannel(tx: Tx, workspaceId: string, id: string): Promise<void> {
  await tx.deleteFrom('notificationChannels').where('workspaceId', '=', workspaceId).where('id', '=', id).execute()
}

/** Safe to repeat. */
export async function insertDelivery(db: Db, row: DeliveryRow): Promise<void> {
  await db
    .insertInto('notificationDeliveries')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Of each channel the oldest, at most so many. */
export async function dueDeliveries(db: Db, now: number, perChannelMax: number): Promise<DeliveryRow[]> {
  const rows = await db
    .selectFrom((from) =>
      from
        .selectFrom('notificationDeliveries')
        .selectAll()
        .select((select) =>
          select.fn
            .agg<number>('row_number')
            .over((over) => over.partitionBy(['workspaceId', 'channelId']).orderBy('dueAt').orderBy('id'))
            .as('place'),
        )
        .where('dueAt', '<=', now)
        .as('due'),
    )
    .selectAll()
    .where('place', '<=', perChannelMax)
    .orderBy('dueAt')
    .orderBy('id')
    .execute()
  return rows.map(({ place: _, ...row }) => row)
}

export async function countDeliveries(db: Db, workspaceId: string, channelId: string): Promise<number> {
  const { waiting } = await db
    .selectFrom('notificationDeliveries')
    .select((count) => count.fn.countAll<number>().as('waiting'))
    .where('workspaceId', '=', workspaceId)
    .where('channelId', '=', channelId)
    .executeTakeFirstOrThrow()
  return Number(waiting)
}

export async function postponeDelivery(
  db: Db,
  { workspaceId, id }: Pick<DeliveryRow, 'workspaceId' | 'id'>,
  change: Pick<DeliveryRow, 'attempts' | 'dueAt'>,
): Promise<void> {
  await db
    .updateTable('notificationDeliveries')
    .set(change)
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .execute()
}

/** Safe to repeat. */
export async function deleteDelivery(
  db: Db,
  { workspaceId, id }: Pick<DeliveryRow, 'workspaceId' | 'id'>,
): Promise<void> {
  await db.deleteFrom('notificationDeliveries').where('workspaceId', '=', workspaceId).where('id', '=', id).execute()
}
