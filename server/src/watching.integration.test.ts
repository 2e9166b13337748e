/** What a server that runs says of itself. */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { type RunningServer, startServer } from './main.ts'
import { openMailSink } from './observe/channels/mail-sink.fixture.ts'

const token = 'fixed-admin-token-of-the-test'
const key = 'fixed-ingest-key-of-the-test'
let folder: string
let server: RunningServer
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-watching-'))
  server = await start()
})
afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

async function start(more: Record<string, string> = {}): Promise<RunningServer> {
  const flags = { port: '0', data: join(folder, 'data'), logLevel: 'error' }
  const env = { MILLRACE_ADMIN_TOKEN: token, MILLRACE_INGEST_KEY: key, MILLRACE_ALLOWED_HOSTS: '127.0.0.1', ...more }
  return startServer(await readConfig({ flags, env, cwd: folder }))
}

const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }

async function get<T>(path: string): Promise<T> {
  const answer = await fetch(`${server.url}/api/v1/${path}`, { headers })
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
  return (await answer.json()) as T
}

async function post<T>(path: string, body: object): Promise<T> {
  const answer = await fetch(`${server.url}/api/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
  return (await answer.json()) as T
}

async function send(eventType: string, bodies: readonly string[]): Promise<number> {
  const answer = await fetch(`${server.url}/api/v1/events/${eventType}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
    body: bodies.join('\n'),
  })
  return answer.status
}

/** What `look` gives, once it gives something. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const found = await look()
    if (found !== undefined) return found
    await delay(50)
  }
  throw new Error('It did not come')
}

interface Series {
  items: { name: string; points: { at: string; value: number | null }[] }[]
}

/** Of the last hour: a minute may end while a test runs. */
async function sumsOf(names: readonly string[]): Promise<number[]> {
  const { items } = await get<Series>(`metrics?names=${names.join(',')}`)
  return items.map(({ points }) => points.reduce((sum, { value }) => sum + (value ?? 0), 0))
}

async function lastOf(name: string): Promise<number | null> {
  const { items } = await get<Series>(`metrics?names=${name}`)
  return items[0]!.points.findLast(({ value }) => value !== null)?.value ?? null
}

interface List<T> {
  items: T[]
}
interface Noticed {
  type: string
  count: number
  severity: string
  eventType: string
  message: string
  cause: { kind: string; id: string }
}

const bad = ['{"n":1e400}', '{"n":2e400}']

test('events of the running minute show, samples show, and what fails makes one notification', async () => {
  expect(await send('order', ['{"total":7.5}', '{"total":8.5}'])).toBe(200)
  expect(await send('click', bad)).toBe(200)
  const names = ['INCOMING_EVENTS', 'LOADED_EVENTS_RATE', 'ERROR_EVENTS']
  const values = await until(async () => {
    const found = await sumsOf(names)
    return found[1] === 2 && found[2] === 2 ? found : undefined
  })
  expect(values).toEqual([4, 2, 2])
  expect(await lastOf('EVENTS_IN_TRANSIT')).toBe(2)
  expect(await lastOf('EVENTS_IN_PIPELINE')).toBe(0)
  const latency = await lastOf('LATENCY_MAX')
  expect(latency).toBeGreaterThan(0)
  expect(latency).toBeLessThan(10_000)

  const samples = await get<List<{ status: string; raw: { data: string }; metadata: Record<string, unknown> }>>(
    'samples?eventType=click&status=number_range',
  )
  expect(samples.items.map(({ raw }) => raw.data).sort()).toEqual(bad)
  expect(samples.items[0]!.metadata).toMatchObject({ event_type: 'click', input_label: 'native', restream_count: 0 })
  expect((await get<List<unknown>>('samples/stats')).items).toEqual([
    { eventType: 'click', status: 'number_range', count: 2 },
    { eventType: 'order', status: 'VALID', count: 2 },
  ])

  const noticed = () => get<List<Noticed>>('notifications').then(({ items }) => items)
  await until(async () => (await noticed())[0])
  await send('click', bad)
  const counted = await until(async () => (await noticed()).find(({ count }) => count === 4))
  expect(await noticed()).toHaveLength(1)
  expect(counted).toMatchObject({ type: 'events_failed', severity: 'warning', eventType: 'click' })
  expect(counted.message).not.toContain('1e400')
  expect(await get(`restream/clusters/${counted.cause.id}`)).toMatchObject({ code: 'number_range', count: 4 })

  const text = await (await fetch(`${server.url}/metrics`, { headers })).text()
  expect(text).toMatch(/millrace_pipeline_latency_seconds\{workspace="default",quantile="0.95"\} \d/)
})

test('metrics, samples and notifications outlive a restart', async () => {
  await send('click', bad)
  await until(async () => (await get<List<Noticed>>('notifications')).items[0])
  await server.close()
  server = await start()
  expect(await sumsOf(['ERROR_EVENTS', 'INCOMING_EVENTS'])).toEqual([2, 2])
  expect((await get<List<unknown>>('samples')).items).toHaveLength(2)
  expect((await get<List<unknown>>('notifications')).items).toHaveLength(1)
})

