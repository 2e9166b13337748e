/** The SQL of what Alooma's clients keep here. */
import type { Db, Schema, Tx } from './schema.ts'

export type KeptRow = Schema['aloomaState']

export function findKept(db: Db, workspaceId: string, kind: string, id: string): Promise<KeptRow | undefined> {
  return db
    .selectFrom('aloomaState')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('kind', '=', kind)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** By id. */
export function listKept(db: Db, workspaceId: string, kind: string): Promise<KeptRow[]> {
  return db
    .selectFrom('aloomaState')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('kind', '=', kind)
    .orderBy('id')
    .execute()
}

/** In place of what was there. */
export async function putKept(tx: Tx, row: KeptRow): Promise<void> {
  const { value, updatedAt } = row
  await tx
    .insertInto('aloomaState')
    .values(row)
    .onConflict((conflict) => conflict.columns(['workspaceId', 'kind', 'id']).doUpdateSet({ value, updatedAt }))
    .execute()
}

export async function deleteKept(tx: Tx, workspaceId: string, kind: string, id: string): Promise<void> {
  await tx
    .deleteFrom('aloomaState')
    .where('workspaceId', '=', workspaceId)
    .where('kind', '=', kind)
    .where('id', '=', id)
    .execute()
}
