/**
 * RudderStack's own clients, unmodified, against a whole server: every kind of call from Node, and a page whose SDK asks for its
 * source's configuration before it sends.
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import RudderAnalytics from '@rudderstack/rudder-sdk-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestServer } from './running-server.ts'
import { browserPath, openSegmentServer, withScript } from './segment.fixture.ts'

let server: TestServer
let writeKey: string

beforeAll(async () => {
  const opened = await openSegmentServer()
  server = opened.server
  writeKey = opened.writeKey
})
afterAll(() => server.close())

describe('the Node SDK', () => {
  it('sends each kind of call into its table, once', async () => {
    const analytics = new RudderAnalytics(writeKey, { dataPlaneUrl: server.url, flushAt: 20, flushInterval: 50 })
    const timestamp = new Date('2026-01-31T10:00:00Z')
    analytics.track({
      userId: 'r1',
      event: 'Order Completed',
      properties: { total: 7.5 },
      timestamp,
      messageId: 'rn-1',
    } as Parameters<typeof analytics.track>[0])
    analytics.identify({ userId: 'r1', traits: { plan: 'pro' } })
    analytics.page({ userId: 'r1', name: 'Home', properties: { url: 'http://x/' } })
    analytics.screen({ userId: 'r1', name: 'Main', properties: {} })
    analytics.group({ userId: 'r1', groupId: 'g1', traits: { employees: 3 } })
    analytics.alias({ userId: 'r1', previousId: 'a1' })
    await analytics.flush()
    expect(await server.rowsOf('SELECT _id, user_id, total FROM order_completed', 1)).toEqual([
      { _id: 'rn-1', user_id: 'r1', total: 7.5 },
    ])
    expect(await server.rowsOf('SELECT user_id, plan FROM identifies', 1)).toEqual([{ user_id: 'r1', plan: 'pro' }])
    expect(await server.rowsOf('SELECT name, url FROM pages', 1)).toEqual([{ name: 'Home', url: 'http://x/' }])
    expect(await server.rowsOf('SELECT name FROM screens', 1)).toEqual([{ name: 'Main' }])
    expect(await server.rowsOf('SELECT group_id, employees FROM groups', 1)).toMatchObject([{ group_id: 'g1' }])
    expect(await server.rowsOf('SELECT user_id, previous_id FROM aliases', 1)).toEqual([
      { user_id: 'r1', previous_id: 'a1' },
    ])
    expect(await server.rowsOf("SELECT plan FROM users WHERE id = 'r1'", 1)).toEqual([{ plan: 'pro' }])
  })

  it('is told of a wrong write key, of which nothing is stored', async () => {
    const told = new Promise<Error>((errorHandler) => {
      const analytics = new RudderAnalytics('wrong', { dataPlaneUrl: server.url, flushAt: 1, errorHandler })
      analytics.track({ userId: 'r2', event: 'Never Stored' })
    })
    expect(await told).toMatchObject({ response: { status: 401, data: { code: 'unauthenticated' } } })
    expect(await server.rowsOf("SELECT 1 FROM information_schema.tables WHERE table_name = 'never_stored'", 0)).toEqual(
      [],
    )
  })
})

describe.skipIf(browserPath === undefined)('the SDK for browsers, in Chromium', () => {
  it.each(['legacy', 'modern/bundled'])(
    '%s starts with the configuration that the server answers, and sends',
    async (build) => {
      const root = join(dirname(createRequire(import.meta.url).resolve('@rudderstack/analytics-js')), '../..')
      await withScript(server.url, join(root, build, 'umd/index.js'), async (tab) => {
        const asked: string[] = []
        tab.on('request', (request) => asked.push(request.url()))
        const user = `b-${build}`
        await tab.evaluate(
          async ({ writeKey, url, user }) => {
            const { RudderAnalytics } = (globalThis as unknown as BrowserWindow).rudderanalytics
            const analytics = new RudderAnalytics()
            analytics.load(writeKey, url, { configUrl: url, logLevel: 'DEBUG' })
            await new Promise((resolve) => analytics.ready(() => resolve(undefined)))
            analytics.identify(user, { plan: 'pro' })
            analytics.page('Shop', 'Basket')
            analytics.track('Button Clicked', { label: 'Buy' })
          },
          { writeKey, url: server.url, user },
        )
        const clicked = `SELECT user_id, label, context_page_path FROM button_clicked WHERE user_id = '${user}'`
        expect(await server.rowsOf(clicked, 1)).toEqual([{ user_id: user, label: 'Buy', context_page_path: '/start' }])
        expect(await server.rowsOf(`SELECT name, category FROM pages WHERE user_id = '${user}'`, 1)).toEqual([
          { name: 'Basket', category: 'Shop' },
        ])
        expect(await server.rowsOf(`SELECT plan FROM identifies WHERE user_id = '${user}'`, 1)).toEqual([
          { plan: 'pro' },
        ])
        expect(asked.filter((url) => !url.startsWith(server.url))).toEqual([]) // events go nowhere else
      })
    },
  )
})

interface BrowserWindow {
  readonly rudderanalytics: { readonly RudderAnalytics: new () => BrowserClient }
}

interface BrowserClient {
  load(writeKey: string, dataPlaneUrl: string, options: object): void
  ready(callback: () => void): void
  identify(userId: string, traits: object): void
  page(category: string, name: string): void
  track(event: string, properties: object): void
}
