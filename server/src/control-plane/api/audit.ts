/** `/audit` */
import { z } from 'zod'
import type { Cursors } from '../cursors.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { listPage } from './paging.ts'
import { inWorkspace, listOf, page, time } from './schemas.ts'

const row = z
  .object({
    id: z.string(),
    at: time,
    actor: z.string().describe('Id of a user, or `bootstrap`, or `pipeline`'),
    tokenId: z.string().nullable(),
    ip: z.string().nullable(),
    requestId: z.string().nullable(),
    action: z.string(),
    object: z.string(),
    detail: z.unknown(),
  })
  .meta({ id: 'AuditEntry' })

export function auditRoutes(app: Api, audit: Operations['audit'], cursors: Cursors): void {
  app.get(
    '/audit',
    {
      config: { permission: audit.list.permission },
      schema: {
        operationId: 'listAudit',
        tags: ['audit'],
        summary: 'Who did what, newest first',
        querystring: z.strictObject({ ...inWorkspace, ...page }),
        response: { 200: listOf(row) },
      },
    },
    async (request) => {
      const list = await listPage(
        cursors,
        request,
        (page) => audit.list(request.caller, page),
        ({ id }) => id,
      )
      return { ...list, items: list.items.map((item) => ({ ...item, detail: JSON.parse(item.detail) })) }
    },
  )
}
