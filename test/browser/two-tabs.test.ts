/** Two tabs of one origin, one store in IndexedDB, and a whole server: what they have tracked is in the table, each once. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openTestServer, type TestServer } from '../clients/running-server.ts'
import { hasChromium, makeProfile, type Profile, unsafeHost } from './chromium.ts'
import type { PageUnderTest } from './page-under-test.ts'
import { bundle } from './sink.ts'

let server: TestServer
let profile: Profile
let context: BrowserContext
let script: string
const pages = createServer((_, response) => {
  response.setHeader('content-type', 'text/html')
  response.end(`<!doctype html><title>Test</title><script type="module">${script}</script>`)
})

beforeAll(async () => {
  script = await bundle(join(import.meta.dirname, 'pages', 'page.ts'))
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve))
  server = await openTestServer()
})
afterAll(async () => {
  await server.close()
  pages.closeAllConnections()
  pages.close()
})
beforeEach(async () => {
  profile = await makeProfile()
  context = await profile.open()
})
afterEach(async () => {
  await context.close()
  await profile.remove()
})

const origins = [
  { what: 'a safe origin', host: '127.0.0.1', type: 'seen_safe' },
  { what: 'plain HTTP', host: unsafeHost, type: 'seen_plain' },
]

describe.runIf(hasChromium).each(origins)('two tabs of $what', ({ host, type }) => {
  it('lose nothing and leave nothing twice in the table, offline, reloaded, closed and come again', async () => {
    const origin = `http://${host}:${(pages.address() as AddressInfo).port}`
    const { key } = await server.ask('inputs', { type: 'native', label: type, settings: { allowedOrigins: [origin] } })
    const open = async (page: Page): Promise<Page> => {
      await page.goto(origin)
      await page.evaluate((options) => (globalThis as unknown as PageUnderTest).open(options), {
        endpoint: server.url,
        apiKey: key as string,
        flushInterval: 100,
        retryBase: 100,
        retryCap: 500,
      })
      return page
    }
    const track = (page: Page, from: number, to: number) =>
      page.evaluate(
        ([name, first, last]) => {
          const { client } = globalThis as unknown as PageUnderTest
          for (let n = first; n < last; n++) client.track(name, { n })
        },
        [type, from, to] as const,
      )
    const stored = (page: Page) =>
      vi.waitFor(async () => {
        const held = await page.evaluate(() => (globalThis as unknown as PageUnderTest).heldRows())
        expect(held).toBeGreaterThanOrEqual(2)
      }, 15_000)

    const [one, two] = [await open(await context.newPage()), await open(await context.newPage())]
    await context.setOffline(true)
    await track(one, 0, 100)
    await track(two, 100, 200)
    await stored(two)
    await one.close() // two has its rows from now on
    await context.setOffline(false)
    await two.reload()
    await open(two)
    const three = await open(await context.newPage())
    await track(two, 200, 250)
    await track(three, 250, 300)
    await two.close()
    const sql = `SELECT count(*)::INT AS rows, count(DISTINCT n)::INT AS numbers, min(n)::INT AS low, max(n)::INT AS high FROM ${type}`
    const whole = { rows: 300, numbers: 300, low: 0, high: 299 }
    await vi.waitFor(async () => expect(await server.rowsOf(sql, 1)).toEqual([whole]), {
      timeout: 60_000,
      interval: 500,
    })
    // Whatever anybody has left is sent within a lease and a look; it is known by its ids.
    await three.evaluate(() => (globalThis as unknown as PageUnderTest).client.close())
    const last = await open(await context.newPage())
    await last.waitForTimeout(8000)
    expect(await server.rowsOf(sql, 1)).toEqual([whole])
  })
})
