import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { type Client, openClient } from './client.ts'
import {
  averageEventSize,
  getMetrics,
  incomingCount,
  incomingQueue,
  maxLatency,
  outputs,
  restreamQueue,
  throughput,
} from './metrics.ts'

let server: Server | undefined
afterEach(async () => {
  vi.useRealTimers()
  server?.closeAllConnections()
  server?.close()
  if (server?.listening) await once(server, 'close')
})

/** Answers each name with its values, a minute each, the last of which is running. */
async function serve(values: Record<string, (number | null)[]>): Promise<{ client: Client; asked: URLSearchParams[] }> {
  const asked: URLSearchParams[] = []
  server = createServer(({ url }, response) => {
    const query = new URL(url ?? '', 'http://here').searchParams
    asked.push(query)
    const minute = Math.floor(Date.now() / 60_000)
    const items = query.getAll('names').flatMap((names) =>
      names.split(',').map((name) => {
        const numbers = values[name] ?? []
        const at = (place: number) => new Date((minute - numbers.length + 1 + place) * 60_000).toISOString()
        return { name, points: numbers.map((value, place) => ({ at: at(place), value })) }
      }),
    )
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ items }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { client: openClient({ url, token: 'secret' }), asked }
}

it('names are asked for in their order, from so many minutes ago', async () => {
  const { client, asked } = await serve({})
  const names = ['LATENCY_MAX', 'INCOMING_EVENTS'] as const
  expect((await getMetrics(client, names, { minutes: 5 })).map(({ name }) => name)).toEqual(names)
  expect(Math.abs(Date.now() - 300_000 - Date.parse(asked[0]?.get('from') ?? ''))).toBeLessThan(60_000)
})

it('figures leave out what was not measured', async () => {
  const { client } = await serve({
    EVENTS_IN_PIPELINE: [null, 7, 3],
    EVENTS_IN_TRANSIT: [null, 0, 2],
    UNMAPPED_EVENTS: [null, 1, 0],
    IGNORED_EVENTS: [2, null, 0],
    ERROR_EVENTS: [null, null, 3],
    LOADED_EVENTS_RATE: [4, 1, null],
    INCOMING_EVENTS: [10, null, 30],
    EVENT_SIZE_TOTAL: [1000, null, 9000],
    LATENCY_MAX: [1500, null, 700],
  })
  expect(await incomingQueue(client)).toBe(7)
  expect(await restreamQueue(client)).toBe(2)
  expect(await outputs(client)).toEqual({ unmapped: 1, ignored: 2, failed: 3, loaded: 5 })
  expect(await incomingCount(client)).toBe(40)
  // Over events, not over minutes: those would make 200.
  expect(await averageEventSize(client)).toBe(250)
  expect(await maxLatency(client)).toBe(1.5)
})

it('figures of nothing are 0, or null where 0 would say something', async () => {
  const { client } = await serve({ EVENTS_IN_PIPELINE: [null], LATENCY_MAX: [null] })
  expect(await incomingQueue(client)).toBe(0)
  expect(await outputs(client)).toEqual({ unmapped: 0, ignored: 0, failed: 0, loaded: 0 })
  expect([await maxLatency(client), await averageEventSize(client)]).toEqual([null, null])
})

it('throughput is that of a whole minute: so much of the running one and the rest of the one before', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-01-31T12:00:15Z') })
  const { client } = await serve({ INCOMING_EVENTS: [999, 600, 60], LOADED_EVENTS_RATE: [60] })
  // 60 in a quarter of a minute, and three quarters of 600.
  expect(await throughput(client)).toEqual({ received: 510 / 60, loaded: 1, restreamed: 0 })
})
