/** A server is killed while a whole configuration is applied: afterwards all of it is there or nothing is, and applying it again ends it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Client, openClient } from '@millrace/client/client'
import type { ConfigurationDocument } from '@millrace/client/config'
import { applyConfiguration, planConfiguration } from '@millrace/client/configuration'
import { createWorkspace } from '@millrace/client/workspaces'
import { afterAll, expect, it } from 'vitest'
import { adminToken, type ServerProcess, startServerProcess } from './server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-configuration-'))
const rounds = 12
let server: ServerProcess

async function start(): Promise<(workspace?: string) => Client> {
  server = await startServerProcess({ folder: join(folder, 'data'), env: { MILLRACE_LOG_LEVEL: 'error' } })
  const { url } = server
  return (workspace) => openClient({ url, token: adminToken, workspace })
}

async function kill(): Promise<void> {
  server.signal('SIGKILL')
  await server.exited
}

afterAll(async () => {
  await kill()
  rmSync(folder, { recursive: true, force: true })
})

const fields = [{ path: ['id'], column: 'id', type: 'BIGINT', origin: 'user' as const }]
const names = Array.from({ length: 20 }, (_, n) => `t${n}`)
const document = {
  mappingMode: 'STRICT',
  inputs: names.map((label) => ({ label, type: 'native', settings: {}, isEnabled: true })),
  eventTypes: names.map((name) => ({ name, mapping: { table: name, fields } })),
  transforms: {
    modules: [{ name: 'main', language: 'javascript', code: 'export const transform = (event) => event' }],
    lookups: [],
    secrets: [],
  },
} as unknown as ConfigurationDocument

it('is there whole or not at all, whenever the server dies', async () => {
  let open = await start()
  const found = { all: 0, none: 0 }
  const began = performance.now()
  await createWorkspace(open(), 'whole')
  const planned = await planConfiguration(open('whole'), document)
  const all = planned.changes.length
  await applyConfiguration(open('whole'), document)
  const spanMs = performance.now() - began
  for (let round = 0; round < rounds; round++) {
    const workspace = `w${round}`
    await createWorkspace(open(), workspace)
    const applying = applyConfiguration(open(workspace), document).catch(() => undefined)
    await pause((spanMs / rounds) * round)
    await kill()
    await applying
    open = await start()
    const { changes } = await planConfiguration(open(workspace), document)
    expect([0, all]).toContain(changes.length)
    found[changes.length === 0 ? 'all' : 'none']++
    await applyConfiguration(open(workspace), document)
    expect((await planConfiguration(open(workspace), document)).changes).toEqual([])
  }
  // Else the deaths were all too early, or all too late.
  expect(found.none).toBeGreaterThan(0)
  expect(found.all).toBeGreaterThan(0)
}, 600_000)
