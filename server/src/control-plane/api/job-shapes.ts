/** The shapes of jobs of all kinds, as the API tells them. */
import { z } from 'zod'
import { time } from './schemas.ts'
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
    askedBy: z.string().nullable().describe('Id of the user who asked for it; null where it was due'),
    queuedAt: time,
    startedAt: time.nullable(),
    endedAt: time.nullable(),
    rowCount: z.number().int().nullable().describe('Rows written, changed or deleted'),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
  })
  .meta({ id: 'QueryJob' })

export const job = z.discriminatedUnion('kind', [sourceJob, queryJob]).meta({ id: 'Job' })
