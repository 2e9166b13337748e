/** A real broker (mosquitto, from Debian), a real log: what the broker was told yes for is stored, whatever dies. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MillraceError } from '../../errors.ts'
import type { InputSnapshot } from '../../inputs.ts'
import { openOutbound } from '../../outbound.ts'
import { silentLogger } from '../../telemetry.ts'
import type { ConnectionState, ReceivedEvents } from '../subscriber.ts'
import { openSubscriptions } from '../subscriptions.ts'
import { mqtt } from './mqtt.ts'

const binary = ['mosquitto', '/usr/sbin/mosquitto'].find((name) => spawnSync(name, ['-h']).error === undefined)

class Broker {
  readonly folder = mkdtempSync(join(tmpdir(), 'millrace-broker-'))
  port = 0
  #process: ChildProcess | undefined

  async start(): Promise<void> {
    this.port ||= await freePort()
    const config = join(this.folder, 'broker.conf')
    const lines = [`listener ${this.port} 127.0.0.1`, 'allow_anonymous true', 'persistence true']
    writeFileSync(config, [...lines, `persistence_location ${this.folder}/`, 'autosave_interval 1', ''].join('\n'))
    const started = spawn(binary!, ['-c', config, '-v'], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process = started
    await new Promise<void>((resolve, reject) => {
      const look = (chunk: Buffer) => {
        if (/running/.test(chunk.toString())) resolve()
      }
      started.stderr!.on('data', look)
      started.stdout!.on('data', look)
      started.once('exit', (code) => reject(new Error(`The broker ended with ${code}`)))
    })
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const { exitCode, signalCode } = this.#process!
    if (exitCode !== null || signalCode !== null) return
    this.#process!.kill(signal)
    await once(this.#process!, 'exit')
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe.skipIf(binary === undefined)('MQTT (needs mosquitto)', () => {
  const broker = new Broker()
  let publisher: MqttClient

  beforeAll(async () => {
    await broker.start()
    publisher = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, { reconnectPeriod: 50 })
  })
  afterAll(async () => {
    await publisher.endAsync(true)
    await broker.stop()
    rmSync(broker.folder, { recursive: true })
  })

  const inputOf = (id: string, settings: Record<string, unknown> = {}): InputSnapshot => ({
    id,
    label: id,
    type: 'mqtt',
    workspace: 'w',
    settings: mqtt.settings.parse({
      url: `mqtt://127.0.0.1:${broker.port}`,
      topics: { [`${id}/+/t`]: 'room_{1}' },
      ...settings,
    }),
  })

  /** Subscribes, and keeps what is stored. */
  function listen(input: InputSnapshot, { allowed = ['127.0.0.1'] } = {}) {
    let inputs = [input]
    const stored: { type: string; data: unknown }[] = []
    const trouble: { failures: number } = { failures: 0 }
    const subscriptions = openSubscriptions({
      subscribers: { mqtt },
      inputs: { ofType: () => inputs },
      async store(_, { types, starts, ends, payload }: ReceivedEvents) {
        if (trouble.failures > 0) {
          trouble.failures--
          throw new MillraceError('storage_full', 'No space')
        }
        for (const [index, start] of starts.entries())
          stored.push({
            type: types[0]!,
            data: JSON.parse(Buffer.from(payload.subarray(start, ends[index])).toString()),
          })
      },
      outbound: openOutbound(allowed),
      logger: silentLogger,
    })
    const state = () => subscriptions.stateOf(input.id)
    const become = (wanted: ConnectionState['state']) =>
      expect.poll(() => state()?.state, { timeout: 20_000 }).toBe(wanted)
    const change = async (next: InputSnapshot[]) => {
      inputs = next
      await subscriptions.refresh()
    }
    return { stored, trouble, subscriptions, state, become, change, opened: subscriptions.refresh() }
  }

  const numbersIn = (stored: readonly { data: unknown }[]) => stored.map(({ data }) => (data as { n: number }).n)

  test('messages become events, their type made of the topic', async () => {
    const { stored, subscriptions, become } = listen(inputOf('home'))
    await become('connected')
    await publisher.publishAsync('home/kitchen/t', '{"c":21.5}', { qos: 1 })
    await publisher.publishAsync('home/hall/t', '19', { qos: 1 })
    await publisher.publishAsync('home/hall/other', '19', { qos: 1 })
    await expect.poll(() => stored.length).toBe(2)
    expect(stored).toEqual([
      { type: 'room_kitchen', data: { topic: 'home/kitchen/t', c: 21.5 } },
      { type: 'room_hall', data: { topic: 'home/hall/t', value: 19 } },
    ])
    await subscriptions.close()
  })

  test('while the log takes nothing, the broker is not told yes, and nothing is lost', async () => {
    const { stored, trouble, subscriptions, become } = listen(inputOf('full'))
    await become('connected')
    trouble.failures = 3
    for (let n = 0; n < 20; n++) await publisher.publishAsync('full/a/t', JSON.stringify({ n }), { qos: 1 })
    await expect.poll(() => stored.length, { timeout: 20_000 }).toBe(20)
    expect(numbersIn(stored)).toEqual(Array.from({ length: 20 }, (_, n) => n))
    await subscriptions.close()
  })

  test('what comes while nobody listens waits at the broker; what was stored but not answered comes again', async () => {
    const first = listen(inputOf('away'))
    await first.become('connected')
    first.trouble.failures = Number.POSITIVE_INFINITY // it takes messages and stores none
    for (let n = 0; n < 10; n++) await publisher.publishAsync('away/a/t', JSON.stringify({ n }), { qos: 1 })
    await first.subscriptions.close()
    for (let n = 10; n < 20; n++) await publisher.publishAsync('away/a/t', JSON.stringify({ n }), { qos: 1 })
    const second = listen(inputOf('away'))
    await expect.poll(() => new Set(numbersIn(second.stored)).size, { timeout: 20_000 }).toBe(20)
    await second.subscriptions.close()
  })

  test('a broker that dies is told, and connected to again when it is back', async () => {
    const { stored, subscriptions, become, state } = listen(inputOf('dying'))
    await become('connected')
    await broker.stop()
    await become('failed')
    expect(state()?.reason).toMatch(/closed|ECONNREFUSED/)
    await broker.start()
    await become('connected')
    await publisher.publishAsync('dying/a/t', '{"n":1}', { qos: 1 })
    await expect.poll(() => stored.length, { timeout: 20_000 }).toBe(1)
    await subscriptions.close()
  })

  test('a private address that no operator allows is not connected to', async () => {
    const { subscriptions, become, state } = listen(inputOf('private'), { allowed: [] })
    await become('failed')
    expect(state()?.reason).toMatch(/private or local/)
    await subscriptions.close()
  })

  test('an input that changes is connected anew, one that goes is let go', async () => {
    const { stored, subscriptions, become, change } = listen(inputOf('old'))
    await become('connected')
    const changed = { ...inputOf('old'), settings: { ...inputOf('old').settings, topics: { 'new/#': 'new' } } }
    await change([changed])
    await become('connected')
    await publisher.publishAsync('new/a', '{"n":1}', { qos: 1 })
    await expect.poll(() => stored.map(({ type }) => type)).toEqual(['new'])
    await change([])
    expect(subscriptions.stateOf('old')).toBeUndefined()
    await subscriptions.close()
  })
})

test.each([
  ['no address', { topics: { a: 'a' } }],
  ['another scheme', { url: 'http://127.0.0.1', topics: { a: 'a' } }],
  ['no topic', { url: 'mqtt://broker', topics: {} }],
  ['a filter that is none', { url: 'mqtt://broker', topics: { 'a#': 'a' } }],
  ['a quality that is none', { url: 'mqtt://broker', topics: { a: 'a' }, qos: 3 }],
  ['an unknown setting', { url: 'mqtt://broker', topics: { a: 'a' }, colour: 1 }],
])('settings with %s are refused', (_, settings) => {
  expect(mqtt.settings.safeParse(settings).success).toBe(false)
})
