/**
 * Who an Alooma client is: by a cookie that its login sets (ALOOMA-01 to 05), or by `authorization: API <key>` (ALOOMA-74). The
 * cookie is not the console's: these clients send no header against forgery, so nothing a browser holds for the console opens this door.
 */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { hasCode, MillraceError } from '../../../errors.ts'
import type { Api } from '../../api/app.ts'
import { cookieOf } from '../../api/authentication.ts'
import type { CountCall } from '../../api/rate-limiting.ts'
import { type Credentials, defaultWorkspace, identify } from '../../operations/callers.ts'
import type { Caller } from '../../operations/operation.ts'
import type { Permission } from '../../permissions.ts'
import type { Store } from '../../store/store.ts'
import { workspacesOfUser } from '../../store/workspaces.ts'
import type { ManagementParts } from '../management-protocol.ts'

const cookieName = 'mlr_alooma'
/** Some calls of the clients do not log in again, so a session lasts while anything is asked within a week. */
const idleMs = 7 * 24 * 3_600_000

const login = z.object({ email: z.string().max(254), password: z.string().max(1_024) })

export function sessionRoutes(app: Api, { store, operations, isSecure }: ManagementParts): void {
  app.post(
    '/login',
    { config: { permission: operations.session.login.permission }, schema: { hide: true, body: login } },
    async (request, reply) => {
      const { body, ip, id } = request
      const session = await operations.session.login(body, { ip, requestId: id }, idleMs)
      const { workspace } = await identifyBy(store, { session }, request, 'session')
      const attributes = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${idleMs / 1000}${isSecure ? '; Secure' : ''}`
      return reply
        .code(200)
        .header('set-cookie', `${cookieName}=${session}; ${attributes}`)
        .type('application/json')
        .send(JSON.stringify({ account: workspace, email: body.email }))
    },
  )
}

/** @throws MillraceError `unauthenticated`, for a workspace that is not there or not the caller's as well; `forbidden`. */
export function identifyClient(
  store: Store,
  request: FastifyRequest,
  permission: Permission,
  countCall: CountCall,
): Promise<Caller> {
  const { authorization, cookie } = request.headers
  const token = authorization === undefined ? undefined : (/^(?:API|Bearer) +(\S+)$/i.exec(authorization)?.[1] ?? '')
  const credentials = token === undefined ? { session: cookieOf(cookie, cookieName) } : { token }
  return identifyBy(store, credentials, request, permission, countCall)
}

async function identifyBy(
  store: Store,
  credentials: Credentials,
  { params, ip, id }: FastifyRequest,
  permission: Permission,
  countCall?: CountCall,
): Promise<Caller> {
  const { account } = params as { account?: string }
  let count = countCall
  const identifyIn = (workspace: string | undefined, of: Permission) => {
    const call = { permission: of, workspace, ip, requestId: id, countCall: count }
    count = undefined // a call is one, however often we look who it is
    return identify(store, credentials, call)
  }
  const inItsOwn = async () => identifyIn(await homeOf(store, await identifyIn(undefined, 'session')), permission)
  try {
    const caller = await (account === undefined ? inItsOwn() : identifyIn(account, permission))
    if (caller.role === undefined) throw elsewhere(caller.workspace)
    return caller
  } catch (error) {
    if (hasCode(error, 'not_found')) throw elsewhere(account ?? defaultWorkspace)
    throw error
  }
}

const workspacesMax = 100

/** Of a client that names no account: `default` or the token's, else the first in which the user has a role. */
async function homeOf(store: Store, { user, workspace, role }: Caller): Promise<string> {
  if (role !== undefined) return workspace
  const others = await workspacesOfUser(store.db, user.id, { limit: workspacesMax })
  return others.find(({ archivedAt }) => archivedAt === null)?.id ?? workspace
}

function elsewhere(account: string): MillraceError {
  return new MillraceError('unauthenticated', `There is no account ${account} for this user or key`, {
    hint: 'The account name is the id of a workspace in which the user has a role.',
  })
}
