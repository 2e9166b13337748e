/** What the MQTT subscriber is told. */
import { z } from 'zod'
import { secret } from '../../settings.ts'
import { isFilter } from './mqtt-topics.ts'

export const mqttSettings = z.strictObject({
  url: z
    .string()
    .regex(/^mqtts?:\/\/[^\s/]+\/?$/, 'Write mqtt://host:port or mqtts://host:port')
    .describe('Address of the broker: mqtt://host:port, or mqtts:// for TLS'),
  topics: z
    .record(z.string().refine(isFilter, 'Is no topic filter'), z.string().min(1).max(128))
    .refine((topics) => Object.keys(topics).length > 0, 'Name at least one topic')
    .describe('Topic filters, and the event type of each: {1} is the second level of the topic, {topic} all of it'),
  qos: z.literal([0, 1, 2]).default(1).describe('0: at most once; 1: nothing is lost; 2: nothing comes twice either'),
  username: z.string().optional().describe('User name at the broker'),
  password: secret('Password at the broker').optional(),
  clientId: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('Name of the session at the broker; made of the input’s id where it is missing'),
})

export type MqttSettings = z.output<typeof mqttSettings>
