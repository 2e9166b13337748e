/** `/event-types/{name}/backfills` */
import { z } from 'zod'
import type { Backfill } from '../../backfills.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { id, inWorkspace, label, time } from './schemas.ts'

const params = z.strictObject({ name: label.describe('The event type, percent-encoded') })
const oneParams = params.extend({ id })
const querystring = z.strictObject(inWorkspace)
const tags = ['event-types']
const columnsMax = 1_600
const count = z.number().int()

const backfill = z
  .object({
    id: z.string(),
    eventType: z.string(),
    columns: z.array(z.string()),
    state: z.enum(['RUNNING', 'DONE', 'STOPPED', 'FAILED']),
    total: count.describe('Events of the log, of all types, that it meant at its start'),
    done: count.describe('Those of them that it has looked at'),
    updated: count.describe('Rows that it filled'),
    failed: count.describe('Events that the code or the mapping refuses now'),
    startedAt: time,
    endedAt: time.nullable(),
    rate: z.number().nullable().describe('Events per second'),
    etaMs: count.nullable().describe('ms until it is done, at that rate'),
    error: z.string().nullable().describe('Why it failed, or why it waits'),
  })
  .meta({ id: 'Backfill' })

export function backfillRoutes(app: Api, backfills: Operations['backfills']): void {
  app.get(
    '/event-types/:name/backfills',
    {
      config: { permission: backfills.list.permission },
      schema: {
        operationId: 'listBackfills',
        tags,
        summary: 'The last back-fills since the server was started, newest first',
        params,
        querystring,
        response: { 200: z.object({ items: z.array(backfill) }) },
      },
    },
    async ({ caller, params }) => ({ items: (await backfills.list(caller, params.name)).map(asBackfill) }),
  )
  app.post(
    '/event-types/:name/backfills',
    {
      config: { permission: backfills.start.permission },
      schema: {
        operationId: 'startBackfill',
        tags,
        summary: 'Fill columns that are null in rows of before from the events that the log still has',
        params,
        querystring,
        body: z.strictObject({
          columns: z
            .array(label)
            .min(1)
            .max(columnsMax)
            .optional()
            .describe('Columns that the mapping fills; all of them where it is missing'),
        }),
        response: { 202: backfill },
      },
    },
    async ({ caller, params, body }, reply) =>
      reply.code(202).send(asBackfill(await backfills.start(caller, params.name, body.columns))),
  )
  oneBackfillRoutes(app, backfills)
}

function oneBackfillRoutes(app: Api, backfills: Operations['backfills']): void {
  app.get(
    '/event-types/:name/backfills/:id',
    {
      config: { permission: backfills.get.permission },
      schema: {
        operationId: 'getBackfill',
        tags,
        summary: 'One back-fill, and how far it is',
        params: oneParams,
        querystring,
        response: { 200: backfill },
      },
    },
    async ({ caller, params }) => asBackfill(await backfills.get(caller, params.name, params.id)),
  )
  app.post(
    '/event-types/:name/backfills/:id/stop',
    {
      config: { permission: backfills.stop.permission },
      schema: {
        operationId: 'stopBackfill',
        tags,
        summary: 'End a back-fill; what it has filled stays',
        params: oneParams,
        querystring,
        response: { 200: backfill },
      },
    },
    async ({ caller, params }) => asBackfill(await backfills.stop(caller, params.name, params.id)),
  )
}

function asBackfill({ columns, ...rest }: Backfill) {
  return { ...rest, columns: [...columns] }
}
