/** The SQL of what Datorama's clients keep here. */
import type { Db, Schema, Tx } from './schema.ts'

export type DatoramaRow = Schema['datoramaState']

export function findDatoramaRow(
  db: Db,
  workspaceId: string,
  kind: string,
  id: string,
): Promise<DatoramaRow | undefined> {
  return db
    .selectFrom('datoramaState')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('kind', '=', kind)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** By id. */
export function listDatoramaRows(db: Db, workspaceId: string, kind: string): Promise<DatoramaRow[]> {
  return db
    .selectFrom('datoramaState')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('kind', '=', kind)
    .orderBy('id')
    .execute()
}

/** In place of what was there. */
export async function putDatoramaRow(tx: Tx, row: DatoramaRow): Promise<void> {
  const { value, updatedAt } = row
  await tx
    .insertInto('datoramaState')
    .values(row)
    .onConflict((conflict) => conflict.columns(['workspaceId', 'kind', 'id']).doUpdateSet({ value, updatedAt }))
    .execute()
}

export async function deleteDatoramaRow(tx: Tx, workspaceId: string, kind: string, id: string): Promise<void> {
  await tx
    .deleteFrom('datoramaState')
    .where('workspaceId', '=', workspaceId)
    .where('kind', '=', kind)
    .where('id', '=', id)
    .execute()
}
