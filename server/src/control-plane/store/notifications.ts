/** The SQL of notifications and of what is muted. */
import type { Notification } from '../../notifications.ts'
import type { Db, Schema, Tx } from './schema.ts'

type NotificationRow = Schema['notifications']
export type MuteRow = Schema['notificationMutes']

/** Those that last happened after `after` and not after `until`, ascending. */
export async function notificationsBetween(
  db: Db,
  workspaceId: string,
  { after, until, limit }: { after: number; until: number; limit: number },
): Promise<Notification[]> {
  const rows = await db
    .selectFrom('notifications')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('lastAt', '>', after)
    .where('lastAt', '<=', until)
    .orderBy('lastAt')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(notificationOf)
}

/** The page of a list in the same order: what comes after the notification `id`, which last happened at `lastAt`. */
export async function notificationsAfter(
  db: Db,
  workspaceId: string,
  { lastAt, id, limit }: { lastAt: number; id: string; limit: number },
): Promise<Notification[]> {
  const rows = await db
    .selectFrom('notifications')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where((is) => is.or([is('lastAt', '>', lastAt), is.and([is('lastAt', '=', lastAt), is('id', '>', id)])]))
    .orderBy('lastAt')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(notificationOf)
}

/** Over those with the same ids. Nobody's change, so it has no audit row. */
export async function saveNotifications(
  db: Db,
  workspaceId: string,
  notifications: readonly Notification[],
): Promise<void> {
  const rows = notifications.map((notification) => rowOf(workspaceId, notification))
  await db
    .insertInto('notifications')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['workspaceId', 'id']).doUpdateSet((to) => ({
        message: to.ref('excluded.message'),
        count: to.ref('excluded.count'),
        lastAt: to.ref('excluded.lastAt'),
      })),
    )
    .execute()
}

export async function deleteNotificationsBefore(db: Db, before: number): Promise<void> {
  await db.deleteFrom('notifications').where('lastAt', '<', before).execute()
}

/** By id, after `after`. */
export function listMutes(
  db: Db,
  workspaceId: string,
  page: { after?: string | undefined; limit: number },
): Promise<MuteRow[]> {
  return db
    .selectFrom('notificationMutes')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '>', page.after ?? '')
    .orderBy('id')
    .limit(page.limit)
    .execute()
}

export function findMute(db: Db, workspaceId: string, id: string): Promise<MuteRow | undefined> {
  return db
    .selectFrom('notificationMutes')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
}

export async function mutedTypes(db: Db, workspaceId: string, now: number): Promise<Set<string>> {
  const rows = await db
    .selectFrom('notificationMutes')
    .select('type')
    .where('workspaceId', '=', workspaceId)
    .where((is) => is.or([is('until', 'is', null), is('until', '>', now)]))
    .execute()
  return new Set(rows.map(({ type }) => type))
}

export async function insertMute(tx: Tx, row: MuteRow): Promise<void> {
  await tx.insertInto('notificationMutes').values(row).execute()
}

export async function deleteMute(tx: Tx, workspaceId: string, id: string): Promise<void> {
  await tx.deleteFrom('notificationMutes').where('workspaceId', '=', workspaceId).where('id', '=', id).execute()
}

function rowOf(workspaceId: string, { cause, ...notification }: Notification): NotificationRow {
  return { workspaceId, ...notification, causeKind: cause?.kind ?? null, causeId: cause?.id ?? null }
}

function notificationOf({ workspaceId: _, causeKind, causeId, ...row }: NotificationRow): Notification {
  return { ...row, cause: causeKind === null || causeId === null ? null : { kind: causeKind, id: causeId } }
}
