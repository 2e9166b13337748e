import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { openFakeServer } from './fake-transport.fixture.ts'
import { openQuickClient } from './quick-client.fixture.ts'
import { storageSpool } from './storage.ts'
import type { ClientOptions, EventStorage, StoredEvent } from './types.ts'

interface FakeStorage extends EventStorage {
  readonly events: Map<string, StoredEvent[]>
  /** What it is asked to do next fails with this. */
  broken: Set<keyof EventStorage>
}

/** A storage in memory whose answers come late, as those of a database do. */
function openStorage({ max = 1000, delayMs = 1, isSync = false } = {}): FakeStorage {
  const events = new Map<string, StoredEvent[]>()
  const broken = new Set<keyof EventStorage>()
  const later = async <T>(name: keyof EventStorage, work: () => T): Promise<T> => {
    await sleep(delayMs)
    if (broken.has(name)) throw new Error(`${name} is broken`)
    return work()
  }
  const size = () => [...events.values()].reduce((sum, own) => sum + own.length, 0)
  const add = (event: StoredEvent) => {
    if (size() >= max) return false
    events.set(event.stream, [...(events.get(event.stream) ?? []), event])
    return true
  }
  return {
    events,
    broken,
    addEvent: (event) => (isSync ? add(event) : later('addEvent', () => add(event))),
    getEvent: (stream, most) => later('getEvent', () => (events.get(stream) ?? []).slice(0, most)),
    removeEvent: (stream, ids) =>
      later('removeEvent', () => {
        events.set(
          stream,
          events.get(stream)!.filter(({ id }) => !ids.includes(id)),
        )
      }),
    isEmpty: () => size() === 0,
    streams: () => events.keys(),
  }
}

function open(storage: EventStorage, options: ClientOptions = {}) {
  const { client, server, told } = openQuickClient({ storage, ...options }, openFakeServer(), {
    openSpool: (_, __, events) => storageSpool(storage)(events),
  })
  return { client, server, drops: told.drops, errors: () => told.errors.map(({ message }) => message) }
}

const rest = (storage: FakeStorage) => [...storage.events.values()].flat().length

describe.each([true, false])('a storage of the user (synchronous: %s)', (isSync) => {
  it('holds every event until it is answered for, in the order of each stream, once', async () => {
    const storage = openStorage({ isSync })
    const { client, server } = open(storage)
    const ids = Array.from({ length: 100 }, (_, id) => String(id))
    server.script = [500, 'gone', 200, 500]
    for (const id of ids) client.track(Number(id) % 2 ? 'odd' : 'even', {}, { id })
    await expect.poll(() => server.stored.length).toBe(100)
    await expect.poll(() => rest(storage)).toBe(0)
    const odd = (id: string) => Number(id) % 2 === 1
    expect(server.stored.filter(odd)).toEqual(ids.filter(odd))
    expect(server.stored.filter((id) => !odd(id))).toEqual(ids.filter((id) => !odd(id)))
    await client.close()
  })

  it('is emptied of what it held before', async () => {
    const storage = openStorage({ isSync })
    const old = Array.from({ length: 35 }, (_, id) => ({ stream: 'old', id: String(id), time: 1, data: '{}' }))
    storage.events.set('old', old)
    const { client, server } = open(storage)
    await expect.poll(() => server.stored.length).toBe(35)
    await expect.poll(() => rest(storage)).toBe(0)
    await client.close()
  })

  it('that is full costs what it does not take, counted', async () => {
    const { client, server } = open(openStorage({ isSync, max: 5 }))
    for (let id = 0; id < 8; id++) client.track('s', {})
    await expect.poll(() => client.stats().dropped.full).toBe(3)
    await expect.poll(() => server.stored.length).toBe(5)
    await client.close()
  })
})

it.each([true, false])(
  'flush waits for what is in the storage, or on its way there (synchronous: %s)',
  async (isSync) => {
    const { client, server } = open(openStorage({ isSync }))
    for (let id = 0; id < 50; id++) client.track('s', {})
    expect(await client.flush()).toMatchObject({ acked: 50 })
    expect(server.stored).toHaveLength(50)
    await client.close()
  },
)

describe('a storage that fails', () => {
  it.each([
    ['late', openStorage()],
    ['at once', { ...openStorage(), addEvent: () => fail() }],
  ])('to take an event (%s) is told of, and the event counted', async (_, storage) => {
    const { client, errors, drops } = open(storage)
    if ('broken' in storage) (storage as FakeStorage).broken.add('addEvent')
    client.track('s', {}, { id: 'one' })
    await expect.poll(errors).toEqual(['The storage could not take an event'])
    await expect.poll(() => drops).toMatchObject([{ reason: 'full', count: 1, sample: { id: 'one' } }])
    expect(await client.flush()).toMatchObject({ acked: 0, pending: 0 })
    await client.close()
  })

  it('to remove what was sent is told of and asked again, and nothing is sent twice', async () => {
    const storage = openStorage({ isSync: true })
    storage.broken.add('removeEvent')
    const { client, server, errors } = open(storage)
    for (let id = 0; id < 15; id++) client.track('s', {})
    await expect.poll(errors).toEqual(['The storage could not remove events that were sent'])
    await sleep(50)
    expect(server.requests).toHaveLength(1)
    storage.broken.clear()
    await expect.poll(() => server.stored.length, { timeout: 5000 }).toBe(15)
    expect(server.requests).toHaveLength(2)
    await client.close()
  })

  it('to be read is told of, and read again by itself', async () => {
    const storage = openStorage({ isSync: true })
    storage.broken.add('getEvent')
    const { client, server, errors } = open(storage)
    client.track('s', {})
    await expect.poll(errors).toContain('The storage could not be read')
    expect(await client.flush()).toMatchObject({ acked: 0 }) // nobody waits for what cannot be read
    storage.broken.clear()
    await expect.poll(() => server.stored.length, { timeout: 5000 }).toBe(1)
    await client.close()
  })
})

function fail(): never {
  throw new Error('broken')
}
