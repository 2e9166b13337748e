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
    detail: z.record(z.string(), z.unknown()).describe('Depends on the action'),
  })
  .meta({ id: 'AuditEntry' })

const head = z
  .string()
  .regex(/^[1-9]\d{0,14}:[0-9a-f]{64}$/)
  .transform((text) => ({ sequence: Number(text.split(':')[0]), hash: text.split(':')[1]! }))
  .optional()
  .describe('A `head` of an earlier verification: whether its row is there still, and as it was')
const verification = z
  .object({
    isIntact: z.boolean(),
    rowCount: z.number().int().describe('Rows that are right'),
    head: z
      .string()
      .nullable()
      .describe('Of the newest of them. Keep it elsewhere: rows that are cut off at the end show by it alone'),
    broken: z.object({ id: z.string(), at: time }).nullable().describe('The first row that is not right'),
    hasKnownHead: z.boolean().nullable(),
  })
  .meta({ id: 'AuditVerification' })

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
  app.get(
    '/audit/verification',
    {
      config: { permission: audit.verify.permission },
      schema: {
        operationId: 'verifyAudit',
        tags: ['audit'],
        summary: 'Whether every row of the audit is as it was written, and none is missing',
        querystring: z.strictObject({ head }),
        response: { 200: verification },
      },
    },
    async ({ caller, query }) => {
      const { rowCount, head, broken, hasKnownHead } = await audit.verify(caller, query.head)
      const isIntact = broken === null && hasKnownHead !== false
      return { isIntact, rowCount, head: head && `${head.sequence}:${head.hash}`, broken, hasKnownHead }
    },
  )
}
