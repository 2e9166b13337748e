/** The SQL of workspaces. */
import type { Db, Schema, Tx } from './schema.ts'

export type WorkspaceRow = Schema['workspaces']

export function findWorkspace(db: Db, id: string): Promise<WorkspaceRow | undefined> {
  return db.selectFrom('workspaces').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Those that are not archived, by id. */
export function openWorkspaces(db: Db): Promise<WorkspaceRow[]> {
  return db.selectFrom('workspaces').selectAll().where('archivedAt', 'is', null).orderBy('id').execute()
}

/** Those in which a user has a role, archived ones too, by id, after `after`. */
export function workspacesOfUser(
  db: Db,
  userId: string,
  page: { after?: string | undefined; limit: number },
): Promise<(WorkspaceRow & Pick<Schema['memberships'], 'role'>)[]> {
  return db
    .selectFrom('workspaces')
    .innerJoin('memberships', 'memberships.workspaceId', 'workspaces.id')
    .selectAll('workspaces')
    .select('memberships.role')
    .where('memberships.userId', '=', userId)
    .where('workspaces.id', '>', page.after ?? '')
    .orderBy('workspaces.id')
    .limit(page.limit)
    .execute()
}

export async function insertWorkspace(tx: Tx, row: WorkspaceRow): Promise<void> {
  await tx.insertInto('workspaces').values(row).execute()
}

export async function updateWorkspace(
  tx: Tx,
  id: string,
  change: Partial<Pick<WorkspaceRow, 'name' | 'archivedAt'>>,
): Promise<void> {
  await tx.updateTable('workspaces').set(change).where('id', '=', id).execute()
}
