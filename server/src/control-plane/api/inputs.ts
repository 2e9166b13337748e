/** `/inputs` */
import { z } from 'zod'
import type { Cursors } from '../cursors.ts'
import type { Operations } from '../operations/operations.ts'
import { inputTypes } from '../store/schema.ts'
import type { Api } from './app.ts'
import { listPage } from './paging.ts'
import { id, ifMatch, inWorkspace, label, listOf, page, time } from './schemas.ts'
import { tagged } from './version-tag.ts'

const key = z.object({
  id: z.string(),
  origin: z.enum(['issued', 'config']),
  createdAt: time,
  expiresAt: time.nullable().describe('Set where another key replaced it: it lets events in until then'),
})
const input = z
  .object({
    id: z.string(),
    label: z.string(),
    type: z.enum(inputTypes),
    createdAt: time,
    disabledAt: time.nullable(),
    keys: z.array(key),
  })
  .meta({ id: 'Input' })
const inputWithKey = z.object({ input, key: z.string().describe('The key’s text. It is shown this once.') })

const overlapSecondsMax = 30 * 24 * 3600
const params = z.strictObject({ id })
const querystring = z.strictObject(inWorkspace)
const tags = ['inputs']

export function inputRoutes(app: Api, inputs: Operations['inputs'], cursors: Cursors): void {
  app.get(
    '/inputs',
    {
      config: { permission: inputs.list.permission },
      schema: {
        operationId: 'listInputs',
        tags,
        summary: 'The inputs of a workspace',
        querystring: querystring.extend(page),
        response: { 200: listOf(input) },
      },
    },
    (request) =>
      listPage(
        cursors,
        request,
        (page) => inputs.list(request.caller, page),
        ({ id }) => id,
      ),
  )
  app.post(
    '/inputs',
    {
      config: { permission: inputs.create.permission },
      schema: {
        operationId: 'createInput',
        tags,
        summary: 'Make an input, and a key for it',
        querystring,
        body: z.strictObject({ label, type: z.enum(inputTypes) }),
        response: { 201: inputWithKey },
      },
    },
    async ({ caller, body }, reply) => reply.code(201).send(await inputs.create(caller, body)),
  )
  app.get(
    '/inputs/:id',
    {
      config: { permission: inputs.get.permission },
      schema: { operationId: 'getInput', tags, summary: 'One input', params, querystring, response: { 200: input } },
    },
    async ({ caller, params }, reply) => tagged(reply, await inputs.get(caller, params.id)),
  )
  app.patch(
    '/inputs/:id',
    {
      config: { permission: inputs.update.permission },
      schema: {
        operationId: 'updateInput',
        tags,
        summary: 'Rename, stop or restart an input',
        params,
        querystring,
        headers: ifMatch,
        body: z.strictObject({ label: label.optional(), isEnabled: z.boolean().optional() }),
        response: { 200: input },
      },
    },
    async ({ caller, params, headers, body }, reply) =>
      tagged(reply, await inputs.update(caller, params.id, body, headers['if-match'])),
  )
  app.post(
    '/inputs/:id/rotate-key',
    {
      config: { permission: inputs.rotateKey.permission },
      schema: {
        operationId: 'rotateInputKey',
        tags,
        summary: 'Make a new key; the keys before it expire',
        params,
        querystring,
        body: z.strictObject({
          overlapSeconds: z
            .number()
            .int()
            .min(0)
            .max(overlapSecondsMax)
            .default(24 * 3600)
            .describe('How long the keys before it let events in still; 0 for a key that leaked'),
        }),
        response: { 200: inputWithKey },
      },
    },
    ({ caller, params, body }) => inputs.rotateKey(caller, params.id, { overlapMs: body.overlapSeconds * 1000 }),
  )
  app.delete(
    '/inputs/:id',
    {
      config: { permission: inputs.delete.permission },
      schema: {
        operationId: 'deleteInput',
        tags,
        summary: 'Delete an input and its keys; its events stay',
        params,
        querystring,
        response: { 204: z.null() },
      },
    },
    async ({ caller, params }, reply) => {
      await inputs.delete(caller, params.id)
      return reply.code(204).send(null)
    },
  )
}
