/** Finds out who calls: from a token or a session to a user, and with the workspace asked for to a caller with a role. */
import { MillraceError } from '../../errors.ts'
import { digest, isCredentialLength, isDigest, parseCredential } from '../credentials.ts'
import { isWorkspacePermission, type Permission, type Role, weakerOf } from '../permissions.ts'
import { findSession, noteSessionUse } from '../store/sessions.ts'
import { type Store, unlessFull } from '../store/store.ts'
import { configTokens, findToken, noteTokenUse, type TokenRow } from '../store/tokens.ts'
import { findUser, roleOf, type UserRow } from '../store/users.ts'
import { findWorkspace } from '../store/workspaces.ts'
import { type Caller, demand, notFound } from './operation.ts'

export interface Credentials {
  /** The token of an `Authorization: Bearer` header. */
  readonly token?: string | undefined
  /** The value of the session's cookie. */
  readonly session?: string | undefined
}

/** Who was recognised, not yet in a workspace. */
interface Principal {
  readonly user: UserRow
  readonly token?: TokenRow
  readonly session?: string
}

export interface Call extends Pick<Caller, 'ip' | 'requestId'> {
  readonly permission: Permission
  /** The workspace asked for; the token's, else `default`, where none is. */
  readonly workspace: string | undefined
  /** Told of the token that speaks, before anything else is looked at: whatever is answered, the call counts. */
  readonly countCall?: ((token: TokenRow) => Promise<void>) | undefined
}

export const defaultWorkspace = 'default'
export const sessionLimits = { idleMs: 12 * 3_600_000, absoluteMs: 7 * 24 * 3_600_000 } as const
/** Uses are noted this coarsely, so that reading does not become writing. */
const useNotedEveryMs = { session: 60_000, token: 3_600_000 } as const

/**
 * @throws MillraceError `unauthenticated`; `not_found`: no such workspace, or none of the caller's; `forbidden`: the role lacks
 * the permission.
 */
export async function identify(store: Store, credentials: Credentials, call: Call): Promise<Caller> {
  const principal = await principalOf(store, credentials)
  if (!principal) {
    throw new MillraceError('unauthenticated', 'The request carries no valid token or session', {
      hint: 'Send Authorization: Bearer <token>, or log in.',
    })
  }
  const { user, token, session } = principal
  if (token) await call.countCall?.(token)
  const workspace = call.workspace ?? token?.workspaceId ?? defaultWorkspace
  const role = await roleIn(store, principal, workspace, call.permission === 'workspaces:unarchive')
  const isBound = token !== undefined && (token.workspaceId !== null || token.role !== null)
  const caller = {
    user: { id: user.id, email: user.email, isInstanceAdmin: user.instanceAdmin === 1 && !isBound },
    tokenId: token?.id ?? null,
    session: session ?? null,
    workspace,
    role,
    ip: call.ip,
    requestId: call.requestId,
  }
  const mustExist = call.workspace !== undefined || isWorkspacePermission(call.permission)
  if (mustExist && role === undefined) throw notFound('workspace')
  demand(caller, call.permission)
  return caller
}

/** For whom something goes on that they asked for before. */
interface Asker extends Pick<Caller, 'ip' | 'requestId' | 'tokenId'> {
  readonly userId: string
}

/** Who asked, as they are now: without a role where they, their token or their role in the workspace are gone. */
export async function callerNow(store: Store, { userId, ...asked }: Asker, workspace: string): Promise<Caller> {
  const user = await findUser(store.db, userId)
  const token = asked.tokenId === null ? undefined : await findToken(store.db, asked.tokenId)
  const isGone =
    asked.tokenId !== null && (token === undefined || (token.expiresAt !== null && token.expiresAt <= store.now()))
  const role = user && !isGone ? await roleIn(store, { user, ...(token && { token }) }, workspace) : undefined
  const shown = { id: userId, email: user?.email ?? '', isInstanceAdmin: false }
  return { user: shown, ...asked, session: null, workspace, role }
}

/** None in a workspace that is archived: nobody is there but who takes it up again. */
async function roleIn(
  store: Store,
  { user, token }: Pick<Principal, 'user' | 'token'>,
  workspace: string,
  isArchivedToo = false,
): Promise<Role | undefined> {
  if (token && token.workspaceId !== null && token.workspaceId !== workspace) return undefined
  const role = await roleOf(store.db, workspace, user.id)
  const found = await findWorkspace(store.db, workspace)
  if (role === undefined || found === undefined || (found.archivedAt !== null && !isArchivedToo)) return undefined
  return token?.role ? weakerOf(token.role, role) : role
}

async function principalOf(store: Store, { token, session }: Credentials): Promise<Principal | undefined> {
  if (token !== undefined) return isCredentialLength(token) ? principalOfToken(store, token) : undefined
  if (session !== undefined) return isCredentialLength(session) ? principalOfSession(store, session) : undefined
  return undefined
}

async function principalOfToken(store: Store, text: string): Promise<Principal | undefined> {
  const token = await rightToken(store, text)
  const now = store.now()
  if (!token || (token.expiresAt !== null && token.expiresAt <= now)) return undefined
  if (now - (token.lastUsedAt ?? 0) >= useNotedEveryMs.token) await unlessFull(noteTokenUse(store.db, token.id, now))
  const user = await findUser(store.db, token.userId)
  return user && { user, token }
}

async function rightToken(store: Store, text: string): Promise<TokenRow | undefined> {
  const parsed = parseCredential('api', text)
  const issued = parsed && (await findToken(store.db, parsed.id))
  if (parsed && issued?.origin === 'issued' && isDigest(parsed.digest, issued.hash)) return issued
  const whole = digest(text)
  return (await configTokens(store.db)).find(({ hash }) => isDigest(whole, hash))
}

async function principalOfSession(store: Store, text: string): Promise<Principal | undefined> {
  const session = digest(text).toString('hex')
  const row = await findSession(store.db, session)
  const now = store.now()
  if (!row || row.createdAt + sessionLimits.absoluteMs <= now || row.lastSeenAt + row.idleMs <= now) {
    return undefined
  }
  if (now - row.lastSeenAt >= useNotedEveryMs.session) await unlessFull(noteSessionUse(store.db, session, now))
  const user = await findUser(store.db, row.userId)
  return user && { user, session }
}
