import { createHmac } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import type { EventStorage, Logger, StoredEvent } from '../types.ts'
import { IronSourceAtom } from './atom.ts'
import { IronSourceAtomTracker, type TrackerOptions } from './atom-tracker.ts'
import { openFakeServer, quick } from './fake-server.ts'

const endpoint = 'http://127.0.0.1:1/'
const hmac = (data: string, key = 'secret') => createHmac('sha256', key).update(data).digest('hex')

describe("Atom's low-level client", () => {
  const open = (server: ReturnType<typeof openFakeServer>, auth = 'secret') =>
    new IronSourceAtom({ endpoint, auth, transport: server.transport })

  it('signs the exact text of the data', async () => {
    const server = openFakeServer({ body: '{"Status":"OK"}' })
    const answer = await open(server).putEvent({ stream: 'cluster.public.demo', data: { id: 1, name: 'ü"' } })
    expect(answer).toEqual({ status: 200, error: null, data: '{"Status":"OK"}' })
    const data = '{"id":1,"name":"ü\\""}'
    expect(server.asked[0]).toMatchObject({ method: 'POST', url: endpoint })
    expect(JSON.parse(server.asked[0]!.body)).toEqual({ table: 'cluster.public.demo', data, auth: hmac(data) })
  })

  it('sends text as it stands, with the key of the call before its own', async () => {
    const server = openFakeServer()
    await open(server).putEvent({ stream: 's', data: '{ "id":1}', authKey: 'other' })
    expect(JSON.parse(server.asked[0]!.body)).toEqual({
      table: 's',
      data: '{ "id":1}',
      auth: hmac('{ "id":1}', 'other'),
    })
  })

  it('leaves the signature out where there is no key', async () => {
    const server = openFakeServer()
    await open(server, '').putEvent({ stream: 's', data: '{}' })
    expect(JSON.parse(server.asked[0]!.body)).toEqual({ table: 's', data: '{}' })
  })

  it('sends by GET in base64', async () => {
    const server = openFakeServer()
    await open(server).putEvents({ stream: 's', data: [{ a: '>>>???' }], method: 'get' })
    const { method, url, body } = server.asked[0]!
    expect([method, body, new URL(url).pathname]).toEqual(['GET', '', '/bulk'])
    const envelope = Buffer.from(new URL(url).searchParams.get('data')!, 'base64').toString()
    const data = '[{"a":">>>???"}]'
    expect(JSON.parse(envelope)).toEqual({ table: 's', data, auth: hmac(data), bulk: true })
  })

  it('posts bulks to their own address, also where the endpoint has no slash', async () => {
    const server = openFakeServer()
    const atom = new IronSourceAtom({ endpoint: 'http://127.0.0.1:1/atom', transport: server.transport })
    await atom.putEvents({ stream: 's', data: [{ n: 1 }, '{"n":2}'] })
    expect(server.asked[0]!.url).toBe('http://127.0.0.1:1/atom/bulk')
    expect(JSON.parse(server.asked[0]!.body)).toEqual({ table: 's', data: '[{"n":1},"{\\"n\\":2}"]', bulk: true })
  })

  it('answers with what the server says, and with 500 where nobody does', async () => {
    const server = openFakeServer({ status: 401, body: '{"Target Stream": "Permission denied"}' }, 'none')
    const atom = open(server)
    const put = () => atom.putEvent({ stream: 's', data: { a: 1 } })
    expect(await put()).toEqual({ status: 401, error: '{"Target Stream": "Permission denied"}', data: null })
    expect(await put()).toEqual({ status: 500, error: 'No connection to server', data: null })
  })

  it.each([
    ['no stream', { stream: '', data: { a: 1 } }],
    ['no data', { stream: 's', data: '' }],
  ])('throws for %s', async (_, parameters) => {
    const server = openFakeServer()
    await expect(open(server).putEvent(parameters)).rejects.toMatchObject({ code: 'misuse' })
    expect(server.asked).toEqual([])
  })

  it('throws for what is no list, an empty list, and data that is no JSON', async () => {
    const atom = open(openFakeServer())
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    for (const data of [[], 'text', { a: 1 }] as string[][])
      await expect(atom.putEvents({ stream: 's', data })).rejects.toMatchObject({ code: 'misuse' })
    await expect(atom.putEvent({ stream: 's', data: circular })).rejects.toMatchObject({ code: 'misuse' })
  })
})