test('a refused request is noticed, and told by a signed webhook', async () => {
  const asked: { headers: Record<string, unknown>; body: string }[] = []
  const target = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    asked.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
    response.writeHead(asked.length === 1 ? 500 : 204).end()
  }).listen(0, '127.0.0.1')
  await once(target, 'listening')
  try {
    const url = `http://127.0.0.1:${(target.address() as AddressInfo).port}/secret-path`
    const { channel, signingSecret } = await post<{ channel: { id: string }; signingSecret: string }>(
      'notification-channels',
      { label: 'on call', target: { kind: 'webhook', url } },
    )
    const test = () => post(`notification-channels/${channel.id}/test`, {})
    expect(await test()).toEqual({
      isDelivered: false,
      reason: expect.stringMatching(/^127\.0\.0\.1:\d+ answered 500$/),
    })
    expect(await test()).toEqual({ isDelivered: true, reason: null })

    expect(await send(encodeURIComponent(' '), ['{}'])).toBe(400)
    const { headers, body } = await until(async () => asked[2])
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const secret = Buffer.from(signingSecret.replace('whsec_', ''), 'base64')
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', secret).update(signed).digest('base64')}`)
    expect(JSON.parse(body).data.notifications).toMatchObject([
      { type: 'requests_refused', input: 'native', cause: { kind: 'input' } },
    ])
    const shown = () => get<{ waiting: number; lastDeliveredAt: string }>(`notification-channels/${channel.id}`)
    const delivered = await until(async () => ((await shown()).lastDeliveredAt === null ? undefined : shown()))
    expect(delivered).toMatchObject({ waiting: 0, lastError: null, target: { kind: 'webhook' } })
    expect(JSON.stringify(delivered)).not.toContain('secret-path')
  } finally {
    target.close()
  }
})

test('a full restream queue is an error that comes by e-mail, what is less severe is not', async () => {
  const sink = await openMailSink()
  await server.close()
  server = await start({
    MILLRACE_RESTREAM_EVENTS_MAX: '2',
    MILLRACE_SMTP_URL: sink.url,
    MILLRACE_MAIL_FROM: 'millrace@example.com',
  })
  try {
    const target = { kind: 'email', to: ['ada@example.com'] }
    await post('notification-channels', { label: 'on call', target, severityMin: 'error' })
    await send('click', bad)
    const { from, to, text } = await until(async () => sink.mails[0])
    expect([from, to]).toEqual(['millrace@example.com', ['ada@example.com']])
    expect(text).toMatch(/^Subject: Millrace default: error: The restream queue is full/m)
    const types = (await get<List<Noticed>>('notifications')).items.map(({ type }) => type)
    expect(types.sort()).toEqual(['events_failed', 'restream_full'])
    expect(sink.mails).toHaveLength(1)
  } finally {
    await sink.close()
  }
})

interface Message {
  event: string
  data: Record<string, unknown>
}

/** The messages of a stream of server-sent events, until there are `count`; and what ends it. */
async function watch(query: string): Promise<{ take(count: number): Promise<Message[]>; end(): void }> {
  const stop = new AbortController()
  const answer = await fetch(`${server.url}/api/v1/live?${query}`, { headers, signal: stop.signal })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
  const messages: Message[] = []
  let text = ''
  return {
    async take(count) {
      while (messages.length < count) {
        const { value, done } = await reader.read()
        if (done) break
        text += value
        const blocks = text.split('\n\n')
        text = blocks.pop()!
        for (const block of blocks) {
          const [, event, data] = /^event: (.+)\ndata: (.+)$/.exec(block) ?? []
          if (event !== undefined) messages.push({ event, data: JSON.parse(data!) })
        }
      }
      return messages.splice(0, count)
    },
    end: () => stop.abort(),
  }
}

test('whoever watches sees events go by, each at its stages, and of many only some', async () => {
  const all = await watch('')
  const failed = await watch('stage=failed&input=native&eventType=click')
  const ingested = await watch('stage=ingested&eventType=flood')
  await send('order', ['{"total":7.5}'])
  const stages = (await all.take(3)).map(({ event, data }) => [event, data['stage'], data['status']])
  expect(stages).toEqual([
    ['event', 'ingested', 'VALID'],
    ['event', 'transformed', 'VALID'],
    ['event', 'loaded', 'VALID'],
  ])
  all.end()
  await send('click', [bad[0]!])
  expect(await failed.take(1)).toMatchObject([
    { event: 'event', data: { status: 'number_range', raw: { encoding: 'utf8', data: bad[0], isWhole: true } } },
  ])
  failed.end()
  await send(
    'flood',
    Array.from({ length: 150 }, (_, n) => `{"n":${n}}`),
  )
  const messages = await ingested.take(101)
  expect(messages.at(-1)).toEqual({ event: 'dropped', data: { events: 50 } })
  const closing = ingested.take(1)
  const closedAt = Date.now()
  await server.close()
  expect(await closing).toEqual([])
  expect(Date.now() - closedAt).toBeLessThan(8_000)
  server = await start()
})

test('no more than twenty watch at once, and who leaves makes room', async () => {
  const watching = await Promise.all(Array.from({ length: 20 }, () => watch('stage=failed')))
  const refused = await fetch(`${server.url}/api/v1/live`, { headers })
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([503, 'overloaded'])
  for (const one of watching) one.end()
  const again = await until(async () => watch('stage=failed').catch(() => undefined))
  again.end()
})
