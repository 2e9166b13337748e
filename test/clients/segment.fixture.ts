/** For clients that speak Segment's protocol: a server with an input of it, and a page of that server's in Chromium. */
import { existsSync, readFileSync } from 'node:fs'
import { chromium, type Page } from 'playwright-core'
import { openTestServer, type TestServer } from './running-server.ts'

export interface SegmentServer {
  readonly server: TestServer
  readonly writeKey: string
}

export async function openSegmentServer(): Promise<SegmentServer> {
  const server = await openTestServer()
  const { key } = (await server.ask('inputs', { label: 'site', type: 'segment' })) as { key: string }
  return { server, writeKey: key }
}

/** Undefined where there is no browser. */
export const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

/** Hands on a page `/start` that has run a script. Of the server's own origin: what other origins may do is no matter of the protocol. */
export async function withScript(url: string, script: string, work: (tab: Page) => Promise<void>): Promise<void> {
  const body = `<script>${readFileSync(script, 'utf8').replaceAll('</script', '<\\/script')}</script>`
  const browser = await chromium.launch({ executablePath: browserPath!, args: ['--no-sandbox'] })
  try {
    const tab = await browser.newPage()
    await tab.route('**/start', (route) => route.fulfill({ contentType: 'text/html', body }))
    await tab.goto(`${url}/start`)
    await work(tab)
  } finally {
    await browser.close()
  }
}