describe("Atom's tracker", () => {
  const open = (
    server: ReturnType<typeof openFakeServer>,
    options: Partial<TrackerOptions> = {},
    logger: Logger = quiet,
  ) => {
    const said: unknown[][] = []
    const callback = (...about: unknown[]) => void said.push(about)
    const tracker = new IronSourceAtomTracker(
      { endpoint, auth: 'secret', callback, ...options },
      { ...quick, logger, transport: server.transport },
    )
    return { tracker, said }
  }
  const quiet = { debug() {}, warn() {}, error() {} }
  const envelopesOf = ({ asked }: ReturnType<typeof openFakeServer>) =>
    asked.map(({ body }) => JSON.parse(body) as { table: string; data: string; auth: string; bulk: boolean })

  it('sends a bulk for each stream and key, signed over the exact text', async () => {
    const server = openFakeServer()
    const { tracker } = open(server)
    tracker.track('one', { n: 1 })
    tracker.track('two', { n: 2 }, 'other')
    tracker.track('one', '{"n": 3}')
    tracker.track('one', 'no JSON')
    await tracker.stop()
    const [one, two] = envelopesOf(server)
    const data = '[{"n":1},{"n": 3},{"value":"no JSON"}]'
    expect(one).toEqual({ table: 'one', data, auth: hmac(data), bulk: true })
    expect(two).toEqual({ table: 'two', data: '[{"n":2}]', auth: hmac('[{"n":2}]', 'other'), bulk: true })
    expect(server.asked.every(({ url }) => url === `${endpoint}bulk`)).toBe(true)
  })

  it('sends at so many events, or so many bytes', async () => {
    const server = openFakeServer()
    const { tracker } = open(server, { batchSize: 3 })
    for (let n = 0; n < 6; n++) tracker.track('s', { n })
    await vi.waitFor(() => expect(envelopesOf(server).map(({ data }) => JSON.parse(data).length)).toEqual([3, 3]), 1000)
    await tracker.stop()
    const bytes = openFakeServer()
    const { tracker: other } = open(bytes, { batchBytesSize: 2048 })
    for (let n = 0; n < 6; n++) other.track('s', { text: 'x'.repeat(800) })
    await vi.waitFor(() => expect(bytes.asked.length).toBeGreaterThanOrEqual(2), 1000)
    await other.stop()
    for (const { data } of envelopesOf(bytes)) expect(data.length).toBeLessThanOrEqual(2048)
  })

  it.each([
    ['batchSize', 0],
    ['batchSize', 2001],
    ['batchBytesSize', 512 * 1024 + 1],
    ['flushInterval', 999],
  ])('takes the default where %s is %i, and says so', (name, value) => {
    const warnings: string[] = []
    open(openFakeServer(), { [name]: value }, { ...quiet, warn: (line) => void warnings.push(line) })
    expect(warnings).toEqual([expect.stringMatching(new RegExp(`${name} .* ${value}: \\d+ is used`))])
  })

  it('tries again on 5xx and lost connections, with identical bytes', async () => {
    const server = openFakeServer({ status: 503 }, 'none', { status: 500 })
    const { tracker, said } = open(server)
    tracker.track('s', { n: 1 })
    await tracker.flush()
    expect(server.asked).toHaveLength(4)
    expect(new Set(server.asked.map(({ body }) => body)).size).toBe(1)
    expect(said).toEqual([])
    await tracker.stop()
  })

  it('tells the callback of a refused bulk, and goes on with other streams', async () => {
    const server = openFakeServer({ status: 401, body: 'Permission denied' })
    const { tracker, said } = open(server)
    tracker.track('wrong', { n: 1 })
    tracker.track('wrong', { n: 2 })
    await tracker.flush()
    tracker.track('right', { n: 3 })
    await tracker.stop()
    expect(said).toEqual([[expect.any(Number), 401, 'Permission denied', '[{"n":1},{"n":2}]', 'wrong']])
    expect(Math.abs((said[0]![0] as number) - Date.now() / 1000)).toBeLessThan(10)
    expect(envelopesOf(server).map(({ table }) => table)).toEqual(['wrong', 'right'])
  })

  it('gives up after so many tries where it does not try for ever', async () => {
    const server = openFakeServer('none', 'none', 'none', 'none')
    const { tracker, said } = open(server, { retryForever: false, retryMaxCount: 3 })
    tracker.track('s', { n: 1 })
    await tracker.flush()
    expect(server.asked).toHaveLength(3)
    expect(said).toEqual([[expect.any(Number), 500, expect.stringContaining('refused'), '[{"n":1}]', 's']])
    await tracker.stop()
  })

  it('tells the callback of an event that no server would take', async () => {
    const { tracker, said } = open(openFakeServer({ status: 413 }))
    tracker.track('s', { n: 1 })
    await tracker.flush()
    expect(said).toEqual([[expect.any(Number), 413, 'Dropped: too-large', '{"n":1}', 's']])
    await tracker.stop()
  })

  it('keeps its events in a storage of your own, and removes them after the answer', async () => {
    const kept = new Map<string, StoredEvent[]>()
    const storage: EventStorage = {
      addEvent: (event) => {
        kept.set(event.stream, [...(kept.get(event.stream) ?? []), event])
        return true
      },
      getEvent: (stream, max) => (kept.get(stream) ?? []).slice(0, max),
      removeEvent: (stream, ids) => {
        kept.set(
          stream,
          (kept.get(stream) ?? []).filter(({ id }) => !ids.includes(id)),
        )
      },
      isEmpty: () => [...kept.values()].every((events) => events.length === 0),
    }
    const server = openFakeServer({ status: 500 })
    const { tracker } = open(server, { eventBacklog: storage, batchSize: 2 })
    for (let n = 0; n < 3; n++) tracker.track('s', { n })
    expect(kept.get('s')).toHaveLength(3)
    await tracker.flush()
    await vi.waitFor(() => expect(storage.isEmpty()).toBe(true), 5000)
    await tracker.stop()
    const sent = new Set(
      envelopesOf(server).flatMap(({ data }) => (JSON.parse(data) as { n: number }[]).map(({ n }) => n)),
    )
    expect([...sent].sort()).toEqual([0, 1, 2])
  })
})
