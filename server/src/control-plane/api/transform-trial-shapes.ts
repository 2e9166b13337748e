/** What is said of trials of users' code: on what it is tried, and what came of it. */
import { limits } from '@millrace/event/limits'
import { z } from 'zod'
import { id, label, offset, time } from './schemas.ts'

const eventsMax = 500
const offsetsMax = 1_000
const count = z.number().int()

export const source = z
  .strictObject({
    events: z
      .array(
        z.strictObject({
          eventType: label,
          data: z
            .union([z.string(), z.record(z.string(), z.unknown())])
            .describe('An object, or the text of one: a text keeps every digit of its numbers'),
          id: z.string().min(1).max(limits.eventIdCharsMax).optional(),
          time: time.optional(),
          input: label.optional().describe('Label of the input'),
          restreamCount: count.min(0).max(1_000_000).optional(),
        }),
      )
      .min(1)
      .max(eventsMax)
      .optional()
      .describe('Events made up for the test'),
    samples: z
      .strictObject({
        eventType: label.optional(),
        input: label.optional().describe('Label of an input'),
        limit: count.min(1).max(eventsMax).default(10),
      })
      .optional()
      .describe('Events that arrived lately'),
    cluster: z
      .strictObject({
        fingerprint: z.string().min(1).max(64),
        limit: count.min(1).max(eventsMax).default(10),
      })
      .optional()
      .describe('Events that failed for the same reason'),
  })
  .refine((source) => Object.values(source).filter((part) => part !== undefined).length === 1, {
    error: 'Needs exactly one of `events`, `samples` and `cluster`',
  })

const text = z.string().min(1).max(128).optional()
export const filter = z.strictObject({
  fingerprint: text.describe('Of a cluster of failures'),
  code: text,
  eventType: text,
  input: text.describe('Label of an input'),
  offsets: z
    .array(z.string().regex(/^\d{1,18}$/))
    .min(1)
    .max(offsetsMax)
    .optional(),
})
const fault = z.object({
  code: z.string(),
  message: z.string(),
  module: z.string().optional(),
  line: count.optional().describe('Of the code as it was written; from 1, as is `column`'),
  column: count.optional(),
})
const jsonText = z.string().describe('The text of a JSON object, with every digit')
export const tested = z
  .object({
    event: z.object({ id: z.string(), eventType: z.string(), data: jsonText }),
    outputs: z
      .array(z.object({ eventType: z.string(), time, data: jsonText }))
      .describe('What it became; empty where the code dropped it'),
    printed: z.string(),
    runtimeMs: z.number(),
    fault: fault.nullable(),
    rows: z.array(z.object({ table: z.string(), values: z.record(z.string(), z.unknown()) })).optional(),
    addedColumns: z
      .array(z.object({ table: z.string(), column: z.string(), type: z.string() }))
      .optional()
      .describe('That the rows would add to tables'),
    refusals: z
      .array(
        z.object({
          output: count.describe('Which of the outputs, from 0'),
          code: z.string(),
          message: z.string(),
          subject: z.string().optional(),
        }),
      )
      .optional()
      .describe('What the mapping refuses'),
  })
  .meta({ id: 'TestedEvent' })

export const testRun = z.object({
  results: z.array(tested).describe('Of the first events, in their order'),
  leftOut: count.describe('How many events behind those were not tested'),
  stoppedBy: z
    .enum(['time', 'bytes'])
    .nullable()
    .describe(
      'Why: 60 s were up, or the events and what they became were more than 32 MiB; null where none was left out',
    ),
})

export const dryRun = z
  .object({
    id,
    state: z.enum(['RUNNING', 'DONE', 'FAILED']),
    startedAt: time,
    endedAt: time.nullable(),
    error: z.string().nullable(),
    total: count,
    done: count,
    passed: count.describe('Would become rows, or be discarded by the mapping'),
    dropped: count.describe('The code drops them'),
    failed: count,
    reasons: z
      .array(
        z.object({
          stage: z.string(),
          code: z.string(),
          message: z.string(),
          subject: z.string().optional(),
          count,
          examples: z.array(z.object({ offset, eventId: z.string(), eventType: z.string(), message: z.string() })),
        }),
      )
      .describe('Why they fail, most frequent first'),
  })
  .meta({ id: 'DryRun' })
