/** The SQL of archives: at most one for each workspace. */
import type { Db, Schema, Tx } from './schema.ts'

export type ArchiveRow = Schema['archives']

export function findArchive(db: Db, workspaceId: string): Promise<ArchiveRow | undefined> {
  return db.selectFrom('archives').selectAll().where('workspaceId', '=', workspaceId).executeTakeFirst()
}

export async function putArchive(tx: Tx, row: ArchiveRow): Promise<void> {
  const { workspaceId: _, createdAt: __, ...change } = row
  await tx
    .insertInto('archives')
    .values(row)
    .onConflict((conflict) => conflict.column('workspaceId').doUpdateSet(change))
    .execute()
}

export async function deleteArchive(tx: Tx, workspaceId: string): Promise<void> {
  await tx.deleteFrom('archives').where('workspaceId', '=', workspaceId).execute()
}
