/** Our own SDK against a whole server: what it tracks is there as rows, once. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@millrace/sdk/node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestServer, type TestServer } from './running-server.ts'

let server: TestServer
let apiKey: string
const dir = mkdtempSync(join(tmpdir(), 'millrace-sdk-'))

beforeAll(async () => {
  server = await openTestServer()
  apiKey = JSON.parse(readFileSync(join(server.folder, 'data', 'local.json'), 'utf8')).ingestKey as string
})

afterAll(async () => {
  await server.close()
  rmSync(dir, { recursive: true, force: true })
})

it('events are rows once, with their ids, times, context and fields as they were written', async () => {
  const client = createClient({ endpoint: server.url, apiKey, spool: { dir }, context: { app: 'shop' } })
  for (let n = 0; n < 900; n++)
    client.track('sdk_order', { n, total: n / 2 }, { id: `order-${n}`, time: 1_700_000_000_000 })
  client.track('sdk_order', '{"n":900,"total":1.5,"context":{"app":"own"}}', { id: 'order-900' })
  expect(await client.close()).toEqual({ acked: 901, rejected: 0, spooled: 0, pending: 0 })
  const rows = await server.rowsOf('SELECT * FROM sdk_order ORDER BY n', 901)
  expect(rows.map(({ _id }) => _id)).toEqual(Array.from({ length: 901 }, (_, n) => `order-${n}`))
  expect(rows[7]).toMatchObject({ n: 7, total: 3.5, context_app: 'shop' })
  expect(rows[900]).toMatchObject({ context_app: 'own' })
  expect(new Date(String(rows[0]!['_time'])).getTime()).toBe(1_700_000_000_000)
})

it('what a client leaves behind is sent by the next one, and is there once', async () => {
  const first = createClient({ endpoint: server.url, apiKey, spool: { dir }, flushInterval: 60_000 })
  for (let n = 0; n < 200; n++) first.track('sdk_left', { n })
  expect(await first.close({ timeoutMs: 0 })).toMatchObject({ pending: 0 })
  const next = createClient({ endpoint: server.url, apiKey, spool: { dir } })
  await expect.poll(() => next.stats().spooledNow + next.stats().pending).toBe(0)
  await next.close()
  await server.rowsOf('SELECT n FROM sdk_left', 200)
  await server.settled()
  expect(await server.rowsOf('SELECT count(*) AS rows, count(DISTINCT n) AS events FROM sdk_left', 1)).toMatchObject([
    { rows: 200, events: 200 },
  ])
})

it('values of a bucket are rows of its series', async () => {
  const client = createClient({ endpoint: server.url, apiKey, spool: { dir }, bucket: { key: 'sdk_house' } })
  client.log('temperature', 21.5, 1_700_000_000.25)
  client.log('door', 'open', 1_700_000_001)
  await client.close()
  expect(await server.rowsOf('SELECT key, value, epoch FROM sdk_house ORDER BY epoch', 2)).toHaveLength(2)
})
