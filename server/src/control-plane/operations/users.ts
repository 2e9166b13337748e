/** Users of a workspace and their roles. Nobody gives or takes a role stronger than their own, and one owner always stays. */
import { randomBytes } from 'node:crypto'
import { newId } from '@millrace/event/id'
import { MillraceError } from '../../errors.ts'
import type { Passwords } from '../passwords.ts'
import { isAtLeast, type Role } from '../permissions.ts'
import type { Tx } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { deleteTokensOfMember } from '../store/tokens.ts'
import {
  countOwners,
  deleteMembership,
  findMember,
  findUserByEmail,
  insertMembership,
  insertUser,
  listMembers,
  type Member,
  updateRole,
} from '../store/users.ts'
import { authorOf, type Caller, forbidden, notFound, operation, type Page } from './operation.ts'
import { refuseStale } from './version-tag.ts'

export function userOperations(store: Store, passwords: Passwords) {
  return {
    /** By id. */
    list: operation('users:read', (caller, page: Page) => listMembers(store.db, caller.workspace, page)),

    get: operation('users:read', async (caller, id: string): Promise<Member> => {
      const user = await findMember(store.db, caller.workspace, id)
      if (!user) throw notFound('user')
      return user
    }),

    /**
     * Gives somebody a role here. Whoever is new to this installation gets a password, told once.
     * @throws MillraceError `conflict`: they have a role here already; `forbidden`: the role is stronger than the caller's.
     */
    invite: operation(
      'users:write',
      async (caller, { email, role }: { email: string; role: Role }): Promise<{ user: Member; password?: string }> => {
        refuseStronger(caller, role)
        const password = randomBytes(18).toString('base64url')
        const passwordHash = await passwords.hash(password)
        return store.change(authorOf(caller), async (tx) => {
          const { workspace: workspaceId } = caller
          const now = store.now()
          const known = await findUserByEmail(tx, email.toLowerCase())
          const id = known?.id ?? newId(now)
          if (known && (await findMember(tx, workspaceId, id))) {
            throw new MillraceError('conflict', 'This user has a role in the workspace already')
          }
          if (!known) {
            await insertUser(tx, { id, email: email.toLowerCase(), passwordHash, instanceAdmin: 0, createdAt: now })
          }
          await insertMembership(tx, { workspaceId, userId: id, role, createdAt: now })
          const user = await member(tx, workspaceId, id)
          const audit = { workspaceId, action: 'user.invited', object: id, detail: { email: user.email, role } }
          return { result: { user, ...(!known && { password }) }, audit }
        })
      },
    ),

    /** @throws MillraceError `conflict`: they are the last owner; `forbidden`, `precondition_failed`. */
    changeRole: operation('users:write', (caller, id: string, role: Role, ifMatch?: string): Promise<Member> => {
      refuseStronger(caller, role)
      return store.change(authorOf(caller), async (tx) => {
        const { workspace: workspaceId } = caller
        const before = await member(tx, workspaceId, id)
        refuseStale(before, ifMatch)
        refuseStronger(caller, before.role)
        if (role !== 'owner') await refuseLastOwner(tx, workspaceId, before)
        await updateRole(tx, workspaceId, id, role)
        const detail = { before: before.role, role }
        const audit = { workspaceId, action: 'user.role_changed', object: id, detail }
        return { result: { ...before, role }, audit }
      })
    }),

    /** Takes away their role and their tokens here. @throws MillraceError `conflict`: they are the last owner; `forbidden`. */
    remove: operation(
      'users:write',
      (caller, id: string): Promise<void> =>
        store.change(authorOf(caller), async (tx) => {
          const { workspace: workspaceId } = caller
          const user = await member(tx, workspaceId, id)
          refuseStronger(caller, user.role)
          await refuseLastOwner(tx, workspaceId, user)
          await deleteMembership(tx, workspaceId, id)
          await deleteTokensOfMember(tx, workspaceId, id)
          const detail = { email: user.email, role: user.role }
          return { result: undefined, audit: { workspaceId, action: 'user.removed', object: id, detail } }
        }),
    ),
  }
}

async function member(tx: Tx, workspaceId: string, id: string): Promise<Member> {
  const user = await findMember(tx, workspaceId, id)
  if (!user) throw notFound('user')
  return user
}

function refuseStronger(caller: Caller, role: Role): void {
  if (caller.role !== undefined && isAtLeast(caller.role, role)) return
  throw forbidden(`The role ${role} is stronger than your own`)
}

async function refuseLastOwner(tx: Tx, workspaceId: string, { role }: Member): Promise<void> {
  if (role !== 'owner' || (await countOwners(tx, workspaceId)) > 1) return
  throw new MillraceError('conflict', 'This is the last owner of the workspace', {
    hint: 'Make somebody else an owner first.',
  })
}
