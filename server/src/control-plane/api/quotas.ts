/** `/workspaces/:workspace/quota` */
import { z } from 'zod'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { id, time } from './schemas.ts'

const limit = (what: string) => z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullable().describe(what)
const perSecond = (what: string) =>
  limit(`${what} a second, of all inputs together. Null: no limit`).refine((value) => value !== 0)
const limits = {
  eventsPerSecondMax: perSecond('Events'),
  bytesPerSecondMax: perSecond('Bytes'),
  eventsPerMonthMax: limit('Events in a month of UTC; then 402. Null: no limit'),
  bytesPerMonthMax: limit('Bytes of their JSON in a month of UTC; then 402. Null: no limit'),
}
const quota = z
  .object({
    ...limits,
    used: z
      .object({
        month: z.string().describe('`YYYY-MM`, UTC'),
        events: z.number().int().describe('Received, those included that could not be read'),
        bytes: z.number().int().describe('Of their JSON'),
      })
      .describe('Of the running month'),
    resetsAt: time.describe('When the next month begins'),
  })
  .meta({ id: 'Quota' })
const params = z.strictObject({ workspace: id })
const tags = ['workspaces']

export function quotaRoutes(app: Api, quotas: Operations['quotas']): void {
  app.get(
    '/workspaces/:workspace/quota',
    {
      config: { permission: quotas.get.permission },
      schema: {
        operationId: 'getQuota',
        tags,
        summary: 'How much a workspace may take in, and what of it is used',
        params,
        response: { 200: quota },
      },
    },
    ({ caller }) => quotas.get(caller),
  )
  app.put(
    '/workspaces/:workspace/quota',
    {
      config: { permission: quotas.set.permission },
      schema: {
        operationId: 'putQuota',
        tags,
        summary: 'Set how much a workspace may take in; it holds from the next request on',
        params,
        body: z.strictObject(limits),
        response: { 200: quota },
      },
    },
    ({ caller, body }) => quotas.set(caller, body),
  )
}
