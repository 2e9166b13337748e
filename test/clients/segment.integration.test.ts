/** Segment's own clients, unmodified, against a whole server: what they are told is in the right tables. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Analytics } from '@segment/analytics-node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestServer, type TestServer } from './running-server.ts'
import { browserPath, openSegmentServer, withScript } from './segment.fixture.ts'

let server: TestServer
let writeKey: string

beforeAll(async () => {
  const opened = await openSegmentServer()
  server = opened.server
  writeKey = opened.writeKey
})
afterAll(() => server.close())

it('takes what Segment’s Node SDK sends, each kind in its table', async () => {
  const analytics = new Analytics({ writeKey, host: server.url, flushAt: 6 })
  const timestamp = new Date('2026-01-31T10:00:00Z')
  analytics.track({
    userId: 'u1',
    event: 'Order Completed',
    properties: { total: 7.5, items: [1], user_id: 'x' },
    timestamp,
    messageId: 'm-1',
  })
  analytics.identify({ userId: 'u1', traits: { plan: 'free' } })
  analytics.page({ userId: 'u1', name: 'Home', properties: { url: 'http://x/' } })
  analytics.screen({ userId: 'u1', name: 'Main' })
  analytics.group({ userId: 'u1', groupId: 'g1', traits: { employees: 3 } })
  analytics.alias({ userId: 'u1', previousId: 'a1' })
  await analytics.flush()
  await analytics.closeAndFlush()
  expect(
    await server.rowsOf(
      'SELECT _id, _event_type, user_id, total, properties_user_id, context_library_name FROM order_completed',
      1,
    ),
  ).toEqual([
    {
      _id: 'm-1',
      _event_type: 'Order Completed',
      user_id: 'u1',
      total: 7.5,
      properties_user_id: 'x',
      context_library_name: '@segment/analytics-node',
    },
  ])
  const [{ drift }] = (await server.rowsOf(
    "SELECT abs(epoch(_time) - epoch(TIMESTAMP '2026-01-31 10:00:00')) AS drift FROM order_completed",
    1,
  )) as [{ drift: number }]
  expect(drift).toBeLessThan(5)
  expect(await server.rowsOf('SELECT user_id, plan FROM identifies', 1)).toEqual([{ user_id: 'u1', plan: 'free' }])
  expect(await server.rowsOf('SELECT name, url FROM pages', 1)).toEqual([{ name: 'Home', url: 'http://x/' }])
  expect(await server.rowsOf('SELECT name FROM screens', 1)).toEqual([{ name: 'Main' }])
  expect(await server.rowsOf('SELECT group_id, employees FROM groups', 1)).toMatchObject([{ group_id: 'g1' }])
  expect(await server.rowsOf('SELECT user_id, previous_id FROM aliases', 1)).toEqual([
    { user_id: 'u1', previous_id: 'a1' },
  ])
})

it('takes gzip, keeps the neighbours of what cannot be read, and refuses wrong keys', async () => {
  const body = { batch: [{ type: 'track', event: 'Zipped', properties: { a: 1 } }, 7], sentAt: new Date() }
  const headers = {
    authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
    'content-type': 'application/json',
    'content-encoding': 'gzip',
  }
  const post = (more: object) =>
    fetch(`${server.url}/v1/batch`, {
      method: 'POST',
      headers: { ...headers, ...more },
      body: gzipSync(JSON.stringify(body)),
    })
  const answer = await post({})
  expect([answer.status, await answer.json()]).toEqual([200, { success: true }])
  expect(await server.rowsOf('SELECT a FROM zipped', 1)).toHaveLength(1)
  const { items } = (await server.ask('restream')) as { items: { code: string }[] }
  expect(items.map(({ code }) => code)).toEqual(['not_an_object'])
  const refused = await post({ authorization: 'Basic bm9wZTo=' })
  expect([refused.status, await refused.json()]).toMatchObject([401, { success: false, code: 'unauthenticated' }])
})

it('keeps `users` and `tracks` as new events, traits and types of them appear', async () => {
  const analytics = new Analytics({ writeKey, host: server.url, flushAt: 1 })
  const identify = (messageId: string, day: string, traits: object) =>
    analytics.identify({ userId: 'u9', messageId, timestamp: new Date(`2026-${day}T00:00:00Z`), traits })
  identify('i-2', '02-02', { plan: 'pro', id: 'a trait' })
  identify('i-1', '01-01', { plan: 'free', city: 'Bern' })
  await analytics.flush()
  await server.settled()
  const user = "SELECT id, user_id, plan, city FROM users WHERE id = 'u9' AND city IS NOT NULL"
  expect(await server.rowsOf(user, 1)).toEqual([{ id: 'u9', user_id: 'u9', plan: 'pro', city: 'Bern' }])
  const later = new Analytics({ writeKey, host: server.url, flushAt: 1 })
  const told = { userId: 'u9', context: { ip: '1.2.3.4' } }
  later.track({ ...told, event: 'First Seen', messageId: 't-1', properties: { price: 1 } })
  later.track({ ...told, event: 'pages', messageId: 't-2', properties: { price: 'high' } })
  later.page({ userId: 'u9', name: 'Home' })
  await later.flush()
  await server.settled()
  const tracks = `SELECT message_id, event, event_text, user_id, context_ip FROM tracks WHERE user_id = 'u9' ORDER BY message_id`
  const rest = { user_id: 'u9', context_ip: '1.2.3.4' }
  expect(await server.rowsOf(tracks, 2)).toEqual([
    { message_id: 't-1', event: 'first_seen', event_text: 'First Seen', ...rest },
    { message_id: 't-2', event: 'pages', event_text: 'pages', ...rest },
  ])
  const again = new Analytics({ writeKey, host: server.url, flushAt: 1 })
  again.track({ ...told, event: 'Seen Again', messageId: 't-3', properties: {} })
  again.identify({ userId: 'u9', traits: { seats: 4 } })
  await again.flush()
  expect(await server.rowsOf(tracks, 3)).toHaveLength(3)
  expect(await server.rowsOf("SELECT seats FROM users WHERE id = 'u9' AND seats = 4 AND plan = 'pro'", 1)).toHaveLength(
    1,
  )
})

it('an event that is named `users` gets its table, and the view gives way', async () => {
  const analytics = new Analytics({ writeKey, host: server.url, flushAt: 1 })
  analytics.track({ userId: 'u10', event: 'users', properties: { kept: true } })
  await analytics.flush()
  expect(await server.rowsOf('SELECT kept FROM users WHERE kept', 1)).toEqual([{ kept: true }])
})

it('the views are there as soon as an input is made over tables that were there before, and what hinders them is told', async () => {
  const other = await openTestServer()
  try {
    const { key } = (await other.ask('inputs', { label: 'own', type: 'native' })) as { key: string }
    const answer = await fetch(`${other.url}/api/v1/events/Sale`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ event: 'Sale', user_id: 'u1', total: 1 }),
    })
    expect(answer.status).toBe(200)
    expect(await other.rowsOf('SELECT total FROM sale', 1)).toHaveLength(1)
    await other.settled()
    const tracked = () => other.rowsOf("SELECT event, user_id FROM tracks WHERE user_id = 'u1'", 1)
    await expect(other.ask('query', { sql: 'SELECT 1 FROM tracks' })).rejects.toThrow('tracks')
    await other.ask('inputs', { label: 'site', type: 'segment' })
    expect(await tracked()).toEqual([{ event: 'sale', user_id: 'u1' }])
  } finally {
    await other.close()
  }
})

it('a view whose name is a table’s is told by a notification', async () => {
  const other = await openTestServer()
  try {
    const { key } = (await other.ask('inputs', { label: 'own', type: 'native' })) as { key: string }
    for (const type of ['Sale', 'tracks'])
      await fetch(`${other.url}/api/v1/events/${type}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ event: type, user_id: 'u1' }),
      })
    expect(await other.rowsOf('SELECT event FROM tracks', 1)).toEqual([{ event: 'tracks' }])
    await other.ask('inputs', { label: 'site', type: 'segment' })
    const told = async () => {
      const { items } = (await other.ask('notifications')) as { items: { type: string; message: string }[] }
      return items.find(({ type }) => type === 'view_failed')
    }
    await expect
      .poll(told, { timeout: 10_000 })
      .toMatchObject({ message: expect.stringContaining('"tracks"'), count: 1 })
    expect(await other.rowsOf('SELECT event FROM tracks', 1)).toEqual([{ event: 'tracks' }]) // the table is as it was
  } finally {
    await other.close()
  }
})

it.skipIf(browserPath === undefined)('analytics.js starts and sends in Chromium', async () => {
  const umd = join(dirname(createRequire(import.meta.url).resolve('@segment/analytics-next')), '../umd/index.js')
  await withScript(server.url, umd, async (tab) => {
    const loaded = await tab.evaluate(
      async ({ writeKey, cdnURL }) => {
        const { AnalyticsBrowser } = (globalThis as unknown as BrowserWindow).AnalyticsNext
        const analytics = AnalyticsBrowser.load({ writeKey, cdnURL })
        await analytics.identify('b1', { plan: 'pro' })
        await analytics.page('Shop', 'Basket')
        const { event } = await analytics.track('Button Clicked', { label: 'Buy' })
        return event.messageId
      },
      { writeKey, cdnURL: server.url },
    )
    expect(await server.rowsOf('SELECT _id, user_id, label, context_page_path FROM button_clicked', 1)).toEqual([
      { _id: loaded, user_id: 'b1', label: 'Buy', context_page_path: '/start' },
    ])
    expect(await server.rowsOf("SELECT name, category FROM pages WHERE name = 'Basket'", 1)).toEqual([
      { name: 'Basket', category: 'Shop' },
    ])
    expect(await server.rowsOf("SELECT plan FROM identifies WHERE user_id = 'b1'", 1)).toEqual([{ plan: 'pro' }])
  })
})

interface BrowserWindow {
  readonly AnalyticsNext: { readonly AnalyticsBrowser: { load(settings: object): BrowserClient } }
}

interface BrowserClient {
  identify(userId: string, traits: object): Promise<unknown>
  page(category: string, name: string): Promise<unknown>
  track(event: string, properties: object): Promise<{ event: { messageId: string } }>
}
