/** `/samples` */
import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import { samplesPerStatus } from '../../samples.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { manyOf } from './query-lists.ts'
import { inWorkspace, time } from './schemas.ts'

const metadata = z.object({
  '@uuid': z.string(),
  '@timestamp': z.string(),
  event_type: z.string(),
  input_label: z.string(),
  input_type: z.string(),
  input_id: z.string(),
  restream_count: z.number().int(),
  '@note': z
    .string()
    .optional()
    .describe('What was changed in it so that it could be read, such as NaN that was read as null'),
})
const sample = z
  .object({
    eventType: z.string(),
    status: z.string().describe('`VALID`, or the code of its failure'),
    message: z.string().nullable().describe('Why it failed'),
    receivedAt: time,
    raw: z.object({ encoding: z.enum(['utf8', 'base64']), data: z.string() }).describe('The event as it arrived'),
    metadata: metadata.describe('What Millrace knows of it'),
  })
  .meta({ id: 'Sample' })

const count = z.object({ eventType: z.string(), status: z.string(), count: z.number().int() })
const limitMax = 100
const name = z.string().min(1).max(128)
const querystring = z.strictObject({
  ...inWorkspace,
  eventType: name.optional(),
  status: manyOf(name, 50).optional().describe('One of these, separated by commas or repeated'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(limitMax)
    .default(samplesPerStatus)
    .meta({ type: 'integer', minimum: 1, maximum: limitMax }),
})
const tags = ['samples']

export function sampleRoutes(app: Api, samples: Operations['samples']): void {
  app.get(
    '/samples',
    {
      config: { permission: samples.list.permission },
      schema: {
        operationId: 'listSamples',
        tags,
        summary: 'Events as they arrived, newest first: up to ten are kept of each event type and status',
        querystring,
        response: { 200: z.object({ items: z.array(sample) }) },
      },
    },
    async ({ caller, query: { eventType, status: statuses, limit } }) => {
      const found = await samples.list(caller, { eventType, statuses }, limit)
      return { items: found.map(({ at, raw, ...rest }) => ({ ...rest, receivedAt: at, raw: textOf(raw) })) }
    },
  )
  app.get(
    '/samples/stats',
    {
      config: { permission: samples.stats.permission },
      schema: {
        operationId: 'getSampleStats',
        tags,
        summary: 'How many samples there are, by event type and status',
        querystring: z.strictObject(inWorkspace),
        response: { 200: z.object({ items: z.array(count) }) },
      },
    },
    async ({ caller }) => ({ items: [...(await samples.stats(caller))] }),
  )
  app.get(
    '/samples/statuses',
    {
      config: { permission: samples.statuses.permission },
      schema: {
        operationId: 'listSampleStatuses',
        tags,
        summary: 'What the statuses of samples mean',
        querystring: z.strictObject(inWorkspace),
        response: { 200: z.object({ items: z.array(z.object({ status: z.string(), description: z.string() })) }) },
      },
    },
    async ({ caller }) => ({ items: await samples.statuses(caller) }),
  )
}

/** Bytes that are no UTF-8 in base64. */
function textOf(raw: Uint8Array): { encoding: 'utf8' | 'base64'; data: string } {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  const encoding = isUtf8(bytes) ? 'utf8' : 'base64'
  return { encoding, data: bytes.toString(encoding) }
}
