/** `/inputs` */
import { z } from 'zod'
import { describeSettings } from '../../settings.ts'
import type { Cursors } from '../cursors.ts'
import type { Operations } from '../operations/operations.ts'
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
const settings = z.record(z.string().max(128), z.unknown())
const input = z
  .object({
    id: z.string(),
    label: z.string(),
    type: z.string().describe('One of `GET /input-types`'),
    settings: settings.describe('As set; a secret shows as `{ "set": true }`'),
    createdAt: time,
    disabledAt: time.nullable(),
    keys: z.array(key),
  })
  .meta({ id: 'Input' })
const inputWithKey = z.object({
  input,
  key: z.string().nullable().describe('The key’s text, shown this once. Null for an input that nobody sends to.'),
  credentials: z
    .record(z.string(), z.string())
    .describe('What its senders are given in place of the key, by name; shown this once'),
})
const connection = z.object({
  state: z.enum(['connecting', 'connected', 'failed']),
  reason: z.string().nullable().describe('Why, where it is not connected'),
  since: time,
})
const inputType = z.object({
  name: z.string(),
  title: z.string(),
  icon: z.string().optional().describe('A picture, as a data URL'),
  keys: z
    .enum(['named', 'signing', 'none'])
    .describe('What lets events in: a key that is named, one to sign with, or none'),
  settings: z.record(z.string(), z.unknown()).describe('JSON Schema of its settings; secrets are `writeOnly`'),
})

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
        body: z.strictObject({ label, type: z.string().min(1).max(64), settings: settings.optional() }),
        response: { 201: inputWithKey },
      },
    },
    async ({ caller, body }, reply) => reply.code(201).send(await inputs.create(caller, body)),
  )
  app.get(
    '/input-types',
    {
      config: { permission: inputs.types.permission },
      schema: {
        operationId: 'listInputTypes',
        tags,
        summary: 'What an input can be, and the settings of each type',
        querystring,
        response: { 200: z.object({ items: z.array(inputType) }) },
      },
    },
    async ({ caller }) => {
      const types = await inputs.types(caller)
      return {
        items: types.map(({ name, title, icon, keys, settings }) => ({
          name,
          title,
          ...(icon !== undefined && { icon }),
          keys,
          settings: describeSettings(settings),
        })),
      }
    },
  )
  app.get(
    '/inputs/:id',
    {
      config: { permission: inputs.get.permission },
      schema: { operationId: 'getInput', tags, summary: 'One input', params, querystring, response: { 200: input } },
    },
    async ({ caller, params }, reply) => tagged(reply, await inputs.get(caller, params.id)),
  )
  app.get(
    '/inputs/:id/connection',
    {
      config: { permission: inputs.connection.permission },
      schema: {
        operationId: 'getInputConnection',
        tags,
        summary: 'How an input that goes and listens is connected',
        params,
        querystring,
        response: { 200: z.object({ connection: connection.nullable() }) },
      },
    },
    async ({ caller, params }) => ({ connection: await inputs.connection(caller, params.id) }),
  )
  app.patch(
    '/inputs/:id',
    {
      config: { permission: inputs.update.permission },
      schema: {
        operationId: 'updateInput',
        tags,
        summary: 'Rename an input, change its settings, stop or restart it',
        params,
        querystring,
        headers: ifMatch,
        body: z.strictObject({
          label: label.optional(),
          isEnabled: z.boolean().optional(),
          settings: settings.optional().describe('Over those it has; null takes one back to its default'),
        }),
        response: { 200: input },
      },
    },
    async ({ caller, params, headers, body }, reply) =>
      tagged(reply, await inputs.update(caller, params.id, body, headers['if-match'])),
  )
  app.put(
    '/inputs/:id',
    {
      config: { permission: inputs.replace.permission },
      schema: {
        operationId: 'replaceInput',
        tags,
        summary: 'Put all that is set of an input in place of what was; its type and its keys stay',
        params,
        querystring,
        headers: ifMatch,
        body: z.strictObject({
          label,
          isEnabled: z.boolean(),
          settings: settings.describe('What is missing goes back to its default; a secret `{ "set": true }` stays'),
        }),
        response: { 200: input },
      },
    },
    async ({ caller, params, headers, body }, reply) =>
      tagged(reply, await inputs.replace(caller, params.id, body, headers['if-match'])),
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
