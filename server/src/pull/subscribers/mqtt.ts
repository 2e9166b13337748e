/**
 * MQTT 3.1.1: subscribes to topics of a broker. A message of QoS 1 or 2 is acknowledged only when the log has it durably; the
 * session outlives connections and restarts, so the broker keeps what comes meanwhile. A message may come twice (QoS 1).
 */
import { connect as connectTcp, isIP } from 'node:net'
import { type Duplex, PassThrough } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { limits } from '@millrace/event/limits'
import { openScanner } from '@millrace/json/scanner'
import { type IClientOptions, type IClientSubscribeOptions, MqttClient } from 'mqtt'
import { z } from 'zod'
import type { InputSnapshot } from '../../inputs.ts'
import type { Outbound } from '../../outbound.ts'
import { secret } from '../../settings.ts'
import type { Subscriber, SubscriberTools, Subscription } from '../subscriber.ts'
import { eventsOfMessage } from './mqtt-message.ts'
import { eventTypeOf, isFilter, matchesFilter } from './mqtt-topics.ts'

const settings = z.strictObject({
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

type MqttSettings = z.output<typeof settings>

const keepaliveSeconds = 30
const reconnectMs = { least: 500, most: 30_000 }
const defaultPorts = { mqtt: 1883, mqtts: 8883 }

export const mqtt: Subscriber = {
  title: 'MQTT',
  settings,
  keys: 'none',
  subscribe: (input, tools) => subscribe(input, input.settings as unknown as MqttSettings, tools),
}

function subscribe(
  input: InputSnapshot,
  settings: MqttSettings,
  { take, outbound, report }: SubscriberTools,
): Subscription {
  const scanner = openScanner(limits)
  let waitMs = reconnectMs.least
  /** Why the connection was closed. */
  let trouble: string | undefined
  const options: IClientOptions = {
    clientId: settings.clientId ?? `millrace-${input.id}`,
    clean: false,
    keepalive: keepaliveSeconds,
    reconnectPeriod: waitMs,
    ...(settings.username === undefined ? {} : { username: settings.username }),
    ...(settings.password === undefined ? {} : { password: settings.password }),
  }
  const client = new MqttClient(() => open(settings.url, outbound), options)

  const filters = Object.entries(settings.topics)
  client.handleMessage = ({ topic, payload }, done) => {
    const text = topic.toString()
    const [, template] = filters.find(([filter]) => matchesFilter(text, filter)) ?? []
    if (template === undefined) return done()
    const events = eventsOfMessage(scanner, eventTypeOf(text, template), text, Buffer.from(payload))
    take(events).then(
      () => done(),
      (error: Error) => done(error), // it is closed: the broker sends the message again to whoever comes next
    )
  }
  client.on('connect', () => {
    trouble = undefined
    waitMs = reconnectMs.least
    const wanted: IClientSubscribeOptions = { qos: settings.qos }
    client.subscribe(Object.keys(settings.topics), wanted, (error, granted) => {
      const refused = granted?.filter(({ qos }) => qos > 2).map(({ topic }) => topic) ?? []
      if (error) report({ state: 'failed', reason: error.message })
      else if (refused.length > 0) report({ state: 'failed', reason: `The broker refuses ${refused.join(', ')}` })
      else report({ state: 'connected', reason: null })
    })
  })
  client.on('reconnect', () => {
    waitMs = Math.min(reconnectMs.most, waitMs * 2)
    client.options.reconnectPeriod = waitMs
  })
  client.on('error', ({ message }) => {
    trouble = message
  })
  client.on('close', () => report({ state: 'failed', reason: trouble ?? 'The connection is closed' }))
  return { close: () => client.endAsync(true) }
}

function open(url: string, outbound: Outbound): Duplex {
  const { protocol, hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  try {
    outbound.check(host)
  } catch (error) {
    return new PassThrough().destroy(error as Error) // told as every other failure to connect
  }
  const isSecure = protocol === 'mqtts:'
  const place = { host, port: Number(port) || defaultPorts[isSecure ? 'mqtts' : 'mqtt'], lookup: outbound.lookup }
  return isSecure ? connectTls({ ...place, ...(isIP(host) ? {} : { servername: host }) }) : connectTcp(place)
}
