/** `/tokens` */
import { z } from 'zod'
import type { Cursors } from '../cursors.ts'
import type { Operations } from '../operations/operations.ts'
import { roles } from '../permissions.ts'
import type { Api } from './app.ts'
import { listPage } from './paging.ts'
import { id, inWorkspace, label, listOf, page, time } from './schemas.ts'

const callsMax = z.number().int().min(1).max(1_000_000_000).nullable()
const token = z
  .object({
    id: z.string(),
    userId: z.string().describe('Whom it speaks for'),
    label: z.string(),
    workspaceId: z.string().nullable().describe('Null: every workspace of its user'),
    role: z.enum(roles).nullable().describe('The most it may do'),
    createdAt: time,
    expiresAt: time.nullable(),
    lastUsedAt: time.nullable().describe('To the hour'),
    callsPerMinuteMax: callsMax.describe('Null: as the config of the process says'),
    callsPerDayMax: callsMax,
  })
  .meta({ id: 'Token' })
const dayMs = 24 * 3_600_000
const querystring = z.strictObject(inWorkspace)
const tags = ['tokens']

export function tokenRoutes(app: Api, tokens: Operations['tokens'], cursors: Cursors): void {
  app.get(
    '/tokens',
    {
      config: { permission: tokens.list.permission },
      schema: {
        operationId: 'listTokens',
        tags,
        summary: 'One’s own tokens; all of the workspace for who may manage users',
        querystring: querystring.extend(page),
        response: { 200: listOf(token) },
      },
    },
    (request) =>
      listPage(
        cursors,
        request,
        (page) => tokens.list(request.caller, page),
        ({ id }) => id,
      ),
  )
  app.post(
    '/tokens',
    {
      config: { permission: tokens.create.permission },
      schema: {
        operationId: 'createToken',
        tags,
        summary: 'Make a token that may at most what one may oneself',
        querystring,
        body: z.strictObject({
          label,
          role: z.enum(roles),
          expiresInDays: z.number().int().min(1).max(3650).nullable().default(90).describe('Null: never'),
          callsPerMinuteMax: callsMax.optional().describe('Null: as the config of the process says'),
          callsPerDayMax: callsMax.optional(),
          inEveryWorkspace: z
            .boolean()
            .default(false)
            .describe('Wherever its user has a role, and not in this workspace alone'),
        }),
        response: { 201: z.object({ token, text: z.string().describe('The token itself. It is shown this once.') }) },
      },
    },
    async ({ caller, body }, reply) => {
      const {
        label,
        role,
        expiresInDays,
        callsPerMinuteMax: perMinute,
        callsPerDayMax: perDay,
        inEveryWorkspace,
      } = body
      const expiresInMs = expiresInDays === null ? null : expiresInDays * dayMs
      return reply
        .code(201)
        .send(
          await tokens.create(caller, { label, role, expiresInMs, limits: { perMinute, perDay }, inEveryWorkspace }),
        )
    },
  )
  app.patch(
    '/tokens/:id',
    {
      config: { permission: tokens.limit.permission },
      schema: {
        operationId: 'limitToken',
        tags,
        summary: 'Say how many calls a token may make; only an administrator may go above the defaults',
        params: z.strictObject({ id }),
        querystring,
        body: z.strictObject({ callsPerMinuteMax: callsMax.optional(), callsPerDayMax: callsMax.optional() }),
        response: { 200: token },
      },
    },
    ({ caller, params, body: { callsPerMinuteMax: perMinute, callsPerDayMax: perDay } }) =>
      tokens.limit(caller, params.id, { perMinute, perDay }),
  )
  app.delete(
    '/tokens/:id',
    {
      config: { permission: tokens.revoke.permission },
      schema: {
        operationId: 'revokeToken',
        tags,
        summary: 'Revoke a token; it counts at once',
        params: z.strictObject({ id }),
        querystring,
        response: { 204: z.null() },
      },
    },
    async ({ caller, params }, reply) => {
      await tokens.revoke(caller, params.id)
      return reply.code(204).send(null)
    },
  )
}
