/** `/bulk` */
import { Readable } from 'node:stream'
import { z } from 'zod'
import { csvLine } from '../../csv-text.ts'
import type { Cursors } from '../cursors.ts'
import type { ShownItem } from '../operations/bulk.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { bulk, bulkItem, bulkRequest, itemState } from './bulk-shapes.ts'
import { listPage } from './paging.ts'
import { id, inWorkspace, listOf, page } from './schemas.ts'

const querystring = z.strictObject(inWorkspace)
const params = z.strictObject({ id })
const tags = ['bulk']
const bodyBytesMax = 16 * 1024 * 1024

export function bulkRoutes(app: Api, bulks: Operations['bulk'], cursors: Cursors): void {
  app.get(
    '/bulk',
    {
      config: { permission: bulks.list.permission },
      schema: {
        operationId: 'listBulkOperations',
        tags,
        summary: 'The bulk operations one asked for, the newest first; ended ones are kept for 30 days',
        querystring: querystring.extend(page),
        response: { 200: listOf(bulk) },
      },
    },
    (request) =>
      listPage(
        cursors,
        request,
        (page) => bulks.list(request.caller, page),
        ({ id }) => id,
      ),
  )
  app.post(
    '/bulk',
    {
      config: { permission: bulks.start.permission },
      bodyLimit: bodyBytesMax,
      schema: {
        operationId: 'startBulkOperation',
        tags,
        summary: 'Do something to many sources, in the background; each item needs the permission in its workspace',
        querystring,
        body: bulkRequest,
        response: { 202: bulk },
      },
    },
    async ({ caller, body }, reply) => reply.code(202).send(await bulks.start(caller, body)),
  )
  app.get(
    '/bulk/:id',
    {
      config: { permission: bulks.get.permission },
      schema: {
        operationId: 'getBulkOperation',
        tags,
        summary: 'How far a bulk operation is',
        params,
        querystring,
        response: { 200: bulk },
      },
    },
    ({ caller, params }) => bulks.get(caller, params.id),
  )
  app.post(
    '/bulk/:id/cancel',
    {
      config: { permission: bulks.cancel.permission },
      schema: {
        operationId: 'cancelBulkOperation',
        tags,
        summary: 'Leave the items out that wait still; what is done stays done',
        params,
        querystring,
        response: { 200: bulk },
      },
    },
    ({ caller, params }) => bulks.cancel(caller, params.id),
  )
  resultRoutes(app, bulks, cursors)
}

function resultRoutes(app: Api, bulks: Operations['bulk'], cursors: Cursors): void {
  app.get(
    '/bulk/:id/results',
    {
      config: { permission: bulks.results.permission },
      schema: {
        operationId: 'listBulkResults',
        tags,
        summary: 'What became of each item, also while it goes on',
        params,
        querystring: querystring.extend({ ...page, state: itemState.optional() }),
        response: { 200: listOf(bulkItem) },
      },
    },
    (request) =>
      listPage(
        cursors,
        request,
        (page) => bulks.results(request.caller, request.params.id, { state: request.query.state }, page),
        ({ position }) => String(position),
      ),
  )
  app.get(
    '/bulk/:id/results.csv',
    {
      config: { permission: bulks.results.permission },
      schema: {
        operationId: 'getBulkResultsCsv',
        tags,
        summary: 'The same as CSV, whole; formulas in it are made text',
        params,
        querystring: querystring.extend({ state: itemState.optional() }),
      },
    },
    async ({ caller, params, query: { state } }, reply) => {
      await bulks.get(caller, params.id)
      const list = (after: string | undefined) => bulks.results(caller, params.id, { state }, { limit: 1_000, after })
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="bulk-${params.id}.csv"`)
        .send(Readable.from(resultLines(list)))
    },
  )
}

const columns = ['position', 'workspace', 'source', 'label', 'line', 'state', 'error_code', 'error', 'detail']

async function* resultLines(list: (after: string | undefined) => Promise<ShownItem[]>): AsyncGenerator<string> {
  yield csvLine(columns)
  let after: string | undefined
  for (;;) {
    const items = await list(after)
    if (items.length === 0) return
    yield items.map(lineOf).join('')
    after = String(items.at(-1)!.position)
  }
}

function lineOf({ position, workspace, source, label, line, state, error, detail }: ShownItem): string {
  const text = detail && JSON.stringify(detail)
  return csvLine([position, workspace, source, label, line, state, error?.code, error?.message, text])
}
