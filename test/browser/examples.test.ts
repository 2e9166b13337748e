/** The examples of the SDK, in Node and in a page of another origin, against a whole server. */
import { execFile } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { servePage } from '../../examples/sdk/serve.ts'
import { openTestServer, type TestServer } from '../clients/running-server.ts'
import { hasChromium, makeProfile } from './chromium.ts'

let server: TestServer

beforeAll(async () => {
  server = await openTestServer()
})
afterAll(() => server.close())

async function makeKey(settings: object): Promise<string> {
  const { key } = await server.ask('inputs', {
    type: 'native',
    label: `sdk ${JSON.stringify(settings)}`.slice(0, 60),
    settings,
  })
  return key as string
}

it('five lines of Node send an event and a value', async () => {
  const example = join(import.meta.dirname, '..', '..', 'examples', 'sdk', 'send.ts')
  const env = {
    ...process.env,
    MILLRACE_ENDPOINT: server.url,
    MILLRACE_API_KEY: await makeKey({}),
    MILLRACE_SPOOL_DIR: join(server.folder, 'spool'),
  }
  await promisify(execFile)(process.execPath, [example], { env })
  expect(await server.rowsOf('SELECT total::VARCHAR AS total FROM purchase', 1)).toEqual([{ total: '7.5' }])
})

it.runIf(hasChromium)('a page sends what is clicked, to the server that allows its origin', async () => {
  const pages = await servePage(0)
  const origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`
  const key = await makeKey({ allowedOrigins: [origin] })
  const profile = await makeProfile()
  const context = await profile.open()
  try {
    const page = await context.newPage()
    await page.goto(`${origin}/?endpoint=${encodeURIComponent(server.url)}&key=${key}`)
    for (let n = 0; n < 3; n++) await page.click('button')
    await page.goto('about:blank') // what waits for company goes with the page
    const rows = await server.rowsOf('SELECT page FROM click', 3)
    expect(rows).toEqual(Array(3).fill({ page: '/' }))
  } finally {
    await context.close()
    await profile.remove()
    pages.closeAllConnections()
    pages.close()
  }
})
