/** `/query` */
import { z } from 'zod'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { inWorkspace } from './schemas.ts'

const sqlCharsMax = 100_000
const rowsMax = 10_000

export function queryRoutes(app: Api, query: Operations['query']): void {
  app.post(
    '/query',
    {
      config: { permission: query.run.permission },
      schema: {
        operationId: 'runQuery',
        tags: ['query'],
        summary: 'Run one read-only statement in the destination',
        querystring: z.strictObject(inWorkspace),
        body: z.strictObject({
          sql: z.string().min(1).max(sqlCharsMax),
          parameters: z
            .array(z.union([z.string(), z.number(), z.boolean(), z.null()]))
            .max(1000)
            .optional(),
          limit: z.number().int().min(1).max(rowsMax).default(1000).describe('Rows at most'),
        }),
        response: {
          200: z.object({
            columns: z.array(z.object({ name: z.string(), type: z.string() })),
            rows: z.array(z.array(z.unknown())),
            truncated: z.boolean().describe('Whether there were more rows than `limit`'),
          }),
        },
      },
    },
    async ({ caller, body }) => {
      const { columns, rows, truncated } = await query.run(caller, body)
      return { columns: [...columns], rows: rows.map((row) => [...row]), truncated }
    },
  )
}
