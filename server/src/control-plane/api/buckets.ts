/** `/buckets` */
import { z } from 'zod'
import type { Cursors } from '../cursors.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { listPage } from './paging.ts'
import { id, inWorkspace, listOf, page, time } from './schemas.ts'

const bucket = z
  .object({
    id: z.string(),
    key: z.string().describe('As its senders name it: unique among the buckets of an input'),
    name: z.string().describe('Empty where nobody gave it one'),
    inputId: z.string(),
    eventType: z.string().describe('Of the events that are its values'),
    createdAt: time,
  })
  .meta({ id: 'Bucket' })

const params = z.strictObject({ id })
const querystring = z.strictObject(inWorkspace)
const tags = ['buckets']

export function bucketRoutes(app: Api, buckets: Operations['buckets'], cursors: Cursors): void {
  app.get(
    '/buckets',
    {
      config: { permission: buckets.list.permission },
      schema: {
        operationId: 'listBuckets',
        tags,
        summary: 'The buckets of a workspace',
        querystring: querystring.extend(page),
        response: { 200: listOf(bucket) },
      },
    },
    (request) =>
      listPage(
        cursors,
        request,
        (page) => buckets.list(request.caller, page),
        ({ id }) => id,
      ),
  )
  app.get(
    '/buckets/:id',
    {
      config: { permission: buckets.get.permission },
      schema: { operationId: 'getBucket', tags, summary: 'One bucket', params, querystring, response: { 200: bucket } },
    },
    ({ caller, params }) => buckets.get(caller, params.id),
  )
  app.patch(
    '/buckets/:id',
    {
      config: { permission: buckets.rename.permission },
      schema: {
        operationId: 'renameBucket',
        tags,
        summary: 'Give a bucket another name',
        params,
        querystring,
        body: z.strictObject({ name: z.string().max(250) }),
        response: { 200: bucket },
      },
    },
    ({ caller, params, body }) => buckets.rename(caller, params.id, body.name),
  )
  app.delete(
    '/buckets/:id',
    {
      config: { permission: buckets.delete.permission },
      schema: {
        operationId: 'deleteBucket',
        tags,
        summary: 'Forget a bucket; its events stay, and the next one makes it anew',
        params,
        querystring,
        response: { 204: z.null() },
      },
    },
    async ({ caller, params }, reply) => {
      await buckets.delete(caller, params.id)
      return reply.code(204).send(null)
    },
  )
}
