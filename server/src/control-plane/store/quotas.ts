/** The SQL of quotas: at most one for each workspace. */
import { noQuota, type Quota } from '../../quotas.ts'
import type { Db, Schema, Tx } from './schema.ts'

export type QuotaRow = Schema['quotas']

export async function findQuota(db: Db, workspaceId: string): Promise<Quota> {
  const row = await db.selectFrom('quotas').selectAll().where('workspaceId', '=', workspaceId).executeTakeFirst()
  return row === undefined ? noQuota : quotaOf(row)
}

/** By workspace, of those that have one. */
export async function allQuotas(db: Db): Promise<Map<string, Quota>> {
  const rows = await db.selectFrom('quotas').selectAll().execute()
  return new Map(rows.map((row) => [row.workspaceId, quotaOf(row)]))
}

export async function putQuota(tx: Tx, row: QuotaRow): Promise<void> {
  const { workspaceId: _, ...change } = row
  await tx
    .insertInto('quotas')
    .values(row)
    .onConflict((conflict) => conflict.column('workspaceId').doUpdateSet(change))
    .execute()
}

function quotaOf({ workspaceId: _, updatedAt: __, ...quota }: QuotaRow): Quota {
  return quota
}
