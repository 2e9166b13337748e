import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { createClientOn } from './client.ts'
import type { SdkError } from './errors.ts'
import { extras } from './extras.ts'
import { type Answer, type FakeServer, openFakeServer } from './fake-transport.fixture.ts'
import type { Platform } from './parts.ts'
import type { Client, ClientOptions, Drop } from './types.ts'

const platform = (server: FakeServer): Platform => ({
  batchSize: 10,
  batchBytes: 256 * 1024,
  environment: {},
  transport: server.transport,
  extras,
})

interface Told {
  readonly drops: Drop[]
  readonly errors: SdkError[]
  readonly waits: number[]
}

/** A client of a fake server that waits next to nothing before it tries again. */
function open(
  options: ClientOptions = {},
  server = openFakeServer(),
): { client: Client; server: FakeServer; told: Told } {
  const client = createClientOn(platform(server), {
    endpoint: 'http://127.0.0.1:1',
    apiKey: 'the-key',
    compress: 'none',
    flushInterval: 100,
    retryBase: 4,
    retryCap: 20,
    random: () => 0.5,
    ...options,
  })
  const told: Told = { drops: [], errors: [], waits: [] }
  client.on('drop', (drop) => told.drops.push(drop))
  client.on('error', (error) => told.errors.push(error))
  client.on('retry', ({ waitMs }) => told.waits.push(waitMs))
  return { client, server, told }
}

function trackMany(client: Client, count: number, from = 0): string[] {
  const ids = Array.from({ length: count }, (_, index) => String(from + index))
  for (const id of ids) client.track('thing', { n: 1 }, { id })
  return ids
}

