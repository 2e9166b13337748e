/** What a client takes, and what it does with what it has no room for. */
import { describe, expect, it } from 'vitest'
import { openFakeServer } from './fake-transport.fixture.ts'
import { openQuickClient, silent, trackMany } from './quick-client.fixture.ts'

describe('a full backlog', () => {
  const options = { backlogSize: 20, batchSize: 5, retryBase: 1000, retryMaxCount: 100 }

  it.each([
    ['reject' as const, 20, 30],
    ['drop-newest' as const, 20, 30],
  ])('%s: what is there stays', async (onFull, kept, dropped) => {
    const { client, server, told } = openQuickClient({ ...options, onFull })
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
    const { client, server, told } = openQuickClient({ ...options, onFull: 'drop-oldest' })
    const ids = trackMany(client, 50)
    await client.flush()
    expect(server.stored.toSorted()).toEqual(ids.slice(30).toSorted())
    expect(told.drops.map(({ sample }) => sample.id)).toEqual(ids.slice(0, 30))
    await client.close()
  })

  it('is full by bytes too', async () => {
    const { client, server } = openQuickClient({ backlogBytes: 4096 })
    const answers = Array.from({ length: 10 }, () => client.track('thing', { text: 'x'.repeat(900) }))
    expect(answers.filter(Boolean).length).toBe(3)
    await client.flush()
    expect(server.stored).toHaveLength(4)
    await client.close()
  })

  it('ready() resolves when there is room, so that a fast source loses nothing', async () => {
    const { client, server, told } = openQuickClient({ ...options, onFull: 'reject' }, openFakeServer({ delayMs: 1 }))
    for (let n = 0; n < 300; n++) if (!client.track('thing', { n })) await client.ready()
    await client.flush()
    expect(server.stored).toHaveLength(300)
    expect(told.drops).toEqual([])
    await client.close()
  })
})

describe('ready()', () => {
  const full = { backlogSize: 20, batchSize: 5, onFull: 'reject' } as const

  it('waits no longer where the key lets nothing in: there will be no room', async () => {
    const { client, server } = openQuickClient({ ...full, logger: silent })
    server.otherwise = 401
    trackMany(client, 20)
    await client.ready()
    expect(client.stats().pending).toBe(20)
    await client.close()
  })

  it('waits no longer once the client is closed', async () => {
    const { client, server } = openQuickClient({ ...full, retryMaxCount: 1000 })
    server.otherwise = 'gone'
    trackMany(client, 20)
    const ready = client.ready()
    await client.close({ timeoutMs: 20 })
    await ready
    await client.ready()
  })
})

describe('what is tracked', () => {
  it('is refused, counted and never thrown where it is no event', async () => {
    const { client, told } = openQuickClient()
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
    const { client } = openQuickClient({ debugLevel: 2, logger: silent })
    expect(() => client.track('', {})).toThrow('An event type has 1 to 128 characters')
    await client.close()
  })

  it('passes beforeSend, which may change or drop it', async () => {
    const { client, server, told } = openQuickClient({
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
    const { client, server } = openQuickClient({ context: () => ({ page }) })
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
    const { client } = openQuickClient({ sampleRate: 0.25, random: () => (drawn++ % 4) / 4 })
    trackMany(client, 40)
    expect(client.stats()).toMatchObject({ accepted: 10, dropped: { sampled: 30 } })
    await client.close()
  })
})

describe('values', () => {
  it('a name of their bucket that cannot be signed at first is told later', async () => {
    let calls = 0
    const sign = async () => {
      if (++calls === 1) throw new Error('not yet')
      return 'signed'
    }
    const { client, server } = openQuickClient({ sign })
    client.setBucket({ key: 'house', name: 'House' })
    await expect.poll(() => server.bodies).toEqual(['{"name":"House"}'])
    await client.close()
  })

  it('go into the bucket that is set, with their kinds apart', async () => {
    const { client, server } = openQuickClient({ bucket: { key: 'house' }, now: () => 2_000_000 })
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
