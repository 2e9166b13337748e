/** The SQL of the audit: rows are added, never changed. */
import type { Db, Schema, Tx } from './schema.ts'

export type AuditRow = Schema['audit']

export async function insertAudit(tx: Tx, row: AuditRow): Promise<void> {
  await tx.insertInto('audit').values(row).execute()
}

/** Of a workspace, newest first, before the id `before`. */
export function listAudit(
  db: Db,
  workspaceId: string,
  page: { before?: string | undefined; limit: number },
): Promise<AuditRow[]> {
  const { before } = page
  return db
    .selectFrom('audit')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .$if(before !== undefined, (query) => query.where('id', '<', before!))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute()
}
