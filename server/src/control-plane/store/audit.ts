/** The SQL of the audit: rows are added (`audit-chain.ts`), never changed. */
import type { Db, Schema } from './schema.ts'

/** What a row says; its place in the chain is added to that. */
export type AuditRow = Omit<Schema['audit'], 'sequence' | 'chainHash'>

/** Of a workspace, newest first, before the id `before`. */
export function listAudit(
  db: Db,
  workspaceId: string,
  page: { before?: string | undefined; limit: number },
): Promise<AuditRow[]> {
  const { before } = page
  return db
    .selectFrom('audit')
    .select(['id', 'workspaceId', 'at', 'actor', 'tokenId', 'ip', 'requestId', 'action', 'object', 'detail'])
    .where('workspaceId', '=', workspaceId)
    .$if(before !== undefined, (query) => query.where('id', '<', before!))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute()
}
