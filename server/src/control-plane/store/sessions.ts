/** The SQL of sessions. They are found by the hash of what the cookie holds. */
import type { Db, Schema, Tx } from './schema.ts'

export type SessionRow = Schema['sessions']

export function findSession(db: Db, hash: string): Promise<SessionRow | undefined> {
  return db.selectFrom('sessions').selectAll().where('hash', '=', hash).executeTakeFirst()
}

export async function insertSession(tx: Tx, row: SessionRow): Promise<void> {
  await tx.insertInto('sessions').values(row).execute()
}

export async function deleteSession(tx: Tx, hash: string): Promise<void> {
  await tx.deleteFrom('sessions').where('hash', '=', hash).execute()
}

/** All sessions of a user but the one with the hash `except`. */
export async function deleteSessionsOfUser(tx: Tx, userId: string, except: string): Promise<void> {
  await tx.deleteFrom('sessions').where('userId', '=', userId).where('hash', '!=', except).execute()
}

/** Those made before `createdAt`, and those that were unused too long at `now`. */
export async function deleteSessionsBefore(
  tx: Tx,
  { createdAt, now }: { createdAt: number; now: number },
): Promise<void> {
  await tx
    .deleteFrom('sessions')
    .where((or) => or.or([or('createdAt', '<', createdAt), or(or('lastSeenAt', '+', or.ref('idleMs')), '<', now)]))
    .execute()
}

/** Not a change anybody made, so it has no audit row. */
export async function noteSessionUse(db: Db, hash: string, at: number): Promise<void> {
  await db.updateTable('sessions').set({ lastSeenAt: at }).where('hash', '=', hash).execute()
}
