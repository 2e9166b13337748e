/** `/dimensions`: every column is a dimension or a measurement. */
import { z } from 'zod'
import { roles } from '../../semantic/model.ts'
import type { Cursors } from '../cursors.ts'
import { keyOfDimension, type ShownDimension } from '../operations/dimensions.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { listPage } from './paging.ts'
import { inWorkspace, listOf, page } from './schemas.ts'
import { dimension, dimensionChange, tableName } from './semantic-shapes.ts'

const querystring = z.strictObject(inWorkspace)
const params = z.strictObject({ table: tableName, column: z.string().min(1).max(256) })
const tags = ['dimensions']

export function dimensionRoutes(app: Api, dimensions: Operations['dimensions'], cursors: Cursors): void {
  app.get(
    '/dimensions',
    {
      config: { permission: dimensions.list.permission },
      schema: {
        operationId: 'listDimensions',
        tags,
        summary: 'The columns of all tables: which are dimensions, which are measurements, and what they are called',
        querystring: querystring.extend({
          ...page,
          table: tableName.optional(),
          role: z.enum(roles).optional(),
        }),
        response: { 200: listOf(dimension) },
      },
    },
    async (request) => {
      const { table, role } = request.query
      const { items, nextCursor } = await listPage(
        cursors,
        request,
        (page) => dimensions.list(request.caller, { table, role }, page),
        keyOfDimension,
      )
      return { items: items.map(shown), nextCursor }
    },
  )
  app.get(
    '/dimensions/:table/:column',
    {
      config: { permission: dimensions.get.permission },
      schema: {
        operationId: 'getDimension',
        tags,
        summary: 'What one column is',
        params,
        querystring,
        response: { 200: dimension },
      },
    },
    async ({ caller, params }) => shown(await dimensions.get(caller, params.table, params.column)),
  )
  app.patch(
    '/dimensions/:table/:column',
    {
      config: { permission: dimensions.update.permission },
      schema: {
        operationId: 'updateDimension',
        tags,
        summary: 'Say what a column is: what is given of it is changed',
        params,
        querystring,
        body: dimensionChange,
        response: { 200: dimension },
      },
    },
    async ({ caller, params, body }) => shown(await dimensions.update(caller, params.table, params.column, body)),
  )
  app.delete(
    '/dimensions/:table/:column',
    {
      config: { permission: dimensions.reset.permission },
      schema: {
        operationId: 'resetDimension',
        tags,
        summary: 'Forget what was said of a column: it is as it is inferred',
        params,
        querystring,
        response: { 204: z.null() },
      },
    },
    async ({ caller, params }, reply) => {
      await dimensions.reset(caller, params.table, params.column)
      return reply.code(204).send(null)
    },
  )
}

function shown(found: ShownDimension): z.output<typeof dimension> {
  return { ...found, reasons: found.reasons.map((reason) => ({ ...reason })) }
}
