/** The SDK in a real browser: whatever becomes of a page, the events it was given arrive, once. Safely served, and by plain HTTP. */
import type { ClientOptions } from '@millrace/sdk/types'
import type { BrowserContext, Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hasChromium, makeProfile, type Profile, unsafeHost } from './chromium.ts'
import type { PageUnderTest } from './page-under-test.ts'
import { openSink, type Sink } from './sink.ts'

let sink: Sink
let profile: Profile
let context: BrowserContext

beforeEach(async () => {
  sink = await openSink()
  profile = await makeProfile()
  context = await profile.open()
})
afterEach(async () => {
  await context.close()
  await profile.remove()
  await sink.close()
})

const origins = [
  { origin: 'a safe origin', host: '127.0.0.1', isSafe: true },
  { origin: 'plain HTTP', host: unsafeHost, isSafe: false },
]

describe.runIf(hasChromium).each(origins)('in a page of $origin', ({ host, isSafe }) => {
  /** A tab whose client sends to another origin. */
  async function openTab(options: Omit<ClientOptions, 'authKey' | 'handleSignals' | 'storage'> = {}): Promise<Page> {
    const page = await context.newPage()
    await page.goto(`http://${host}:${sink.port}/`)
    await openClient(page, options)
    return page
  }
  const openClient = (page: Page, options: object = {}) =>
    page.evaluate((all) => (globalThis as unknown as PageUnderTest).open(all), {
      endpoint: `http://localhost:${sink.port}`,
      apiKey: 'key',
      retryBase: 100,
      retryCap: 500,
      ...options,
    })
  const track = (page: Page, from: number, to: number, chars = 0) =>
    page.evaluate(
      ([first, last, size]) => {
        const { client } = globalThis as unknown as PageUnderTest
        for (let n = first!; n < last!; n++) client.track('t', { n, text: 'x'.repeat(size!) })
      },
      [from, to, chars],
    )
  const flush = (page: Page) => page.evaluate(() => (globalThis as unknown as PageUnderTest).client.flush())
  const show = (page: Page, state: 'hidden' | 'visible') =>
    page.evaluate((now) => {
      const { document } = globalThis as unknown as { document: EventTarget }
      Object.defineProperty(document, 'visibilityState', { configurable: true, value: now })
      document.dispatchEvent(new Event('visibilitychange'))
    }, state)
  const heldRows = (page: Page) => page.evaluate(() => (globalThis as unknown as PageUnderTest).heldRows())
  const numbersTo = (count: number) => Array.from({ length: count }, (_, n) => n)
  /** All arrive, and each is one event for a server that knows ids. */
  const arrived = (count: number, timeout = 15_000) =>
    vi.waitFor(() => expect(sink.numbers()).toEqual(numbersTo(count)), { timeout, interval: 50 })

  it('sends batches of 50, compressed', async () => {
    const page = await openTab()
    expect(await page.evaluate(() => ['locks', 'storage', 'serviceWorker'].map((name) => name in navigator))).toEqual(
      Array(3).fill(isSafe),
    )
    await track(page, 0, 120, 100)
    expect(await flush(page)).toMatchObject({ rejected: 0, spooled: 0, pending: 0 })
    expect(sink.events).toHaveLength(120)
    expect(sink.numbers()).toEqual(numbersTo(120))
    expect(sink.requests.map(({ count, isPacked }) => [count, isPacked]).sort()).toEqual([
      [20, true],
      [50, true],
      [50, true],
    ])
  })

  it('sends what fits when the page goes, and the rest at the next visit', async () => {
    const page = await openTab({ flushInterval: 60_000, workers: 1, retryBase: 3_600_000, retryCap: 3_600_000 })
    sink.status = 503
    await track(page, 0, 40, 2000) // 27 of them make a request, which waits for its next try
    await page.waitForTimeout(500)
    sink.status = 200
    await page.goto('about:blank')
    await vi.waitFor(() => expect(sink.requests).toHaveLength(1), 5000)
    expect(sink.requests[0]).toMatchObject({ isPacked: false })
    expect(sink.numbers()[0]).toBeGreaterThan(20)
    expect(sink.numbers().at(-1)).toBe(39)
    await openTab()
    await arrived(40)
  })

  it('keeps through a reload what no server took', async () => {
    const page = await openTab()
    sink.status = 503
    await track(page, 0, 30)
    await page.waitForTimeout(500)
    await page.reload()
    await openClient(page)
    await track(page, 30, 40)
    sink.status = 200
    await arrived(40)
    await flush(page)
    expect(sink.events).toHaveLength(40)
  })

  it('sends at once when it is online again', async () => {
    const page = await openTab({ flushInterval: 100, retryBase: 3_600_000, retryCap: 3_600_000 })
    await context.setOffline(true)
    await track(page, 0, 10)
    await page.waitForTimeout(1500)
    expect(sink.events).toEqual([])
    await context.setOffline(false)
    await arrived(10, 10_000)
    expect(sink.events).toHaveLength(10)
  })

  it('what a tab leaves behind another one sends, once; what a tab still has, the other leaves alone', async () => {
    const [one, two] = [await openTab(), await openTab()]
    sink.status = 503
    await track(one, 0, 20)
    await track(two, 20, 40)
    await one.waitForTimeout(700)
    await one.close()
    // Nobody hears the answer to what it sends at last: taken, it would come once more, with the same ids.
    await vi.waitFor(() => expect(sink.refused).toBe(1), 15_000)
    sink.status = 200
    await arrived(40, 30_000)
    await flush(two)
    expect(sink.events).toHaveLength(40)
  })

  it('a crash costs nothing that is older than 250 ms', async () => {
    const page = await openTab({ flushInterval: 60_000 })
    await track(page, 0, 25)
    await page.waitForTimeout(700)
    await page.goto('chrome://crash').catch(() => {}) // it ends with the page's process
    expect(sink.events).toEqual([])
    await openTab()
    await arrived(25, 30_000)
    expect(sink.events).toHaveLength(25)
  })

  it('what memory has no room for waits in IndexedDB', async () => {
    const page = await openTab({ backlogSize: 20, flushInterval: 100 })
    sink.status = 503
    await track(page, 0, 300, 100)
    const stats = () => page.evaluate(() => (globalThis as unknown as PageUnderTest).client.stats())
    const { accepted, pending, spooledNow, dropped } = await stats()
    expect([accepted, pending + spooledNow, dropped]).toEqual([300, 300, {}])
    expect(spooledNow).toBeGreaterThan(200)
    sink.status = 200
    await arrived(300)
    await flush(page)
    expect(await stats()).toMatchObject({ acked: 300, spooledNow: 0, pending: 0 })
    expect(sink.events).toHaveLength(300)
    await page.goto('about:blank')
    await openTab()
    await page.waitForTimeout(6000)
    expect(sink.events).toHaveLength(300) // nothing stayed behind
  })

  it('of too much in IndexedDB the oldest goes, and is counted', async () => {
    const page = await openTab({ backlogSize: 10, spool: { maxBytes: 200_000 } })
    sink.status = 503
    for (let n = 0; n < 400; n += 10) await track(page, n, n + 10, 1000)
    const stats = () => page.evaluate(() => (globalThis as unknown as PageUnderTest).client.stats())
    const dropped = async () => (await stats()).dropped['full'] ?? 0
    await expect.poll(dropped, { timeout: 10_000 }).toBeGreaterThan(200) // writing goes on behind the calls
    sink.status = 200
    await flush(page)
    expect((await stats()).accepted).toBe(400)
    expect(await dropped()).toBeLessThan(300)
    expect(sink.events).toHaveLength(400 - (await dropped()))
    expect(sink.numbers().at(-1)).toBe(399)
  })

  it('a page that is hidden sends what it has, uncompressed, and goes on when it is seen again', async () => {
    const page = await openTab({ flushInterval: 60_000 })
    await track(page, 0, 10, 500)
    await show(page, 'hidden')
    await arrived(10, 3000)
    expect(sink.requests).toEqual([expect.objectContaining({ isPacked: false, count: 10 })])
    await show(page, 'visible')
    await track(page, 10, 20)
    await flush(page)
    expect(sink.events).toHaveLength(20)
  })

  it('where fetch ends with the page, a beacon goes, and the next visit makes sure', async () => {
    const page = await openTab({ flushInterval: 60_000 })
    await page.evaluate(() => Reflect.deleteProperty(Request.prototype, 'keepalive'))
    await track(page, 0, 10)
    // An event is kept 250 ms after it was tracked; of what is younger, a page that goes may find no time to keep it.
    await vi.waitFor(async () => expect(await heldRows(page)).toBe(1), 15_000)
    await page.goto('about:blank')
    await arrived(10)
    await openTab()
    await vi.waitFor(() => expect(sink.events).toHaveLength(20), 15_000)
    expect(sink.numbers()).toEqual(numbersTo(10))
  })

  it('goes on where nothing can be kept', async () => {
    const page = await openTab({ spool: false })
    await track(page, 0, 10)
    await page.goto('about:blank')
    await arrived(10)
  })
})
