/** The SQL of workspaces' default mapping modes. */
import type { Db, Tx } from './schema.ts'

/** Undefined where nobody has set one. */
export async function findMappingMode(db: Db, workspaceId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('mappingModes')
    .select('mode')
    .where('workspaceId', '=', workspaceId)
    .executeTakeFirst()
  return row?.mode
}

export async function putMappingMode(tx: Tx, workspaceId: string, mode: string): Promise<void> {
  await tx
    .insertInto('mappingModes')
    .values({ workspaceId, mode })
    .onConflict((conflict) => conflict.column('workspaceId').doUpdateSet({ mode }))
    .execute()
}
