/** `/event-types/{name}/mapping`, `/event-types/{name}/fields` and `/mapping-mode` */
import { z } from 'zod'
import { mappingModes } from '../../mappings.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { inWorkspace, label } from './schemas.ts'

const params = z.strictObject({ name: label.describe('The event type, percent-encoded') })
const querystring = z.strictObject(inWorkspace)
const tags = ['event-types']
const mode = z
  .enum(mappingModes)
  .describe('What becomes of fields without a column: they get one; their events are set aside; they are dropped')

const field = z
  .strictObject({
    path: z.array(z.string()).describe('Keys, from the outside in'),
    column: z.string().optional().describe('Absent: the field has no column'),
    type: z.string().optional().describe('BOOLEAN, BIGINT, DOUBLE, DECIMAL, TIMESTAMP, DATE, VARCHAR or JSON'),
    isDiscarded: z.boolean().optional().describe('Dropped in every mode, with all below it that has no entry'),
    nonNull: z.boolean().optional(),
    length: z.number().int().optional().describe('Characters of a VARCHAR'),
    truncate: z.boolean().optional().describe('Longer texts are cut; otherwise their events are set aside'),
    precision: z.number().int().optional(),
    scale: z.number().int().optional(),
    isWhole: z.boolean().optional().describe('Of a JSON column: takes an object whole, rather than by its members'),
    isMetadata: z
      .boolean()
      .optional()
      .describe('What is known of the event, not its data: the path is `_metadata` and a name, such as `@uuid`'),
    origin: z.enum(['auto', 'user']).optional().describe('auto: events may widen the column'),
  })
  .meta({ id: 'MappedField' })
export const mappingChange = z
  .strictObject({
    mode: z
      .string()
      .optional()
      .describe(`${mappingModes.join(', ')}; absent: the workspace's mode counts`),
    usesDefaultMode: z.boolean().optional(),
    isDiscarded: z.boolean().optional().describe('All its events are discarded'),
    table: z.string().optional(),
    onConflict: z.string().optional().describe('widen, restream or null: of a value that does not fit its column'),
    primaryKey: z.array(z.string()).optional().describe('Columns by which a newer row replaces an older one'),
    fields: z.array(field),
  })
  .meta({ id: 'MappingChange' })

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
        response: { 200: z.object({ version: z.number().int(), mapping: z.unknown() }) },
      },
    },
    async ({ caller, params, body }) => {
      const mapping = await mappings.set(caller, params.name, body)
      return { version: mapping.version, mapping }
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
        response: { 200: z.unknown().describe('A tree of fields') },
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
