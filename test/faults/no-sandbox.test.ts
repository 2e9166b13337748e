/** What a machine can do to keep users' code in is measured; where no process for it starts, events wait, everybody is told, and it goes on once they start. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { postBatch } from './producer.ts'
import { ask, askWell, rowsOf } from './requests.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

let folder: string
let server: ServerProcess
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
})
afterEach(async () => {
  server.signal('SIGKILL')
  await server.exited
  rmSync(folder, { recursive: true, force: true })
})

const patience = { timeout: 60_000, interval: 100 }

/** Before all others in PATH: what guests are started with, and fails. */
function failingTools(): string {
  const tools = join(folder, 'tools')
  mkdirSync(tools)
  for (const name of ['bwrap', 'prlimit', 'setpriv']) {
    writeFileSync(join(tools, name), '#!/bin/sh\nexit 1\n')
    chmodSync(join(tools, name), 0o755)
  }
  return `${tools}:${process.env['PATH']}`
}

async function restart(env: Record<string, string> = {}): Promise<void> {
  server.signal('SIGTERM')
  await server.exited
  server = await startServerProcess({ folder, env })
}

const health = async (path: string) => (await fetch(`${server.url}${path}`)).json() as Promise<Record<string, unknown>>

it('how well code is kept in is measured at the start, though nobody asks, by a process that is gone afterwards', async () => {
  server = await startServerProcess({ folder })
  await expect.poll(() => server.output(), patience).toMatch(/users’ code is (not )?kept in/)
  expect(await health('/healthz')).toMatchObject({ isolation: expect.stringMatching(/^(full|partial|none)$/) })
  const children = () => readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8')
  await expect.poll(children, patience).toBe('')
})

it('events wait in the log, readyz and a notification say why, and are loaded once code runs again', async () => {
  server = await startServerProcess({ folder })
  const code = 'export function transform(event) { event.seen = true; return event }'
  const module = { name: 'main', language: 'javascript', code }
  expect((await ask(server.url, '/api/v1/transforms/deploy', { modules: [module] })).status).toBe(200)
  await expect
    .poll(() => health('/healthz'), patience)
    .toMatchObject({ isolation: expect.stringMatching(/^(full|partial|none)$/) })

  await restart({ PATH: failingTools() })
  await expect.poll(() => health('/healthz'), patience).toEqual({ status: 'ok', isolation: 'unavailable' })
  expect(await health('/readyz')).toMatchObject({ isReady: true })
  await postBatch(server.url, 'a', '{"n":1}\n{"n":2}')
  await expect
    .poll(() => health('/readyz'), patience)
    .toMatchObject({
      isReady: false,
      dependencies: { 'workspace default': expect.stringContaining('No process for users’ code starts') },
    })
  const notifications = () => askWell<{ items: object[] }>(server.url, '/api/v1/notifications')
  await expect
    .poll(notifications, patience)
    .toMatchObject({ items: [{ type: 'transform_unavailable', severity: 'error' }] })

  await restart()
  const loaded = async () => (await ask(server.url, '/api/v1/tables/chaos')).body
  await expect.poll(loaded, patience).toMatchObject({ rowCount: 2 })
  expect(await rowsOf(server.url, 'SELECT count(*) FROM chaos WHERE seen')).toEqual([[2]])
  await expect.poll(() => health('/readyz'), patience).toMatchObject({ isReady: true })
})
