/** The SQL of API tokens. */
import type { Db, Schema, Tx } from './schema.ts'

export type TokenRow = Schema['tokens']

export function findToken(db: Db, id: string): Promise<TokenRow | undefined> {
  return db.selectFrom('tokens').selectAll().where('id', '=', id).executeTakeFirst()
}

/** The tokens that the process's config fixes. */
export function configTokens(db: Db): Promise<TokenRow[]> {
  return db.selectFrom('tokens').selectAll().where('origin', '=', 'config').execute()
}

/** Of one workspace, of the user alone unless of all; and the user's own of every workspace. By id, after `after`. */
export function listTokens(
  db: Db,
  workspaceId: string,
  { userId, isOfAll }: { userId: string; isOfAll: boolean },
  page: { after?: string | undefined; limit: number },
): Promise<TokenRow[]> {
  return db
    .selectFrom('tokens')
    .selectAll()
    .where(({ or, and, eb }) =>
      or([
        and([eb('workspaceId', '=', workspaceId), ...(isOfAll ? [] : [eb('userId', '=', userId)])]),
        and([eb('workspaceId', 'is', null), eb('userId', '=', userId), eb('origin', '=', 'issued')]),
      ]),
    )
    .where('id', '>', page.after ?? '')
    .orderBy('id')
    .limit(page.limit)
    .execute()
}

export async function insertToken(tx: Tx, row: TokenRow): Promise<void> {
  await tx.insertInto('tokens').values(row).execute()
}

export async function updateToken(
  tx: Tx,
  id: string,
  change: Pick<TokenRow, 'callsPerMinuteMax' | 'callsPerDayMax'>,
): Promise<void> {
  await tx.updateTable('tokens').set(change).where('id', '=', id).execute()
}

export async function deleteToken(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('tokens').where('id', '=', id).execute()
}

export async function deleteTokensOfMember(tx: Tx, workspaceId: string, userId: string): Promise<void> {
  await tx.deleteFrom('tokens').where('workspaceId', '=', workspaceId).where('userId', '=', userId).execute()
}

/** Not a change anybody made, so it has no audit row. */
export async function noteTokenUse(db: Db, id: string, at: number): Promise<void> {
  await db.updateTable('tokens').set({ lastUsedAt: at }).where('id', '=', id).execute()
}
