/** What the routes of metrics, samples, notifications, channels and the live tail do beyond what holds for every route. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Notification } from '../../notifications.ts'
import { admin, type Fixture, openFixture } from '../fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await openFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'
async function ask(
  url: string,
  { method = 'GET' as Method, payload = undefined as object | undefined, token = admin.token } = {},
) {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fixture.api.inject({ method, url: `/api/v1/${url}`, headers, ...(payload && { payload }) })
  return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() }
}
const post = (url: string, payload: object) => ask(url, { method: 'POST', payload })

test('metrics come in the order asked, an unknown name and too many values are refused', async () => {
  const { body } = await ask('metrics?names=LATENCY_MAX,INCOMING_EVENTS&resolutionMinutes=5')
  expect(body).toEqual({
    items: [
      { name: 'LATENCY_MAX', points: [{ at: '2023-11-14T22:14:00.000Z', value: 1.5 }] },
      { name: 'INCOMING_EVENTS', points: [{ at: '2023-11-14T22:14:00.000Z', value: 1.5 }] },
    ],
  })
  expect((await ask('metrics')).body.items).toHaveLength(15)
  expect(await ask('metrics?names=NOTHING')).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  const longAgo = (days: number) => new Date(Date.now() - days * 24 * 3_600_000).toISOString()
  expect(await ask(`metrics?from=${longAgo(31)}`)).toMatchObject({ status: 400, body: { errors: [{ field: 'from' }] } })
  expect(await ask(`metrics?from=${longAgo(29)}`)).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'resolutionMinutes' }] },
  })
  expect((await ask(`metrics?from=${longAgo(29)}&resolutionMinutes=60`)).status).toBe(200)
})

test('samples are shown with their event as it arrived, and only to who may see contents', async () => {
  const { body } = await ask('samples?eventType=click&status=VALID&status=number_range')
  expect(body.items).toMatchObject([
    { status: 'number_range', raw: { encoding: 'utf8', data: '{"n":1e400}' }, metadata: { event_type: 'click' } },
  ])
  expect((await ask('samples?status=VALID')).body.items).toEqual([])
  const { text: viewer } = (await post('tokens', { label: 'viewer', role: 'viewer' })).body
  for (const url of ['samples', 'samples/stats', 'live']) expect((await ask(url, { token: viewer })).status).toBe(403)
  expect((await ask('metrics', { token: viewer })).status).toBe(200)
  const { items } = (await ask('samples/statuses')).body
  expect(items).toContainEqual({ status: 'VALID', description: expect.any(String) })
})

test('the live tail is a stream of events, tells what was left out, and ends', async () => {
  const headers = { authorization: `Bearer ${admin.token}` }
  const answer = await fixture.api.inject({ url: '/api/v1/live?stage=ingested&input=native', headers })
  expect(answer.headers).toMatchObject({ 'content-type': 'text/event-stream', 'x-content-type-options': 'nosniff' })
  const [comment, event, dropped] = answer.body.split('\n\n')
  expect(comment).toMatch(/^: /)
  expect(JSON.parse(event!.replace('event: event\ndata: ', ''))).toMatchObject({
    stage: 'ingested',
    receivedAt: '2023-11-14T22:13:20.000Z',
    raw: { encoding: 'utf8', data: '{"n":1}', isWhole: true },
  })
  expect(dropped).toBe('event: dropped\ndata: {"events":3}')
  expect(fixture.asked.at(-1)).toMatchObject({ argument: { stage: 'ingested', input: 'native', eventType: undefined } })
})

test('notifications are listed by time, page by page, from a time on', async () => {
  const store = fixture.plane.notifications
  const made = [1, 2, 2, 3].map(
    (at, n): Notification => ({
      id: `n${n}`,
      severity: 'warning',
      type: 'events_failed',
      typeDescription: 'Events could not go on',
      message: 'It failed',
      eventType: 'click',
      input: null,
      cause: { kind: 'cluster', id: 'f1' },
      count: 1,
      firstAt: at * 1_000,
      lastAt: at * 1_000,
    }),
  )
  await store.save('default', made)
  await store.save('default', [{ ...made[0]!, count: 5, lastAt: 2_500 }])
  const first = (await ask('notifications?limit=2')).body
  const second = (await ask(`notifications?limit=3&cursor=${first.nextCursor}`)).body
  const shown = [...first.items, ...second.items].map(({ id, count }) => `${id} ${count}`)
  expect(shown).toEqual(['n1 1', 'n2 1', 'n0 5', 'n3 1'])
  const since = (await ask('notifications?since=1970-01-01T00:00:02.500Z')).body.items
  expect(since).toMatchObject([
    { id: 'n0', cause: { kind: 'cluster', id: 'f1' }, lastAt: '1970-01-01T00:00:02.500Z' },
    { id: 'n3' },
  ])
  await store.prune(2_400)
  expect((await ask('notifications')).body.items.map(({ id }: { id: string }) => id)).toEqual(['n0', 'n3'])
})

test('a channel keeps its address to itself, and a webhook its secret after it was told once', async () => {
  const target = { kind: 'webhook', url: 'https://hooks.example.com/path-that-is-secret' }
  const { body } = await post('notification-channels', { label: 'on call', target })
  expect(body).toMatchObject({
    channel: {
      target: { kind: 'webhook', host: 'hooks.example.com' },
      severityMin: 'warning',
      digest: 'immediately',
      waiting: 0,
    },
    signingSecret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{32}$/),
  })
  const { id } = body.channel
  const moved = { kind: 'webhook', url: 'https://other.example.com/another-secret' }
  const changed = await ask(`notification-channels/${id}`, {
    method: 'PATCH',
    payload: { target: moved, digest: 'daily' },
  })
  expect(changed.body).toMatchObject({ target: { host: 'other.example.com' }, digest: 'daily', label: 'on call' })
  expect(await fixture.plane.notifications.channel('default', id)).toMatchObject({
    target: { ...moved, secret: body.signingSecret },
  })
  const shown = JSON.stringify([(await ask('notification-channels')).body, (await ask('audit')).body])
  for (const secret of ['path-that-is-secret', 'another-secret', body.signingSecret])
    expect(shown).not.toContain(secret)
  const other = await ask(`notification-channels/${id}`, {
    method: 'PATCH',
    payload: { target: { kind: 'email', to: ['a@example.com'] } },
  })
  expect(other).toMatchObject({ status: 400, body: { errors: [{ field: 'target.kind' }] } })
})

test.each([
  { kind: 'email', to: [] },
  { kind: 'email', to: ['a@example.com, b@example.com'] },
  { kind: 'email', to: ['a@example.com\r\nBcc: everybody@example.com'] },
  { kind: 'slack', url: 'ftp://example.com' },
  { kind: 'slack', url: 'https://name:password@example.com' },
  { kind: 'webhook', url: 'nothing' },
  { kind: 'pigeon' },
])('a channel to nowhere is refused: %j', async (target) => {
  expect((await post('notification-channels', { label: 'x', target })).status).toBe(400)
})

test('a channel that is switched off or deleted gets nothing more, and a test tells why it did not arrive', async () => {
  const make = async (label: string) =>
    (await post('notification-channels', { label, target: { kind: 'slack', url: 'https://example.com/x' } })).body
      .channel.id
  const [fine, broken] = [await make('fine'), await make('broken')]
  expect((await post(`notification-channels/${fine}/test`, {})).body).toEqual({ isDelivered: true, reason: null })
  expect((await post(`notification-channels/${broken}/test`, {})).body).toEqual({
    isDelivered: false,
    reason: 'nobody there',
  })
  const store = fixture.plane.notifications
  const active = async () => (await store.channels()).map(({ label }) => label)
  await ask(`notification-channels/${fine}`, { method: 'PATCH', payload: { isEnabled: false } })
  expect(await active()).toEqual(['broken'])
  expect(await store.channel('default', fine)).toBeUndefined()
  await ask(`notification-channels/${broken}`, { method: 'DELETE' })
  expect(await active()).toEqual([])
})

test('deliveries wait, fail visibly, and go with their channel', async () => {
  const target = { kind: 'email', to: ['a@example.com'] }
  const { id } = (await post('notification-channels', { label: 'x', target })).body.channel
  const store = fixture.plane.notifications
  const delivery = { id: 'd1', workspace: 'default', channelId: id, notifications: [], attempts: 0, createdAt: 1_000 }
  await store.enqueue(delivery, 1_000)
  await store.enqueue(delivery, 1_000)
  expect(await store.due(999, 10)).toEqual([])
  expect(await store.due(1_000, 10)).toEqual([delivery])
  await store.enqueue({ ...delivery, id: 'd0' }, 900)
  expect((await store.due(1_000, 1)).map(({ id }) => id)).toEqual(['d0'])
  await store.delivered({ ...delivery, id: 'd0' }, 1_000)
  await store.failed(delivery, 'nobody there', 2_000, 3_000)
  const shown = async () => (await ask(`notification-channels/${id}`)).body
  expect(await shown()).toMatchObject({ waiting: 1, lastError: 'nobody there', givenUp: 0 })
  expect(await store.due(3_000, 10)).toEqual([{ ...delivery, attempts: 1 }])
  await store.failed({ ...delivery, attempts: 1 }, 'nobody there', 4_000, null)
  expect(await shown()).toMatchObject({ waiting: 0, givenUp: 1 })
  await store.enqueue({ ...delivery, id: 'd2' }, 1_000)
  await store.delivered({ ...delivery, id: 'd2' }, 5_000)
  expect(await shown()).toMatchObject({ waiting: 0, lastError: null, lastDeliveredAt: '1970-01-01T00:00:05.000Z' })
  await store.enqueue({ ...delivery, id: 'd3' }, 1_000)
  await ask(`notification-channels/${id}`, { method: 'DELETE' })
  expect(await store.due(9_000, 10)).toEqual([])
})

test('a mute holds until its time, or until it is deleted', async () => {
  const until = new Date(Date.now() + 60_000).toISOString()
  await post('notification-mutes', { type: 'events_failed', until })
  const { id } = (await post('notification-mutes', { type: 'requests_refused', until: null })).body
  const muted = async (now: number) => [...(await fixture.plane.notifications.mutedTypes('default', now))].sort()
  expect(await muted(Date.now())).toEqual(['events_failed', 'requests_refused'])
  expect(await muted(Date.now() + 61_000)).toEqual(['requests_refused'])
  await ask(`notification-mutes/${id}`, { method: 'DELETE' })
  expect(await muted(Date.now() + 61_000)).toEqual([])
})
