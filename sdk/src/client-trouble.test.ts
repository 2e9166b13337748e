/** What a client does about a server that fails. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Answer, openFakeServer } from './fake-transport.fixture.ts'
import { openQuickClient, silent, trackMany } from './quick-client.fixture.ts'

describe('trouble', () => {
  it.each<[string, Answer]>([
    ['500', 500],
    ['429 without Retry-After', 429],
    ['no answer, nothing stored', 'gone'],
    ['no answer, but stored', 'cut'],
    ['garbage with status 200', { status: 200, body: '<html>Welcome</html>' }],
    ['an answer of somebody else', { status: 200, body: '{"ok":true}' }],
    ['a redirect', 302],
  ])('%s: the same again, under the same key, until it is taken', async (_, answer) => {
    const { client, server, told } = openQuickClient()
    server.script = [answer, answer, answer]
    const ids = trackMany(client, 10)
    expect(await client.flush()).toMatchObject({ acked: 10, pending: 0 })
    expect(server.stored).toEqual(ids)
    expect(new Set(server.headers.map((headers) => headers['idempotency-key'])).size).toBe(1)
    expect(new Set(server.bodies).size).toBe(1)
    expect(told.waits).toHaveLength(3)
    expect(client.stats()).toMatchObject({ accepted: 10, acked: 10, retries: 3, dropped: {} })
    await client.close()
  })

  it('after a failure one request at a time tries', async () => {
    const server = openFakeServer({ delayMs: 3 })
    const { client } = openQuickClient({ workers: 8, retryMaxCount: 1000 }, server)
    server.otherwise = 503
    trackMany(client, 200)
    await sleep(100)
    const before = server.requests.length
    const batches = new Set(server.headers.slice(8).map((headers) => headers['idempotency-key']))
    await sleep(100)
    expect(server.requests.length - before).toBeLessThan(40)
    expect(batches.size).toBeLessThanOrEqual(8)
    server.otherwise = 200
    await client.flush()
    expect(server.stored).toHaveLength(200)
    await client.close()
  })

  it('Retry-After holds up all batches, and flush too', async () => {
    const { client, server, told } = openQuickClient()
    server.script = [{ status: 429, headers: { 'retry-after': '0.3' } }]
    trackMany(client, 10)
    await expect.poll(() => server.requests.length, { interval: 2 }).toBe(1)
    const askedAt = performance.now()
    trackMany(client, 50, 10)
    await client.flush()
    expect(performance.now() - askedAt).toBeGreaterThan(250)
    expect(server.stored).toHaveLength(60)
    expect(told.waits[0]).toBeCloseTo(300, -1)
    await client.close()
  })

  it('a server that is back is believed at once: the others wait no longer', async () => {
    const { client, server } = openQuickClient({ retryBase: 60_000, retryCap: 60_000, random: () => 1 })
    server.script = [500, 500]
    trackMany(client, 20)
    await expect.poll(() => client.stats().retries, { interval: 2 }).toBe(2)
    const startedAt = performance.now()
    await client.flush() // cuts the pause of a minute short, once
    expect(performance.now() - startedAt).toBeLessThan(2000)
    expect(server.stored).toHaveLength(20)
    await client.close()
  })

  it('what is refused for good is dropped with its reason, and costs nothing else', async () => {
    const { client, server, told } = openQuickClient()
    server.script = [{ status: 400, body: '{"detail":"no such thing"}' }]
    trackMany(client, 20)
    await client.flush()
    expect(told.drops).toMatchObject([{ reason: 'rejected', count: 10, sample: { id: '0' } }])
    expect(told.errors[0]).toMatchObject({ code: 'refused', status: 400, retryable: false })
    expect(told.errors[0]!.sentData()).toHaveLength(10)
    expect(server.stored).toHaveLength(10)
    expect(client.stats()).toMatchObject({ accepted: 20, acked: 10, dropped: { rejected: 10 }, pending: 0 })
    await client.close()
  })

  it('413 halves the batch, and all that follow', async () => {
    const { client, server } = openQuickClient({ workers: 1 })
    server.otherwise = (ids) => (ids.length > 3 ? 413 : 200)
    const ids = trackMany(client, 40)
    await client.flush()
    expect(server.stored).toEqual(ids)
    expect(server.requests.filter(({ length }) => length > 3).map(({ length }) => length)).toEqual([10, 5])
    await client.close()
  })

  it('413 for one event drops that one', async () => {
    const { client, server, told } = openQuickClient()
    server.otherwise = (ids) => (ids.includes('13') ? 413 : 200)
    trackMany(client, 20)
    await client.flush()
    expect(told.drops).toMatchObject([{ reason: 'too-large', count: 1, sample: { id: '13' } }])
    expect(server.stored).toHaveLength(19)
    await client.close()
  })

  it('401 sends nothing more, keeps everything and says so once', async () => {
    const { client, server, told } = openQuickClient({ logger: silent })
    server.otherwise = 401
    trackMany(client, 40)
    expect(await client.flush()).toMatchObject({ acked: 0, pending: 40 })
    const sent = server.requests.length
    expect(sent).toBeLessThanOrEqual(2)
    trackMany(client, 40, 40)
    await client.flush()
    expect(server.requests).toHaveLength(sent)
    expect(told.errors).toMatchObject([{ code: 'unauthorized', status: 401 }])
    expect(client.stats()).toMatchObject({ pending: 80, dropped: {} })
    await client.close()
    expect(told.drops).toMatchObject([{ reason: 'closed', count: 80 }])
  })

  it('events that the server sets aside are acknowledged, told of, and not sent again', async () => {
    const { client, server, told } = openQuickClient()
    server.script = [
      {
        status: 200,
        body: '{"accepted":8,"restreamed":2,"faults":[{"index":1,"code":"x","message":"m"},{"index":4,"code":"x","message":"m"}]}',
      },
    ]
    trackMany(client, 10)
    expect(await client.flush()).toMatchObject({ acked: 8, rejected: 2, pending: 0 })
    expect(told.drops).toMatchObject([{ reason: 'rejected', count: 2, sample: { id: '1' } }])
    expect(server.requests).toHaveLength(1)
    await client.close()
  })

  it('without a spool a batch is given up after so many tries, counted', async () => {
    const { client, server, told } = openQuickClient({ retryMaxCount: 3 })
    server.otherwise = 500
    trackMany(client, 5)
    await client.flush()
    expect(server.requests).toHaveLength(3)
    expect(told.drops).toMatchObject([{ reason: 'expired', count: 5 }])
    expect(told.errors).toMatchObject([{ code: 'unavailable', status: 500, retryable: true }])
    await client.close()
  })

  it('a `sign` that fails is tried again', async () => {
    let calls = 0
    const sign = async () => {
      if (++calls < 3) throw new Error('not yet')
      return 'signed'
    }
    const { client, server } = openQuickClient({ sign })
    trackMany(client, 4)
    await client.flush()
    expect(server.stored).toHaveLength(4)
    expect(server.headers[0]).toMatchObject({ 'x-millrace-signature': 'signed' })
    await client.close()
  })

  it('a clock that jumps an hour back or forth holds up nothing', async () => {
    let jump = 0
    const { client, server } = openQuickClient({ now: () => Date.now() + jump })
    server.script = [500]
    trackMany(client, 10)
    await expect.poll(() => server.requests.length, { interval: 2 }).toBeGreaterThan(0)
    jump = -3600_000
    trackMany(client, 5, 10)
    await expect.poll(() => server.stored.length).toBe(15)
    jump = 3600_000
    trackMany(client, 5, 15)
    await expect.poll(() => server.stored.length).toBe(20)
    await client.close()
  })
})
