/** The SQL of users and of their roles in workspaces. */
import type { Role } from '../permissions.ts'
import type { Db, Schema, Tx } from './schema.ts'

export type UserRow = Schema['users']

/** A user as a workspace sees them. */
export interface Member {
  readonly id: string
  readonly email: string
  readonly role: Role
  /** When they joined the workspace. */
  readonly createdAt: number
}

export function findUser(db: Db, id: string): Promise<UserRow | undefined> {
  return db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
}

/** @param email in lower case. */
export function findUserByEmail(db: Db, email: string): Promise<UserRow | undefined> {
  return db.selectFrom('users').selectAll().where('email', '=', email).executeTakeFirst()
}

/** The first administrator of the installation. */
export function findFirstUser(db: Db): Promise<UserRow | undefined> {
  return db
    .selectFrom('users')
    .selectAll()
    .where('instanceAdmin', '=', 1)
    .orderBy('createdAt')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
}

export async function insertUser(tx: Tx, row: UserRow): Promise<void> {
  await tx.insertInto('users').values(row).execute()
}

export async function updatePassword(tx: Tx, id: string, passwordHash: string): Promise<void> {
  await tx.updateTable('users').set({ passwordHash }).where('id', '=', id).execute()
}

export async function roleOf(db: Db, workspaceId: string, userId: string): Promise<Role | undefined> {
  const row = await db
    .selectFrom('memberships')
    .select('role')
    .where('workspaceId', '=', workspaceId)
    .where('userId', '=', userId)
    .executeTakeFirst()
  return row?.role
}

/** By id, after `after`. */
export function listMembers(
  db: Db,
  workspaceId: string,
  page: { after?: string | undefined; limit: number },
): Promise<Member[]> {
  return members(db, workspaceId)
    .where('users.id', '>', page.after ?? '')
    .orderBy('users.id')
    .limit(page.limit)
    .execute()
}

export function findMember(db: Db, workspaceId: string, userId: string): Promise<Member | undefined> {
  return members(db, workspaceId).where('users.id', '=', userId).executeTakeFirst()
}

export async function countOwners(db: Db, workspaceId: string): Promise<number> {
  const { owners } = await db
    .selectFrom('memberships')
    .select((count) => count.fn.countAll<number>().as('owners'))
    .where('workspaceId', '=', workspaceId)
    .where('role', '=', 'owner')
    .executeTakeFirstOrThrow()
  return Number(owners)
}

export async function insertMembership(tx: Tx, row: Schema['memberships']): Promise<void> {
  await tx.insertInto('memberships').values(row).execute()
}

export async function updateRole(tx: Tx, workspaceId: string, userId: string, role: Role): Promise<void> {
  await tx
    .updateTable('memberships')
    .set({ role })
    .where('workspaceId', '=', workspaceId)
    .where('userId', '=', userId)
    .execute()
}

export async function deleteMembership(tx: Tx, workspaceId: string, userId: string): Promise<void> {
  await tx.deleteFrom('memberships').where('workspaceId', '=', workspaceId).where('userId', '=', userId).execute()
}

function members(db: Db, workspaceId: string) {
  return db
    .selectFrom('memberships')
    .innerJoin('users', 'users.id', 'memberships.userId')
    .select(['users.id', 'users.email', 'memberships.role', 'memberships.createdAt'])
    .where('memberships.workspaceId', '=', workspaceId)
}
