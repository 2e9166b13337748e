/** What an operation is: something that can be done, by whom it may be done, and what is checked of it whoever calls. */
import { MillraceError } from '../../errors.ts'
import { isWorkspacePermission, mayRole, type Permission, type Role } from '../permissions.ts'
import type { Author } from '../store/store.ts'

/** Who calls, in which workspace. */
export interface Caller {
  readonly user: { readonly id: string; readonly email: string; readonly isInstanceAdmin: boolean }
  /** Set where a token speaks for the user. */
  readonly tokenId: string | null
  /** Set where a session speaks for the user: its hash. */
  readonly session: string | null
  /** Id. */
  readonly workspace: string
  /** In the workspace; absent where an operation concerns none. */
  readonly role: Role | undefined
  readonly ip: string | null
  readonly requestId: string | null
}

export type Operation<A extends unknown[], R> = ((caller: Caller, ...args: A) => Promise<R>) & {
  readonly permission: Permission
}

/** Makes an operation that its callers cannot reach without the permission. @throws MillraceError `forbidden`. */
export function operation<A extends unknown[], R>(
  permission: Permission,
  run: (caller: Caller, ...args: A) => Promise<R>,
): Operation<A, R> {
  const checked = async (caller: Caller, ...args: A): Promise<R> => {
    demand(caller, permission)
    return run(caller, ...args)
  }
  return Object.assign(checked, { permission })
}

/** @throws MillraceError `forbidden`. */
export function demand(caller: Pick<Caller, 'user' | 'role'>, permission: Permission): void {
  if (permission === 'public' || permission === 'session') return
  if (permission === 'instance') {
    if (caller.user.isInstanceAdmin) return
    throw forbidden('Only an administrator of this installation may do that')
  }
  if (isWorkspacePermission(permission) && caller.role !== undefined && mayRole(caller.role, permission)) return
  throw forbidden(`The role ${caller.role ?? 'none'} may not do that: it needs the permission ${permission}`)
}

/** What the audit says of a caller. */
export function authorOf({ user, tokenId, ip, requestId }: Caller): Author {
  return { actor: user.id, tokenId, ip, requestId }
}

export function forbidden(message: string): MillraceError {
  return new MillraceError('forbidden', message)
}

/** The same for what does not exist and for what is another workspace's. */
export function notFound(what: string): MillraceError {
  return new MillraceError('not_found', `There is no such ${what}`)
}

/** The page of a list: at most `limit` items whose key comes after `after`. */
export interface Page {
  readonly limit: number
  readonly after?: string | undefined
}
