import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { startBulk } from './bulk.ts'
import { openClient } from './client.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

test('an operation whose answer got lost is asked for again by the same id', async () => {
  const ids: string[] = []
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { id } = JSON.parse(Buffer.concat(chunks).toString()) as { id: string }
    ids.push(id)
    if (ids.length === 1) request.socket.destroy()
    else response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify({ id }))
  })
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const before = Date.now()
  const bulk = await startBulk(openClient({ url, token: 't' }), { kind: 'enable', sources: { ids: ['a'] } })
  expect(ids).toEqual([bulk.id, bulk.id])
  expect(bulk.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  const at = Number.parseInt(bulk.id.replace('-', '').slice(0, 12), 16)
  expect(at).toBeGreaterThanOrEqual(before)
  expect(at).toBeLessThanOrEqual(Date.now())
})
