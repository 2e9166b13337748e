/** `/event-types/{name}/mapping`, `/event-types/{name}/fields` and `/mapping-mode` */
import { z } from 'zod'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { mappingChange, mode, seenFields, storedMapping, type ToldMapping } from './mapping-shapes.ts'
import { inWorkspace, label } from './schemas.ts'

const params = z.strictObject({ name: label.describe('The event type, percent-encoded') })
const querystring = z.strictObject(inWorkspace)
const tags = ['event-types']
export function mappingRoutes(app: Api, mappings: Operations['mappings']): void {
  app.put(
    '/event-types/:name/mapping',
    {
      config: { permission: mappings.set.permission },
      schema: {
        operationId: 'setMapping',
        tags,
        summary: 'Makes the whole mapping of an event type what is given, as a new version',
        params,
        querystring,
        body: mappingChange,
        response: { 200: z.object({ version: z.number().int(), mapping: storedMapping }) },
      },
    },
    async ({ caller, params, body }) => {
      const mapping = await mappings.set(caller, params.name, body)
      return { version: mapping.version, mapping: mapping as unknown as ToldMapping }
    },
  )
  app.delete(
    '/event-types/:name',
    {
      config: { permission: mappings.forget.permission },
      schema: {
        operationId: 'deleteEventType',
        tags,
        summary: 'Forgets the mapping of an event type; its table stays, and new events bring it back',
        params,
        querystring,
        response: { 204: z.null() },
      },
    },
    async ({ caller, params }, reply) => {
      await mappings.forget(caller, params.name)
      return reply.code(204).send(null)
    },
  )
  fieldRoutes(app, mappings)
  modeRoutes(app, mappings)
}

function fieldRoutes(app: Api, mappings: Operations['mappings']): void {
  app.get(
    '/event-types/:name/fields',
    {
      config: { permission: mappings.fields.permission },
      schema: {
        operationId: 'getFields',
        tags,
        summary: 'What was seen in the fields of an event type: counts, types, samples, when',
        params,
        querystring,
        response: { 200: seenFields },
      },
    },
    ({ caller, params }) => mappings.fields(caller, params.name),
  )
  app.delete(
    '/event-types/:name/fields',
    {
      config: { permission: mappings.clearFields.permission },
      schema: {
        operationId: 'clearFields',
        tags,
        summary: 'Forgets what was seen in the fields of an event type',
        params,
        querystring,
        response: { 204: z.null() },
      },
    },
    async ({ caller, params }, reply) => {
      await mappings.clearFields(caller, params.name)
      return reply.code(204).send(null)
    },
  )
}

function modeRoutes(app: Api, mappings: Operations['mappings']): void {
  app.get(
    '/mapping-mode',
    {
      config: { permission: mappings.mode.permission },
      schema: {
        operationId: 'getMappingMode',
        tags,
        summary: 'The mode of event types that have none of their own',
        querystring,
        response: { 200: z.object({ mode }) },
      },
    },
    ({ caller }) => mappings.mode(caller),
  )
  app.put(
    '/mapping-mode',
    {
      config: { permission: mappings.setMode.permission },
      schema: {
        operationId: 'setMappingMode',
        tags,
        summary: 'Sets the mode of event types that have none of their own',
        querystring,
        body: z.strictObject({ mode }),
        response: { 200: z.object({ mode }) },
      },
    },
    ({ caller, body }) => mappings.setMode(caller, body.mode),
  )
}
