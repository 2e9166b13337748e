/** `/users` */
import { z } from 'zod'
import type { Cursors } from '../cursors.ts'
import type { Operations } from '../operations/operations.ts'
import { roles } from '../permissions.ts'
import type { Api } from './app.ts'
import { listPage } from './paging.ts'
import { id, ifMatch, inWorkspace, listOf, page, time } from './schemas.ts'
import { tagged } from './version-tag.ts'

const role = z.enum(roles)
const user = z
  .object({ id: z.string(), email: z.string(), role, createdAt: time.describe('When they joined the workspace') })
  .meta({ id: 'User' })
const email = z
  .string()
  .max(254)
  .regex(/^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u, 'Not an e-mail address')
const params = z.strictObject({ id })
const querystring = z.strictObject(inWorkspace)
const tags = ['users']

export function userRoutes(app: Api, users: Operations['users'], cursors: Cursors): void {
  app.get(
    '/users',
    {
      config: { permission: users.list.permission },
      schema: {
        operationId: 'listUsers',
        tags,
        summary: 'Who has a role in the workspace',
        querystring: querystring.extend(page),
        response: { 200: listOf(user) },
      },
    },
    (request) =>
      listPage(
        cursors,
        request,
        (page) => users.list(request.caller, page),
        ({ id }) => id,
      ),
  )
  app.post(
    '/users',
    {
      config: { permission: users.invite.permission },
      schema: {
        operationId: 'inviteUser',
        tags,
        summary: 'Give somebody a role in the workspace',
        querystring,
        body: z.strictObject({ email, role }),
        response: {
          201: z.object({
            user,
            password: z.string().optional().describe('For whoever is new to this installation. It is shown this once.'),
          }),
        },
      },
    },
    async ({ caller, body }, reply) => reply.code(201).send(await users.invite(caller, body)),
  )
  app.get(
    '/users/:id',
    {
      config: { permission: users.get.permission },
      schema: { operationId: 'getUser', tags, summary: 'One user', params, querystring, response: { 200: user } },
    },
    async ({ caller, params }, reply) => tagged(reply, await users.get(caller, params.id)),
  )
  app.patch(
    '/users/:id',
    {
      config: { permission: users.changeRole.permission },
      schema: {
        operationId: 'changeRole',
        tags,
        summary: 'Give a user another role',
        params,
        querystring,
        headers: ifMatch,
        body: z.strictObject({ role }),
        response: { 200: user },
      },
    },
    async ({ caller, params, headers, body }, reply) =>
      tagged(reply, await users.changeRole(caller, params.id, body.role, headers['if-match'])),
  )
  app.delete(
    '/users/:id',
    {
      config: { permission: users.remove.permission },
      schema: {
        operationId: 'removeUser',
        tags,
        summary: 'Take away a user’s role and tokens in the workspace',
        params,
        querystring,
        response: { 204: z.null() },
      },
    },
    async ({ caller, params }, reply) => {
      await users.remove(caller, params.id)
      return reply.code(204).send(null)
    },
  )
}
