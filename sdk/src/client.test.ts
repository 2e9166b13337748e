/** A client from its first event to its end, where nothing goes wrong. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { createClientOn } from './client.ts'
import { openFakeServer } from './fake-transport.fixture.ts'
import { openQuickClient, platformOf, silent, trackMany } from './quick-client.fixture.ts'
import type { ClientOptions } from './types.ts'

describe('delivery', () => {
  it('sends every event once, in batches', async () => {
    const { client, server } = openQuickClient()
    const ids = trackMany(client, 95)
    expect(await client.flush()).toEqual({ acked: 95, rejected: 0, spooled: 0, pending: 0 })
    expect([...server.stored].sort()).toEqual([...ids].sort())
    expect(server.requests.map(({ length }) => length)).toEqual([...Array<number>(9).fill(10), 5])
    expect(server.mostAtOnce).toBeLessThanOrEqual(2)
    await client.close()
  })

  it('writes envelopes with type, id, time and data, under a key of the batch', async () => {
    const { client, server } = openQuickClient({ now: () => 1700000000000 })
    client.track('order', { total: 7 })
    client.track('a "type"', '{"n":1.0}', { id: 'own', time: new Date(5) })
    await client.close()
    const [first, second] = server.bodies[0]!.split('\n')
    expect(first).toMatch(
      /^\{"type":"order","id":"[0-9a-f]{12}-[0-9a-z]+-0","time":1700000000000,"data":\{"total":7\}\}$/,
    )
    expect(second).toBe('{"type":"a \\"type\\"","id":"own","time":5,"data":{"n":1.0}}')
    expect(server.headers[0]).toMatchObject({ authorization: 'Bearer the-key', 'content-type': 'application/x-ndjson' })
    expect(server.headers[0]!['idempotency-key']).toMatch(/.{10}/)
  })

  it('does not mind what happens to the data after the call', async () => {
    const { client, server } = openQuickClient()
    const data = { n: 1 }
    client.track('thing', data)
    data.n = 2
    await client.close()
    expect(server.bodies[0]).toContain('{"n":1}')
  })

  it('an event waits for company no longer than flushInterval', async () => {
    const { client, server } = openQuickClient({ flushInterval: 150 })
    trackMany(client, 3)
    await sleep(50)
    expect(server.requests).toEqual([])
    await expect.poll(() => server.requests, { interval: 10 }).toHaveLength(1)
    await client.close()
  })

  it('with one worker keeps the order, whatever fails', async () => {
    const { client, server } = openQuickClient({ workers: 1 })
    server.script = [500, 200, 413, 'cut', 'gone', 200, 429]
    const ids = trackMany(client, 200)
    await client.flush()
    expect(server.stored).toEqual(ids)
    expect(server.mostAtOnce).toBe(1)
    await client.close()
  })

  it('flush does not wait for what comes after it', async () => {
    const server = openFakeServer({ delayMs: 5 })
    const { client } = openQuickClient({}, server)
    trackMany(client, 20)
    let later = 100
    const stream = setInterval(() => {
      later += 20
      trackMany(client, 20, later)
    }, 1)
    await client.flush()
    expect(client.stats().pending).toBeGreaterThan(0)
    clearInterval(stream)
    await client.close()
  })

  it('flush ends at its time and at its signal, and says what is pending', async () => {
    const { client, server } = openQuickClient({ retryBase: 1000, retryCap: 1000 })
    server.otherwise = 500
    trackMany(client, 5)
    expect(await client.flush({ timeoutMs: 20 })).toMatchObject({ acked: 0, pending: 5 })
    expect(await client.flush({ signal: AbortSignal.timeout(20) })).toMatchObject({ pending: 5 })
    expect(await client.flush({ signal: AbortSignal.abort() })).toMatchObject({ pending: 5 })
    server.otherwise = 200
    await client.close()
  })
})

describe('the end', () => {
  it('close sends what there is, then takes nothing more', async () => {
    const { client, server, told } = openQuickClient()
    trackMany(client, 15)
    expect(await client.close()).toEqual({ acked: 15, rejected: 0, spooled: 0, pending: 0 })
    expect(client.track('late', {})).toBe(false)
    expect(told.drops).toMatchObject([{ reason: 'closed', count: 1, sample: { stream: 'late' } }])
    expect(server.stored).toHaveLength(15)
    expect(await client.stop()).toMatchObject({ acked: 15 })
  })

  it('close does not wait for a dead server longer than told, and counts what is lost', async () => {
    const { client, server, told } = openQuickClient({ retryMaxCount: 1000 })
    server.otherwise = 'gone'
    trackMany(client, 15)
    const startedAt = performance.now()
    await client.close({ timeoutMs: 60 })
    expect(performance.now() - startedAt).toBeLessThan(1000)
    expect(told.drops).toMatchObject([{ reason: 'closed', count: 15 }])
    const sent = server.requests.length
    await sleep(60)
    expect(server.requests).toHaveLength(sent)
  })

  it('`await using` closes', async () => {
    const server = openFakeServer()
    {
      await using client = openQuickClient({}, server).client
      trackMany(client, 3)
    }
    expect(server.stored).toHaveLength(3)
  })

  it('sync without a spool says that nothing is on disk', async () => {
    const { client } = openQuickClient()
    await client.sync()
    trackMany(client, 3)
    await expect(client.sync()).rejects.toMatchObject({ code: 'spool' })
    await client.close()
  })

  it('drain is told when nothing waits any more', async () => {
    const { client } = openQuickClient()
    const drained = vi.fn()
    client.on('drain', drained)
    trackMany(client, 35)
    await client.flush()
    await sleep(0)
    expect(drained).toHaveBeenCalledTimes(1)
    await client.close()
  })
})

describe('one request now', () => {
  it('answers, or rejects with what the server said', async () => {
    const { client, server } = openQuickClient()
    expect(await client.putEvents('thing', [{ n: 1 }, '{"n":2}'])).toEqual({ status: 200, accepted: 2, rejected: 0 })
    server.script = [503]
    await expect(client.putEvent('thing', { n: 3 })).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    await expect(client.putEvent('thing', 'no JSON')).rejects.toMatchObject({ code: 'misuse' })
    await expect(client.putEvents('thing', [])).rejects.toMatchObject({ code: 'misuse' })
    expect(server.requests).toHaveLength(2)
    await client.close()
  })
})

describe('what is said', () => {
  it('never shows a key', async () => {
    const lines: string[] = []
    const logger = {
      debug: (line: string) => lines.push(line),
      warn: (line: string) => lines.push(line),
      error: (line: string) => lines.push(line),
    }
    const server = openFakeServer()
    server.script = [500]
    const { client } = openQuickClient({ debugLevel: 3, logger, authKey: 'top-secret' }, server)
    client.track('thing', { note: 'the-key and top-secret' })
    await client.close()
    expect(lines.length).toBeGreaterThan(3)
    expect(lines.join()).toContain('***')
    expect(lines.join()).not.toMatch(/the-key|top-secret/)
  })

  it('a listener that throws harms nobody', async () => {
    const { client, server } = openQuickClient({ logger: silent })
    client.on('send', () => {
      throw new Error('mine')
    })
    trackMany(client, 3)
    await client.close()
    expect(server.stored).toHaveLength(3)
  })

  it('options that cannot be are said and replaced', async () => {
    const warnings: string[] = []
    const { client, server } = openQuickClient({
      batchSize: 0,
      workers: 99,
      logger: { debug() {}, warn: (line) => warnings.push(line), error() {} },
    })
    trackMany(client, 10)
    await client.close()
    expect(warnings).toEqual([
      'millrace: batchSize has to be from 1 to 2000, and is 0: 10 is used',
      'millrace: workers has to be from 1 to 8, and is 99: 2 is used',
    ])
    expect(server.stored).toHaveLength(10)
  })

  it('a missing address or key is thrown at once', () => {
    const make = (options: ClientOptions) => () => createClientOn(platformOf(openFakeServer()), options)
    expect(make({ apiKey: 'k' })).toThrow('The client needs endpoint')
    expect(make({ endpoint: 'http://x' })).toThrow('The client needs apiKey')
    expect(make({ endpoint: 'x:4700', apiKey: 'k' })).toThrow('begins with http')
  })
})
