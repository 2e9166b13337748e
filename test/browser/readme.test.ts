/** The examples of the SDK's README, word for word but for address and key, with the package as it is published, against a whole server. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildPackage } from '../../sdk/build/build-package.ts'
import { openTestServer, type TestServer } from '../clients/running-server.ts'
import { hasChromium, makeProfile } from './chromium.ts'

const root = join(import.meta.dirname, '..', '..')

let server: TestServer
let folder: string
let readme: string

beforeAll(async () => {
  readme = await readFile(join(root, 'sdk', 'README.md'), 'utf8')
  folder = await mkdtemp(join(tmpdir(), 'millrace-readme-'))
  buildPackage(join(folder, 'node_modules', '@millrace', 'sdk'))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  server = await openTestServer()
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

/** The only block of a language, with a server and a key of its input in the place of those it names. */
async function exampleIn(language: string, settings: object): Promise<string> {
  const [block, ...others] = [...readme.matchAll(/```(\w+)\n([\s\S]*?)```/g)].filter(([, name]) => name === language)
  expect(others).toEqual([])
  const { key } = await server.ask('inputs', { type: 'native', label: `readme ${language}`, settings })
  return block![2]!.replace('http://127.0.0.1:4700', server.url).replace("'KEY'", `'${key as string}'`)
}

it('five lines in Node send an event and a value', async () => {
  await writeFile(join(folder, 'program.ts'), await exampleIn('ts', {}))
  const env = { ...process.env, MILLRACE_SPOOL_DIR: join(folder, 'spool') }
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['program.ts'], { cwd: folder, env })
  expect([stdout, stderr]).toEqual(['', ''])
  // `order` is a word of SQL, and a bucket without a name is a table under a UUID.
  expect(await server.rowsOf('SELECT total::VARCHAR AS total FROM order_', 1)).toEqual([{ total: '7.5' }])
  const others = "table_schema = 'main' AND table_name <> 'order_'"
  const tables = `SELECT table_name AS name FROM information_schema.tables WHERE ${others}`
  const [bucket] = await server.rowsOf(tables, 1)
  expect(await server.rowsOf(`SELECT key FROM "${String(bucket?.['name'])}"`, 1)).toEqual([{ key: 'temperature' }])
})

it.runIf(hasChromium)('a few lines in a page, with the files of the package beside it, send a view', async () => {
  const pages = createServer(async ({ url = '/' }, response) => {
    const isFile = url.startsWith('/millrace/')
    const path = join(folder, 'node_modules', '@millrace', 'sdk', url.slice('/millrace/'.length))
    response.setHeader('content-type', isFile ? 'text/javascript' : 'text/html')
    response.end(isFile ? await readFile(path).catch(() => '') : `<!doctype html>${page}`)
  })
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`
  const page = await exampleIn('html', { allowedOrigins: [origin] })
  const profile = await makeProfile()
  const context = await profile.open()
  try {
    const tab = await context.newPage()
    const errors: string[] = []
    tab.on('pageerror', ({ message }) => errors.push(message))
    await tab.goto(`${origin}/shop`)
    expect(await server.rowsOf('SELECT page FROM view', 1)).toEqual([{ page: '/shop' }])
    expect(errors).toEqual([])
  } finally {
    await context.close()
    await profile.remove()
    pages.closeAllConnections()
    pages.close()
  }
})