describe('delivery', () => {
  it('sends every event once, in batches', async () => {
    const { client, server } = open()
    const ids = trackMany(client, 95)
    expect(await client.flush()).toEqual({ acked: 95, rejected: 0, spooled: 0, pending: 0 })
    expect([...server.stored].sort()).toEqual([...ids].sort())
    expect(server.requests.map(({ length }) => length)).toEqual([...Array<number>(9).fill(10), 5])
    expect(server.mostAtOnce).toBeLessThanOrEqual(2)
    await client.close()
  })

  it('writes envelopes with type, id, time and data, under a key of the batch', async () => {
    const { client, server } = open({ now: () => 1700000000000 })
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
    const { client, server } = open()
    const data = { n: 1 }
    client.track('thing', data)
    data.n = 2
    await client.close()
    expect(server.bodies[0]).toContain('{"n":1}')
  })

  it('an event waits for company no longer than flushInterval', async () => {
    const { client, server } = open({ flushInterval: 150 })
    trackMany(client, 3)
    await sleep(50)
    expect(server.requests).toEqual([])
    await expect.poll(() => server.requests, { interval: 10 }).toHaveLength(1)
    await client.close()
  })

  it('with one worker keeps the order, whatever fails', async () => {
    const { client, server } = open({ workers: 1 })
    server.script = [500, 200, 413, 'cut', 'gone', 200, 429]
    const ids = trackMany(client, 200)
    await client.flush()
    expect(server.stored).toEqual(ids)
    expect(server.mostAtOnce).toBe(1)
    await client.close()
  })

  it('flush does not wait for what comes after it', async () => {
    const server = openFakeServer({ delayMs: 5 })
    const { client } = open({}, server)
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
    const { client, server } = open({ retryBase: 1000, retryCap: 1000 })
    server.otherwise = 500
    trackMany(client, 5)
    expect(await client.flush({ timeoutMs: 20 })).toMatchObject({ acked: 0, pending: 5 })
    expect(await client.flush({ signal: AbortSignal.timeout(20) })).toMatchObject({ pending: 5 })
    expect(await client.flush({ signal: AbortSignal.abort() })).toMatchObject({ pending: 5 })
    server.otherwise = 200
    await client.close()
  })
})

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
    const { client, server, told } = open()
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
    const { client } = open({ workers: 8, retryMaxCount: 1000 }, server)
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
    const { client, server, told } = open()
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
    const { client, server } = open({ retryBase: 60_000, retryCap: 60_000, random: () => 1 })
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
    const { client, server, told } = open()
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
    const { client, server } = open({ workers: 1 })
    server.otherwise = (ids) => (ids.length > 3 ? 413 : 200)
    const ids = trackMany(client, 40)
    await client.flush()
    expect(server.stored).toEqual(ids)
    expect(server.requests.filter(({ length }) => length > 3).map(({ length }) => length)).toEqual([10, 5])
    await client.close()
  })

  it('413 for one event drops that one', async () => {
    const { client, server, told } = open()
    server.otherwise = (ids) => (ids.includes('13') ? 413 : 200)
    trackMany(client, 20)
    await client.flush()
    expect(told.drops).toMatchObject([{ reason: 'too-large', count: 1, sample: { id: '13' } }])
    expect(server.stored).toHaveLength(19)
    await client.close()
  })

  it('401 sends nothing more, keeps everything and says so once', async () => {
    const { client, server, told } = open({ logger: { debug() {}, warn() {}, error() {} } })
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
    const { client, server, told } = open()
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
    const { client, server, told } = open({ retryMaxCount: 3 })
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
    const { client, server } = open({ sign })
    trackMany(client, 4)
    await client.flush()
    expect(server.stored).toHaveLength(4)
    expect(server.headers[0]).toMatchObject({ 'x-millrace-signature': 'signed' })
    await client.close()
  })

  it('a clock that jumps an hour back or forth holds up nothing', async () => {
    let jump = 0
    const { client, server } = open({ now: () => Date.now() + jump })
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

describe('a full backlog', () => {
  const options = { backlogSize: 20, batchSize: 5, retryBase: 1000, retryMaxCount: 100 }

  it.each([
    ['reject' as const, 20, 30],
    ['drop-newest' as const, 20, 30],
  ])('%s: what is there stays', async (onFull, kept, dropped) => {
    const { client, server, told } = open({ ...options, onFull })
    server.otherwise = 500
    const answers = Array.from({ length: 50 }, (_, id) => client.track('thing', {}, { id: String(id) }))
    expect(answers).toEqual([...Array<boolean>(19).fill(true), ...Array<boolean>(31).fill(false)])
    expect(client.stats()).toMatchObject({ accepted: kept, dropped: { full: dropped } })
    expect(told.drops[0]).toMatchObject({ reason: 'full', count: 1, sample: { id: '20' } })
    server.otherwise = 200
    await client.flush()
    expect(server.stored).toHaveLength(kept)
    await client.close()
  })

  it('drop-oldest: the newest stay', async () => {
    const { client, server, told } = open({ ...options, onFull: 'drop-oldest' })
    const ids = trackMany(client, 50)
    await client.flush()
    expect(server.stored.toSorted()).toEqual(ids.slice(30).toSorted())
    expect(told.drops.map(({ sample }) => sample.id)).toEqual(ids.slice(0, 30))
    await client.close()
  })

  it('is full by bytes too', async () => {
    const { client, server } = open({ backlogBytes: 4096 })
    const answers = Array.from({ length: 10 }, () => client.track('thing', { text: 'x'.repeat(900) }))
    expect(answers.filter(Boolean).length).toBe(3)
    await client.flush()
    expect(server.stored).toHaveLength(4)
    await client.close()
  })

  it('ready() resolves when there is room, so that a fast source loses nothing', async () => {
    const { client, server, told } = open({ ...options, onFull: 'reject' }, openFakeServer({ delayMs: 1 }))
    for (let n = 0; n < 300; n++) if (!client.track('thing', { n })) await client.ready()
    await client.flush()
    expect(server.stored).toHaveLength(300)
    expect(told.drops).toEqual([])
    await client.close()
  })
})

describe('what is tracked', () => {
  it('is refused, counted and never thrown where it is no event', async () => {
    const { client, told } = open()
    const huge = { text: 'x'.repeat(1024 * 1024) }
    const wrong: [unknown, unknown, unknown?][] = [
      ['', {}],
      ['x'.repeat(129), {}],
      [7, {}],
      ['t', 'no JSON'],
      ['t', [1]],
      ['t', null],
      ['t', {}, { id: '' }],
      ['t', {}, { time: Number.NaN }],
      ['t', {}, { time: Symbol('now') }],
      ['t', {}, null],
    ]
    for (const args of wrong) expect(client.track(...(args as [string, object]))).toBe(false)
    expect(client.track('t', huge)).toBe(false)
    expect(told.drops.map(({ reason }) => reason)).toEqual([...wrong.map(() => 'invalid'), 'too-large'])
    await client.close()
  })

  it('is thrown of at debug level 2', async () => {
    const { client } = open({ debugLevel: 2, logger: { debug() {}, warn() {}, error() {} } })
    expect(() => client.track('', {})).toThrow('An event type has 1 to 128 characters')
    await client.close()
  })

  it('passes beforeSend, which may change or drop it', async () => {
    const { client, server, told } = open({
      beforeSend: (event) => {
        if (event.type === 'secret') return null
        if (event.type === 'bad') throw new Error('mine')
        return { ...event, data: { ...event.data, card: undefined } }
      },
    })
    expect(client.track('order', { id: 1, card: '4242' })).toBe(true)
    expect(client.track('order', '{"id":2,"card":"4242"}')).toBe(true)
    expect(client.track('secret', {})).toBe(true)
    expect(client.track('bad', {})).toBe(false)
    await client.close()
    expect(server.bodies.join()).not.toContain('4242')
    expect(told.drops.map(({ reason }) => reason)).toEqual(['filtered', 'invalid'])
    expect(client.stats()).toMatchObject({ accepted: 2, filtered: 1 })
  })

  it('gets the context, unless it has one', async () => {
    let page = 'a'
    const { client, server } = open({ context: () => ({ page }) })
    client.track('view', { n: 1 })
    page = 'b'
    client.track('view', { n: 2 })
    client.track('view', { context: 'own' })
    await client.close()
    const data = server.bodies[0]!.trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { data: unknown }).data)
    expect(data).toEqual([{ context: { page: 'a' }, n: 1 }, { context: { page: 'b' }, n: 2 }, { context: 'own' }])
  })

  it('is sampled', async () => {
    let drawn = 0
    const { client } = open({ sampleRate: 0.25, random: () => (drawn++ % 4) / 4 })
    trackMany(client, 40)
    expect(client.stats()).toMatchObject({ accepted: 10, dropped: { sampled: 30 } })
    await client.close()
  })
})

