/** `/event-types` */
import { z } from 'zod'
import type { Cursors } from '../cursors.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { storedMapping, type ToldMapping } from './mapping-shapes.ts'
import { listPage } from './paging.ts'
import { inWorkspace, label, listOf, page, time } from './schemas.ts'

const count = z.number().int()
const eventType = z
  .object({
    name: z.string(),
    table: z.string(),
    mappingVersion: count,
    mappedAt: time.describe('When that version was made'),
    tableRows: count.nullable().describe('Rows of the table; null where the destination does not have it yet'),
  })
  .meta({ id: 'EventType' })
const mapping = storedMapping.describe('Its fields and the columns they go to')
const versionMax = 2 ** 31 - 1

const name = label.describe('The event type, percent-encoded')
const querystring = z.strictObject(inWorkspace)
const tags = ['event-types']

export function eventTypeRoutes(app: Api, eventTypes: Operations['eventTypes'], cursors: Cursors): void {
  app.get(
    '/event-types',
    {
      config: { permission: eventTypes.list.permission },
      schema: {
        operationId: 'listEventTypes',
        tags,
        summary: 'The kinds of events a workspace has seen, by name',
        querystring: querystring.extend(page),
        response: { 200: listOf(eventType) },
      },
    },
    (request) =>
      listPage(
        cursors,
        request,
        (page) => eventTypes.list(request.caller, page),
        ({ name }) => name,
      ),
  )
  app.get(
    '/event-types/:name',
    {
      config: { permission: eventTypes.get.permission },
      schema: {
        operationId: 'getEventType',
        tags,
        summary: 'One event type with its mapping of today',
        params: z.strictObject({ name }),
        querystring,
        response: {
          200: z.object({
            name: z.string(),
            table: z.string(),
            mapping,
            versions: z.array(z.object({ version: count, createdAt: time })).describe('Newest first'),
          }),
        },
      },
    },
    async ({ caller, params }) => {
      const { mapping, ...rest } = await eventTypes.get(caller, params.name)
      return { ...rest, mapping: mapping as ToldMapping }
    },
  )
  app.get(
    '/event-types/:name/mappings/:version',
    {
      config: { permission: eventTypes.mapping.permission },
      schema: {
        operationId: 'getMapping',
        tags,
        summary: 'One version of an event type’s mapping',
        params: z.strictObject({
          name,
          version: z.coerce.number().int().min(1).max(versionMax).meta({ type: 'integer' }),
        }),
        querystring,
        response: { 200: z.object({ version: count, createdAt: time, mapping }) },
      },
    },
    async ({ caller, params }) => {
      const { mapping, ...rest } = await eventTypes.mapping(caller, params.name, params.version)
      return { ...rest, mapping: mapping as ToldMapping }
    },
  )
}
