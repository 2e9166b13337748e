/** Against servers that count: one of ours, and one with short windows, asked by several processes at once. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { readCallHistory } from '@millrace/client/call-history'
import { openClient } from '@millrace/client/client'
import { getInputs } from '@millrace/client/inputs'
import { keepMetadata, restoreMetadata } from '@millrace/client/kept-metadata'
import { getMetadata, refreshMetadata } from '@millrace/client/metadata'
import { openPacedClient } from '@millrace/client/paced-client'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openTestServer } from './running-server.ts'

const run = promisify(execFile)
const closers: (() => Promise<unknown>)[] = []
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-paced-'))
})
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
  await rm(folder, { recursive: true, force: true })
})

async function openOurs() {
  const server = await openTestServer()
  closers.push(() => server.close())
  const makeToken = async (callsPerMinuteMax: number): Promise<string> => {
    const made = await server.ask('tokens', { label: 'paced', role: 'admin', callsPerMinuteMax })
    return made['text'] as string
  }
  return { ...server, makeToken }
}

async function listen(listener: RequestListener): Promise<{ server: Server; url: string }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(async () => {
    server.closeAllConnections()
    server.close()
  })
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

it('goes on with the next token when one is used up, and is refused as the server refuses when all are', async () => {
  const { url, makeToken } = await openOurs()
  // A minute that ends meanwhile gives calls anew.
  if (Date.now() % 60_000 > 45_000) await sleep(60_000 - (Date.now() % 60_000))
  const tokens = [await makeToken(3), await makeToken(4)]
  const historyFile = join(folder, 'calls.ndjson')
  const client = openPacedClient({ url, tokens, folder: join(folder, 'cache'), historyFile, waitSecondsMax: 0 })
  for (let calls = 0; calls < 7; calls++) await getInputs(client)
  await expect(getInputs(client)).rejects.toMatchObject({ status: 429, code: 'too_many_requests' })
  const history = await readCallHistory(historyFile)
  expect(history.map(({ token, status }) => [token, status]).slice(0, 7)).toEqual([
    ...Array(3).fill([1, 200]),
    ...Array(4).fill([2, 200]),
  ])
  expect(JSON.stringify(history)).not.toContain(tokens[0])
  // Another client of the same machine knows it before it asks.
  const waited = new AbortController()
  const told = new Promise<number>((resolve) => {
    const onWait = (seconds: number) => {
      resolve(seconds)
      waited.abort()
    }
    const waiting = openPacedClient({
      ...{ url, tokens: [tokens[0]!], folder: join(folder, 'cache'), onWait, signal: waited.signal },
    })
    void getInputs(waiting).catch(() => {})
  })
  expect(await told).toBeGreaterThan(0)
}, 120_000)

it('makes a refused call again when Retry-After is over, with its body', async () => {
  const bodies: string[] = []
  const { url } = await listen(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    bodies.push(body)
    if (bodies.length === 1) return void response.writeHead(429, { 'retry-after': '1' }).end()
    response.setHeader('content-type', 'application/json').end('{"id":"x"}')
  })
  const client = openPacedClient({ url, tokens: ['t'], folder })
  const body = { id: 'x', name: 'X' }
  await client.POST('/api/v1/workspaces', { body })
  expect(bodies).toEqual([JSON.stringify(body), JSON.stringify(body)])
}, 30_000)

it('is paced together with all processes that use the token', async () => {
  const [limit, windowMs] = [6, 4_000]
  let [windowAt, used, refusals, served] = [0, 0, 0, 0]
  const { url } = await listen((_request, response) => {
    const now = Date.now()
    const at = Math.floor(now / windowMs) * windowMs
    if (at !== windowAt) [windowAt, used] = [at, 0]
    const isOver = used >= limit
    if (isOver) refusals++
    else served++
    if (!isOver) used++
    const seconds = Math.ceil((at + windowMs - now) / 1000)
    response.setHeader('ratelimit-policy', `"minute";q=${limit};w=${windowMs / 1000}`)
    response.setHeader('ratelimit', `"minute";r=${limit - used};t=${seconds}`)
    if (isOver) return void response.writeHead(429, { 'retry-after': String(seconds) }).end()
    response.setHeader('content-type', 'application/json').end('{"items":[],"nextCursor":null}')
  })
  const modules = new URL('../../client/src/', import.meta.url).href
  const program = `
    import { openPacedClient } from '${modules}paced-client.ts'
    import { getInputs } from '${modules}inputs.ts'
    const client = openPacedClient({ url: '${url}', tokens: ['t'], folder: '${folder}' })
    for (let calls = 0; calls < 8; calls++) await getInputs(client)`
  await getInputs(openPacedClient({ url, tokens: ['t'], folder }))
  await Promise.all(Array.from({ length: 3 }, () => run('node', ['--input-type=module', '-e', program])))
  expect(served).toBe(25)
  expect(refusals).toBeLessThanOrEqual(limit)
}, 120_000)

it('a folder that cannot be written keeps nobody from calling', async () => {
  const { url } = await listen((_request, response) => {
    response.setHeader('ratelimit', '"minute";r=5;t=60')
    response.setHeader('content-type', 'application/json').end('{"items":[],"nextCursor":null}')
  })
  const file = join(folder, 'file')
  await writeFile(file, '')
  const blocked = join(file, 'cache')
  const client = openPacedClient({ url, tokens: ['t'], folder: blocked, historyFile: join(blocked, 'calls') })
  expect(await getInputs(client)).toEqual([])
  expect(await getInputs(client)).toEqual([])
})

it('what was fetched last is restored, and brought up to date', async () => {
  const { url, token } = await openOurs()
  const client = openClient({ url, token })
  const workspaces = await getMetadata(client, 'workspaces')
  const sources = await getMetadata(client, 'sources', { workspace: 'default' })
  await keepMetadata(join(folder, 'kept'), workspaces)
  await keepMetadata(join(folder, 'kept'), sources)
  const restored = await restoreMetadata(join(folder, 'kept'), 'workspaces')
  expect(restored).toEqual(workspaces)
  expect(await restoreMetadata(join(folder, 'kept'), 'sources', { workspace: 'default' })).toEqual(sources)
  expect(await restoreMetadata(join(folder, 'kept'), 'jobs')).toBeUndefined()
  await client.POST('/api/v1/workspaces', { body: { id: 'second', name: 'Second' } })
  const fresh = await refreshMetadata(client, restored!)
  expect(fresh.rows.map((row) => row['id'])).toEqual(['default', 'second'])
}, 60_000)
