/** One connection to a broker, opened again whenever it ends. */
import { connect as connectTcp, isIP } from 'node:net'
import { type Duplex, PassThrough } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { limits } from '@millrace/event/limits'
import { openScanner } from '@millrace/json/scanner'
import { type IClientOptions, type IClientSubscribeOptions, MqttClient } from 'mqtt'
import type { InputSnapshot } from '../../inputs.ts'
import type { Outbound } from '../../outbound.ts'
import type { SubscriberTools, Subscription } from '../subscriber.ts'
import { eventsOfMessage } from './mqtt-message.ts'
import type { MqttSettings } from './mqtt-settings.ts'
import { eventTypeOf, matchesFilter } from './mqtt-topics.ts'

const keepaliveSeconds = 30
const reconnectMs = { least: 500, most: 30_000 }
const defaultPorts = { mqtt: 1883, mqtts: 8883 }

/** Returns at once. */
export function subscribe(
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