describe('values', () => {
  it('go into the bucket that is set, with their kinds apart', async () => {
    const { client, server } = open({ bucket: { key: 'house' }, now: () => 2_000_000 })
    client.log('temperature', 21.5)
    client.log('door', true, 1_700_000_000)
    client.log('note', 'hi', 1_700_000_000_500)
    client.log('odd', { a: 1n })
    expect(client.setBucket({ key: 'garden' })).toBe('garden')
    expect(client.logObject({ a: 1, b: 2 }, 'p')).toBe(2)
    expect(client.bucket('roof').logObject(new Map([['x', 1]]))).toBe(1)
    await client.close()
    const rows = server.bodies[0]!.trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; time: number; data: object })
    expect(rows.map(({ type, time, data }) => [type, time, data])).toEqual([
      ['house', 2_000_000, { key: 'temperature', value: 21.5, value_type: 'number', epoch: 2000 }],
      ['house', 1_700_000_000_000, { key: 'door', value: true, value_type: 'boolean', epoch: 1_700_000_000 }],
      ['house', 1_700_000_000_500, { key: 'note', value: 'hi', value_type: 'string', epoch: 1_700_000_000.5 }],
      ['house', 2_000_000, { key: 'odd', value: '{"a":"1"}', value_type: 'json', epoch: 2000 }],
      ['garden', 2_000_000, { key: 'p_a', value: 1, value_type: 'number', epoch: 2000 }],
      ['garden', 2_000_000, { key: 'p_b', value: 2, value_type: 'number', epoch: 2000 }],
      ['roof', 2_000_000, { key: 'dict_x', value: 1, value_type: 'number', epoch: 2000 }],
    ])
  })
})

describe('the end', () => {
  it('close sends what there is, then takes nothing more', async () => {
    const { client, server, told } = open()
    trackMany(client, 15)
    expect(await client.close()).toEqual({ acked: 15, rejected: 0, spooled: 0, pending: 0 })
    expect(client.track('late', {})).toBe(false)
    expect(told.drops).toMatchObject([{ reason: 'closed', count: 1, sample: { stream: 'late' } }])
    expect(server.stored).toHaveLength(15)
    expect(await client.stop()).toMatchObject({ acked: 15 })
  })

  it('close does not wait for a dead server longer than told, and counts what is lost', async () => {
    const { client, server, told } = open({ retryMaxCount: 1000 })
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
      await using client = open({}, server).client
      trackMany(client, 3)
    }
    expect(server.stored).toHaveLength(3)
  })

  it('sync without a spool says that nothing is on disk', async () => {
    const { client } = open()
    await client.sync()
    trackMany(client, 3)
    await expect(client.sync()).rejects.toMatchObject({ code: 'spool' })
    await client.close()
  })

  it('drain is told when nothing waits any more', async () => {
    const { client } = open()
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
    const { client, server } = open()
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
    const { client } = open({ debugLevel: 3, logger, authKey: 'top-secret' }, server)
    client.track('thing', { note: 'the-key and top-secret' })
    await client.close()
    expect(lines.length).toBeGreaterThan(3)
    expect(lines.join()).toContain('***')
    expect(lines.join()).not.toMatch(/the-key|top-secret/)
  })

  it('a listener that throws harms nobody', async () => {
    const { client, server } = open({ logger: { debug() {}, warn() {}, error() {} } })
    client.on('send', () => {
      throw new Error('mine')
    })
    trackMany(client, 3)
    await client.close()
    expect(server.stored).toHaveLength(3)
  })

  it('options that cannot be are said and replaced', async () => {
    const warnings: string[] = []
    const { client, server } = open({
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
    const make = (options: ClientOptions) => () => createClientOn(platform(openFakeServer()), options)
    expect(make({ apiKey: 'k' })).toThrow('The client needs endpoint')
    expect(make({ endpoint: 'http://x' })).toThrow('The client needs apiKey')
    expect(make({ endpoint: 'x:4700', apiKey: 'k' })).toThrow('begins with http')
  })
})
