/** Events that go by way of the disk: by themselves, and none before another where order counts. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openFakeServer } from '../fake-transport.fixture.ts'
import { createClient } from '../node.ts'
import { hear, quickOptions, trackMany } from '../quick-client.fixture.ts'
import type { ClientOptions } from '../types.ts'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-order-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function open(options: ClientOptions, server = openFakeServer()) {
  const client = createClient({
    ...quickOptions,
    transport: server.transport,
    spool: { dir },
    handleSignals: false,
    ...options,
  })
  return { client, server, told: hear(client) }
}

it('one worker: what memory has no room for comes in its order, whatever fails', async () => {
  const { client, server } = open({ workers: 1, backlogSize: 20, batchSize: 7 })
  server.script = [200, 500, 413, 200, 'cut']
  const ids = trackMany(client, 75)
  await client.flush()
  expect(server.stored).toEqual(ids)
  await client.close()
})

it('one worker: a source that waits for ready() keeps the disk small', async () => {
  const { client, server, told } = open({ workers: 1, backlogSize: 20, batchSize: 5 }, openFakeServer({ delayMs: 1 }))
  let most = 0
  for (let n = 0; n < 500; n++) {
    if (!client.track('thing', { n }, { id: String(n) })) await client.ready()
    most = Math.max(most, client.stats().spooledNow)
  }
  await client.flush()
  expect(server.stored).toEqual(Array.from({ length: 500 }, (_, n) => String(n)))
  expect(told.drops).toEqual([])
  expect(most).toBeLessThanOrEqual(120) // 20, and what is written in one go
  await client.close()
})

it('what was given up to the disk is sent by itself when the server is back', async () => {
  const { client, server } = open({ retryMaxCount: 2 })
  server.script = [500, 500]
  const spilled = new Promise((resolve) => client.on('spill', ({ events }) => resolve(events)))
  trackMany(client, 5)
  expect(await spilled).toBe(5)
  await expect.poll(() => client.stats().acked).toBe(5)
  expect(server.requests).toHaveLength(3)
  await client.close()
})
