/** What the API says of the restream queue: entries, clusters and runs. */
import { z } from 'zod'
import { offset, time } from './schemas.ts'

export const text = z.string().min(1).max(128)
const count = z.number().int()

export const entry = z
  .object({
    offset,
    eventId: z.string(),
    eventType: z.string(),
    input: z.object({ id: z.string(), label: z.string(), type: z.string() }),
    receivedAt: time,
    stage: z.string(),
    code: z.string(),
    message: z.string(),
    subject: z.string().optional().describe('The field, or the place in the users’ code, that the reason is about'),
    fingerprint: z.string().describe('Of its reason: the cluster it belongs to'),
    mappingVersion: count.optional(),
    transformVersion: count.optional(),
    restreamCount: count.describe('How often it was sent through again before'),
    firstFailedAt: time,
    failedAt: time.describe('When it failed last'),
    attempts: count.describe('How often it failed'),
    isSent: z.boolean().describe('Whether it is on its way again'),
  })
  .meta({ id: 'RestreamEntry' })

export const entryWithRaw = entry.extend({
  raw: z.object({ encoding: z.enum(['utf8', 'base64']), data: z.string() }).describe('The event as it arrived'),
})

const names = z.array(z.object({ name: z.string(), count }))

export const cluster = z
  .object({
    fingerprint: z.string(),
    stage: z.string(),
    code: z.string(),
    subject: z.string().optional().describe('The field, or the place in the users’ code, that the reason is about'),
    pattern: z.string().describe('The message, with `<n>`, `<text>`, `<uuid>` and `<hex>` for what differs'),
    message: z.string().describe('That of the newest entry'),
    count: count.describe('Entries in the queue'),
    bytes: count,
    sent: count.describe('Those of them that are on their way again'),
    eventTypes: names.describe('The most frequent ones first, 20 at most'),
    inputs: names.describe('By label, likewise'),
    firstFailedAt: time.describe('When the oldest entry was set aside'),
    lastFailedAt: time,
    timeline: z
      .array(z.object({ hour: time, count }))
      .describe('Entries set aside in each of the last 48 hours; hours without any are left out'),
    examples: z.array(offset).describe('Offsets of the newest entries, 3 at most'),
  })
  .meta({ id: 'RestreamCluster' })

export const run = z
  .object({
    id: z.string(),
    filter: z.object({
      offsets: z.array(z.string()).optional(),
      fingerprint: z.string().optional(),
      code: z.string().optional(),
      eventType: z.string().optional(),
      input: z.string().optional(),
    }),
    eventsPerSecondMax: z.number().optional(),
    state: z.enum(['RUNNING', 'DONE', 'STOPPED', 'FAILED']),
    total: count.describe('Entries that waited when it began; what fails again is left to the next run'),
    sent: count.describe('Entries in the log again'),
    startedAt: time,
    endedAt: time.nullable(),
    rate: z.number().nullable().describe('Events per second: of the last seconds while it runs, else of the whole'),
    etaMs: count.nullable().describe('ms until it is done, at that rate'),
    error: z.string().nullable().describe('Why it ended before it was done, or why it waits'),
  })
  .meta({ id: 'RestreamRun' })
