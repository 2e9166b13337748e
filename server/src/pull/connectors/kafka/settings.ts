/** What an operator sets of a Kafka source, and where its next run goes on. */
import { isEventType } from '@millrace/event/event'
import { z } from 'zod'
import { secret } from '../../../settings.ts'

export const kafkaSettings = z.strictObject({
  brokers: z
    .array(z.string().regex(/^([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}$/, 'host:port'))
    .min(1)
    .describe('Some of the brokers, as host:port; the others are found by them'),
  topics: z
    .array(z.string().regex(/^[A-Za-z0-9._*-]{1,249}$/, 'A name of a topic, or a pattern with *'))
    .min(1)
    .describe('Names of topics, or patterns with *; topics of Kafka itself, which begin with __, only by name'),
  table: z.string().refine(isEventType, 'Is no event type').optional().describe('Event type; the topic’s name without'),
  values: z.enum(['json', 'text', 'bytes']).default('json').describe('bytes: as base64'),
  begin: z.enum(['earliest', 'latest']).default('earliest').describe('Where a partition begins that was never read'),
  isLive: z
    .boolean()
    .default(false)
    .describe('false: a run ends with what was there when it began. true: it waits for more until it is cancelled'),
  tls: z.boolean().default(false),
  certificate: z.string().optional().describe('Of the authority that signed the brokers’ certificates, as PEM'),
  sasl: z
    .strictObject({
      mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']).default('SCRAM-SHA-512'),
      username: z.string().min(1),
      password: secret('Of that user'),
    })
    .optional(),
})
export type KafkaSettings = z.output<typeof kafkaSettings>

/** The next offset of each partition, by `topic/partition`. */
export const kafkaState = z.object({}).catchall(z.string().regex(/^\d+$/))
export type KafkaState = z.output<typeof kafkaState>
