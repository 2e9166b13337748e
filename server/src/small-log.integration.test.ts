/** A server whose log may have little room: it is full now and then, and never for good. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { startServer } from './main.ts'

const token = 'fixed-admin-token-of-the-test'
/** Before a checkpoint is due by itself, which is 60 s after the first rows. */
const patience = { timeout: 40_000, interval: 200 }

test('a log that is full of what is loaded takes events again soon, though nothing more comes in', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-small-log-'))
  const env = {
    MILLRACE_ADMIN_TOKEN: token,
    MILLRACE_INGEST_KEY: 'fixed-ingest-key-of-the-test',
    MILLRACE_LOG_BYTES_MAX: '48MB',
  }
  const flags = { port: '0', data: join(folder, 'data'), logLevel: 'error' }
  const server = await startServer(await readConfig({ flags, env, cwd: folder }))
  try {
    const send = async () => {
      const data = Array.from({ length: 20 }, () => ({ text: randomBytes(50_000).toString('base64') }))
      const headers = { authorization: 'Bearer fixed-ingest-key-of-the-test', 'content-type': 'application/json' }
      const body = JSON.stringify(data.map((one) => ({ type: 'blob', data: one })))
      return (await fetch(`${server.url}/api/v1/events`, { method: 'POST', headers, body })).status
    }
    for (let round = 0; round < 2; round++) {
      let status = 200
      for (let requests = 0; status === 200 && requests < 200; requests++) status = await send()
      expect(status).toBe(503)
      await expect.poll(send, patience).toBe(200)
    }
  } finally {
    await server.close()
    await rm(folder, { recursive: true })
  }
}, 120_000)
