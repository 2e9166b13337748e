/** What a workspace may take in, as each protocol's clients are told of it: nothing is stored beyond it, and nobody loses what he can keep. */
import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import { createClient } from '@millrace/sdk'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Credentials, openTestServer, type TestServer } from './running-server.ts'

let server: TestServer
let credentials: Credentials
let nativeKey: string
let writeKey: string

beforeAll(async () => {
  server = await openTestServer()
  credentials = await server.makeCredentials()
  const make = async (type: string) => (await server.ask('inputs', { label: `quota ${type}`, type }))['key'] as string
  nativeKey = await make('native')
  writeKey = await make('segment')
})
afterAll(() => server.close())

const open = { eventsPerSecondMax: null, bytesPerSecondMax: null, eventsPerMonthMax: null, bytesPerMonthMax: null }

async function ofQuota(change?: object): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' }
  const request =
    change === undefined ? { headers } : { method: 'PUT', headers, body: JSON.stringify({ ...open, ...change }) }
  const answer = await fetch(`${server.url}/api/v1/workspaces/default/quota`, request)
  expect(answer.status).toBe(200)
  return (await answer.json()) as Record<string, unknown>
}

const used = async () => ((await ofQuota())['used'] as { events: number }).events

const json = { 'content-type': 'application/json' }

/** One event by each protocol; under names that a refused one would make a table of. */
const senders: Record<string, (name: string) => Promise<Response>> = {
  native: (name) =>
    fetch(`${server.url}/api/v1/events/${name}`, {
      method: 'POST',
      headers: { ...json, authorization: `Bearer ${nativeKey}` },
      body: '{"n":1}',
    }),
  segment: (name) =>
    fetch(`${server.url}/v1/track`, {
      method: 'POST',
      headers: { ...json, authorization: `Bearer ${writeKey}` },
      body: JSON.stringify({ event: name, userId: 'u' }),
    }),
  'initial state': (name) =>
    fetch(`${server.url}/api/events`, {
      method: 'POST',
      headers: { ...json, 'x-is-accesskey': credentials.IS_ACCESS_KEY, 'x-is-bucketkey': name },
      body: '[{"key":"k","value":1,"epoch":1}]',
    }),
  atom(name) {
    const data = '{"n":1}'
    const auth = createHmac('sha256', credentials.ATOM_AUTH_KEY).update(data).digest('hex')
    return fetch(server.url, { method: 'POST', headers: json, body: JSON.stringify({ table: name, data, auth }) })
  },
  panoply(name) {
    const attributes = { key: credentials.PANOPLY_APIKEY, secret: credentials.PANOPLY_APISECRET }
    const fields = Object.entries(attributes).map(([attribute, value], index) => {
      const field = `MessageAttribute.${index + 1}`
      return `&${field}.Name=${attribute}&${field}.Value.DataType=String&${field}.Value.StringValue=${value}`
    })
    const record = encodeURIComponent(JSON.stringify({ n: 1, __table: name }))
    return fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `Action=SendMessage&MessageBody=${record}\n\n${fields.join('')}`,
    })
  },
}

it('who has used up the month is told so by each protocol in its words, and nothing of it is stored', async () => {
  await ofQuota({ eventsPerMonthMax: 0 })
  const answers: Record<string, unknown> = {}
  for (const [protocol, send] of Object.entries(senders)) {
    const answer = await send(`over_${protocol.replace(' ', '_')}`)
    expect(Number(answer.headers.get('retry-after')), protocol).toBeGreaterThan(protocol === 'initial state' ? -1 : 0)
    answers[protocol] = [answer.status, await answer.text()]
  }
  const words = expect.stringContaining('The workspace has used up its 0 events of 20')
  expect(answers).toEqual({
    native: [402, expect.stringContaining('workspace_quota_exceeded')],
    segment: [402, words],
    'initial state': [402, words],
    atom: [503, words],
    panoply: [402, expect.stringContaining('<Code>OverLimit</Code>')],
  })
  expect((JSON.parse((answers['initial state'] as [number, string])[1]) as { message: object }).message).toMatchObject({
    error: { type: 'WORKSPACE_QUOTA_EXCEEDED' },
  })
  await ofQuota({})
  for (const [protocol, send] of Object.entries(senders))
    expect((await send('within')).status, protocol).toBeLessThan(300)
  await server.settled()
  const { items } = (await server.ask('tables')) as { items: { name: string }[] }
  expect(items.filter(({ name }) => name.startsWith('over_'))).toEqual([])
  const told = async () => {
    const { items } = (await server.ask('notifications')) as { items: { type: string; message: string }[] }
    return items.filter(({ message }) => message.includes('workspace_quota_exceeded')).length
  }
  await expect.poll(told, { timeout: 10_000 }).toBe(5)
})

