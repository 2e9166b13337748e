/** `/outputs` */
import { z } from 'zod'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { inWorkspace } from './schemas.ts'

const count = z.number().int()
const output = z
  .object({
    id: z.string(),
    type: z.string().describe('The loader: `duckdb`'),
    title: z.string(),
    settings: z.record(z.string(), z.unknown()).describe('Of a secret only that it is set'),
    state: z
      .enum(['running', 'held', 'stopped'])
      .describe(
        'held: the restream queue is full; stopped: somebody must act. Nothing is lost, events wait in the log',
      ),
    reason: z.string().nullable().describe('Why it is not running'),
    tableCount: count,
    rowCount: count,
    bytes: count.describe('On disk'),
    lagEvents: count.describe('Events that wait in the log'),
    loadedPerMinute: z.number().describe('Events that became rows in the last whole minute'),
  })
  .meta({ id: 'Output' })

export function outputRoutes(app: Api, outputs: Operations['outputs']): void {
  app.get(
    '/outputs',
    {
      config: { permission: outputs.list.permission },
      schema: {
        operationId: 'listOutputs',
        tags: ['status'],
        summary: 'Where rows go, and how that is doing: the one destination of the workspace',
        querystring: z.strictObject(inWorkspace),
        response: { 200: z.object({ items: z.array(output) }) },
      },
    },
    async ({ caller }) => ({
      items: (await outputs.list(caller)).map((one) => ({ ...one, settings: { ...one.settings } })),
    }),
  )
}
