/** `/tables` */
import { z } from 'zod'
import type { TableStatus } from '../../query.ts'
import type { Cursors } from '../cursors.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { listPage } from './paging.ts'
import { inWorkspace, listOf, page } from './schemas.ts'

const table = z
  .object({
    name: z.string(),
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rowCount: z.number().int(),
    isDerived: z.boolean().describe('Whether a scheduled query makes it, rather than events'),
  })
  .meta({ id: 'Table' })
const querystring = z.strictObject(inWorkspace)
const tags = ['tables']

export function tableRoutes(app: Api, tables: Operations['tables'], cursors: Cursors): void {
  app.get(
    '/tables',
    {
      config: { permission: tables.list.permission },
      schema: {
        operationId: 'listTables',
        tags,
        summary: 'The tables of a workspace, by name',
        querystring: querystring.extend(page),
        response: { 200: listOf(table) },
      },
    },
    async (request) => {
      const { items, nextCursor } = await listPage(
        cursors,
        request,
        (page) => tables.list(request.caller, page),
        ({ name }) => name,
      )
      return { items: items.map(shown), nextCursor }
    },
  )
  app.get(
    '/tables/:name',
    {
      config: { permission: tables.get.permission },
      schema: {
        operationId: 'getTable',
        tags,
        summary: 'One table',
        params: z.strictObject({ name: z.string().min(1).max(256) }),
        querystring,
        response: { 200: table },
      },
    },
    async ({ caller, params }) => shown(await tables.get(caller, params.name)),
  )
  const columns = z
    .array(z.strictObject({ name: z.string().min(1).max(63), type: z.string() }))
    .min(1)
    .max(1_000)
  app.put(
    '/tables/:name',
    {
      config: { permission: tables.put.permission },
      schema: {
        operationId: 'putTable',
        tags,
        summary: 'Creates a table, or adds columns to it and widens them; never drops or narrows one',
        params: z.strictObject({ name: z.string().min(1).max(63) }),
        querystring: querystring.extend({ isNew: z.stringbool().optional().describe('409 where the table exists') }),
        body: z.strictObject({ columns }),
        response: { 200: table },
      },
    },
    async ({ caller, params, query, body }) =>
      shown(await tables.put(caller, { name: params.name, columns: body.columns }, { isNew: query.isNew ?? false })),
  )
  app.delete(
    '/tables/:name',
    {
      config: { permission: tables.drop.permission },
      schema: {
        operationId: 'dropTable',
        tags,
        summary: 'Drops a table with its rows, for good. The books keep count of them',
        params: z.strictObject({ name: z.string().min(1).max(256) }),
        querystring: querystring.extend({
          confirm: z
            .string()
            .max(256)
            .optional()
            .describe(
              'The name of the table once more. Where it is missing or wrong, nothing is dropped, and the answer is 409 `unconfirmed` and says how many rows would go',
            ),
          force: z
            .stringbool()
            .optional()
            .describe(
              'Although event types or scheduled queries fill it, which is 409 `conflict` otherwise. They make it anew, empty, when they write again',
            ),
        }),
        response: { 204: z.null() },
      },
    },
    async ({ caller, params, query }, reply) => {
      await tables.drop(caller, params.name, { confirm: query.confirm, isForced: query.force ?? false })
      return reply.code(204).send(null)
    },
  )
}

function shown({ name, columns, rowCount, isDerived }: TableStatus): z.output<typeof table> {
  return { name, columns: [...columns], rowCount, isDerived }
}
