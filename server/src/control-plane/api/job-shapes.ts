/** The shapes of jobs of all kinds, as the API tells them. */
import { z } from 'zod'
import { runFields } from './scheduled-query-shapes.ts'
import { jobState, sourceJob } from './source-shapes.ts'

/** A run of a scheduled query. */
const queryJob = z
  .object({
    id: z.string(),
    kind: z
      .enum(['query', 'consolidation'])
      .describe('consolidation: its query, as that is now, makes the newest row of each key'),
    query: z.string().describe('Id of the scheduled query'),
    label: z.string().describe('Of the scheduled query'),
    target: z.string().describe('The table that it writes'),
    state: jobState,
    ...runFields,
  })
  .meta({ id: 'QueryJob' })

export const job = z.discriminatedUnion('kind', [sourceJob, queryJob]).meta({ id: 'Job' })