it('the month counts what was taken in, and the request that reaches the quota is taken whole', async () => {
  const before = await used()
  await ofQuota({ eventsPerMonthMax: before + 2 })
  const send = () =>
    fetch(`${server.url}/api/v1/events/counted`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${nativeKey}` },
      body: '{"n":1}\n{"n":2}\n{"n":3}\n',
    })
  expect((await send()).status).toBe(200)
  expect(await used()).toBe(before + 3)
  expect((await send()).status).toBe(402)
  expect(await used()).toBe(before + 3)
  expect(await ofQuota({})).toMatchObject({ eventsPerMonthMax: null, used: { events: before + 3 } })
  expect((await send()).status).toBe(200)
})

it('all inputs of a workspace share what it may send in a second, and are told how long to wait', async () => {
  await ofQuota({ eventsPerSecondMax: 1 })
  const answers = []
  for (let n = 0; n < 4; n++) answers.push(await senders['native']!('shared'))
  expect(answers.slice(0, 2).map(({ status }) => status)).toEqual([200, 200])
  const refused = await senders['segment']!('shared')
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  expect(refused.headers.get('ratelimit')).toMatch(/^"workspace-events";r=0;t=[123]$/)
  expect(refused.headers.get('ratelimit-policy')).toBe('"workspace-events";q=2;w=2')
  expect(refused.headers.get('x-ratelimit-remaining')).toBe('0')
  expect((await senders['atom']!('shared')).status).toBe(503)
  const slow = await senders['initial state']!('shared')
  expect([slow.status, slow.headers.get('retry-after')]).toEqual([429, expect.stringMatching(/^\d+$/)])
  await ofQuota({})
})

it('our SDK keeps what the quota does not take, and sends it when there is more', async () => {
  await ofQuota({ eventsPerMonthMax: 0 })
  const options = {
    endpoint: server.url,
    apiKey: nativeKey,
    spool: { dir: join(server.folder, 'spool') },
    flushInterval: 100,
  }
  const logger = { debug() {}, warn() {}, error() {} }
  const client = createClient({ ...options, logger })
  const refused = new Promise((resolve) => client.on('retry', ({ cause }) => resolve(cause.status)))
  for (let n = 0; n < 10; n++) client.track('kept', { n })
  expect(await refused).toBe(402)
  expect(await client.close({ timeoutMs: 100 })).toMatchObject({ acked: 0, spooled: 10, pending: 0 })
  await ofQuota({})
  const next = createClient({ ...options, logger })
  await next.flush()
  await next.close()
  expect(await server.rowsOf('SELECT count(*) AS c FROM kept HAVING c = 10', 1)).toEqual([{ c: 10 }])
})

it('a quota that cannot be is a bad request', async () => {
  const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' }
  for (const wrong of [{ eventsPerMonthMax: -1 }, { eventsPerSecondMax: 0 }, { bytesPerMonthMax: 1.5 }, { other: 1 }]) {
    const body = JSON.stringify({ ...open, ...wrong })
    const answer = await fetch(`${server.url}/api/v1/workspaces/default/quota`, { method: 'PUT', headers, body })
    expect(answer.status).toBe(400)
  }
})
