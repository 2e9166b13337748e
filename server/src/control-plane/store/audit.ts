/** The SQL of the audit: rows are added (`audit-chain.ts`), never changed. */
import type { Db, Schema } from './schema.ts'

/** What a row says; its place in the chain is added to that. */
export type AuditRow = Omit<Schema['audit'], 'sequence' | 'chainHash'>

/** Who changes something: what the audit says of them. */
export type Author = Pick<AuditRow, 'actor' | 'tokenId' | 'ip' | 'requestId'>

/** What a change did, for its audit row. */
export interface AuditEntry {
  readonly workspaceId: string | null
  /** `input.created` and the like. */
  readonly action: string
  /** Id of what was changed. */
  readonly object: string
  /** What a reader wants to know beyond that; never a secret. */
  readonly detail?: Record<string, unknown>
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
    .select(['id', 'workspaceId', 'at', 'actor', 'tokenId', 'ip', 'requestId', 'action', 'object', 'detail'])
    .where('workspaceId', '=', workspaceId)
    .$if(before !== undefined, (query) => query.where('id', '<', before!))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute()
}
