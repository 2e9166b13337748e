/** `/metrics` of a workspace by name and minute. */
import { z } from 'zod'
import { metricDaysMax, metricNames } from '../../minute-metrics.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { manyOf } from './query-lists.ts'
import { inWorkspace, time } from './schemas.ts'

const series = z
  .object({
    name: z.enum(metricNames),
    points: z.array(z.object({ at: time, value: z.number().nullable() })),
  })
  .meta({ id: 'MetricSeries' })

const resolutionMinutesMax = 1440
const agoMinutes = 60
const querystring = z.strictObject({
  ...inWorkspace,
  names: manyOf(z.enum(metricNames), metricNames.length)
    .optional()
    .describe('Names, separated by commas or repeated; all of them where missing'),
  from: time.optional().describe(`At most ${metricDaysMax} days ago; an hour ago where missing`),
  resolutionMinutes: z.coerce
    .number()
    .int()
    .min(1)
    .max(resolutionMinutesMax)
    .default(1)
    .meta({ type: 'integer', minimum: 1, maximum: resolutionMinutesMax, description: 'Length of an interval' }),
})

export function metricRoutes(app: Api, metrics: Operations['metrics']): void {
  app.get(
    '/metrics',
    {
      config: { permission: metrics.read.permission },
      schema: {
        operationId: 'readMetrics',
        tags: ['metrics'],
        summary: 'What the workspace did, interval by interval, to this second; null where nothing was measured',
        querystring,
        response: { 200: z.object({ items: z.array(series) }) },
      },
    },
    async ({ caller, query }) => {
      const { names = metricNames, from = Date.now() - agoMinutes * 60_000, resolutionMinutes } = query
      const items = await metrics.read(caller, { names, from, resolutionMinutes })
      return { items: items.map(({ name, points }) => ({ name, points: [...points] })) }
    },
  )
}
