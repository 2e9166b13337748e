/** How a dry run is followed and stopped, against an API that takes as long as the test wants. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type FakeWorld, openFakeWorld, type Ran } from '../fake-world.ts'

const never = Number.POSITIVE_INFINITY
let server: Server
let world: FakeWorld
let terminal: FakeWorld
/** Times it says that it runs. */
let asksLeft = 0
let failed = 0
let deleted = 0

beforeEach(async () => {
  asksLeft = failed = deleted = 0
  server = createServer(({ method, url }, response) => {
    if (method === 'DELETE' && url === '/api/v1/transforms/dry-runs/7') {
      deleted++
      response.writeHead(204).end()
      return
    }
    const isRunning = asksLeft-- > 0
    const counts = { total: 1000, done: isRunning ? 250 : 1000, passed: 1000 - failed, dropped: 0, failed }
    const run = { id: '7', state: isRunning ? 'RUNNING' : 'DONE', error: null, reasons: [], ...counts }
    const times = { startedAt: '2026-01-31T00:00:00.000Z', endedAt: isRunning ? null : '2026-01-31T00:00:02.000Z' }
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ ...run, ...times }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const env = { MILLRACE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, MILLRACE_TOKEN: 'token' }
  world = await openFakeWorld(env)
  terminal = await openFakeWorld(env, { isTerminal: true })
})

afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  await world.remove()
  await terminal.remove()
})

it('shows a bar to people, and last what came of it', async () => {
  asksLeft = 3
  const { exitCode, stdout, stderr } = await terminal.run(['transform', 'dry-run'])
  expect([exitCode, stdout]).toEqual([
    0,
    '1,000 events tried in 2.0 s: 1,000 would pass, 0 be dropped, 0 fail again. Nothing was stored.\n',
  ])
  expect(stderr).toMatch(/\r\u001b\[K█{6}░{18} 25 % {2}250 of 1,000 events {2}[\d,]+ events\/s {2}[\d.]+ m?s left/)
})

it('writes a line each second for scripts, and fails where events would fail again', async () => {
  asksLeft = 8
  failed = 3
  const { exitCode, records } = await world.run(['transform', 'dry-run'])
  expect(exitCode).toBe(1)
  const [progress, last] = [records()[0], records().at(-1)]
  expect(progress).toMatchObject({ event: 'progress', total: 1000, done: 250, etaMs: expect.any(Number) })
  expect(last).toMatchObject({ event: 'done', failed: 3 })
  expect(
    records()
      .slice(0, -1)
      .every(({ event }) => event === 'progress'),
  ).toBe(true)
})

it('is stopped in the server at Ctrl-C', async () => {
  asksLeft = never
  const running = terminal.run(['transform', 'dry-run'])
  const stopped = (): Promise<Ran | undefined> => {
    terminal.stop()
    return Promise.race([running, undefined])
  }
  await expect.poll(stopped).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('nothing was stored') })
  expect(deleted).toBe(1)
})
