/** `/session` */
import { z } from 'zod'
import { sessionLimits } from '../operations/callers.ts'
import type { Operations } from '../operations/operations.ts'
import { passwordChars } from '../passwords.ts'
import { roles } from '../permissions.ts'
import type { Api } from './app.ts'
import { cookieName } from './authentication.ts'
import { inWorkspace } from './schemas.ts'

const identity = z
  .object({
    user: z.object({ id: z.string(), email: z.string(), isInstanceAdmin: z.boolean() }),
    workspace: z.string(),
    role: z.enum(roles).nullable().describe('In the workspace; null where the user has none'),
    tokenId: z.string().nullable().describe('Set where a token speaks for the user'),
  })
  .meta({ id: 'Identity' })
const email = z.string().min(3).max(254)
/** Whatever its length: only a new password has to be long enough. */
const password = z.string().min(1).max(passwordChars.max)
const newPassword = z.string().min(passwordChars.min).max(passwordChars.max)
const querystring = z.strictObject(inWorkspace)
const tags = ['session']

export function sessionRoutes(app: Api, session: Operations['session'], { isSecure }: { isSecure: boolean }): void {
  const cookie = (value: string, maxAgeSeconds: number) =>
    `${cookieName(isSecure)}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}${isSecure ? '; Secure' : ''}`

  app.post(
    '/session',
    {
      config: { permission: session.login.permission },
      schema: {
        operationId: 'login',
        tags,
        summary: 'Log in: the answer sets the session’s cookie',
        body: z.strictObject({ email, password }),
        response: { 204: z.null() },
      },
    },
    async ({ body, ip, id }, reply) => {
      const text = await session.login(body, { ip, requestId: id })
      return reply
        .code(204)
        .header('set-cookie', cookie(text, sessionLimits.absoluteMs / 1000))
        .send(null)
    },
  )
  app.get(
    '/session',
    {
      config: { permission: session.get.permission },
      schema: {
        operationId: 'getSession',
        tags,
        summary: 'Who am I, and what may I do here',
        querystring,
        response: { 200: identity },
      },
    },
    ({ caller }) => session.get(caller),
  )
  app.delete(
    '/session',
    {
      config: { permission: session.logout.permission },
      schema: { operationId: 'logout', tags, summary: 'Log out', response: { 204: z.null() } },
    },
    async ({ caller }, reply) => {
      await session.logout(caller)
      return reply.code(204).header('set-cookie', cookie('', 0)).send(null)
    },
  )
  app.put(
    '/session/password',
    {
      config: { permission: session.changePassword.permission },
      schema: {
        operationId: 'changePassword',
        tags,
        summary: 'Change one’s password; all other sessions end',
        body: z.strictObject({ current: password, next: newPassword }),
        response: { 204: z.null() },
      },
    },
    async ({ caller, body }, reply) => {
      await session.changePassword(caller, body)
      return reply.code(204).send(null)
    },
  )
}
