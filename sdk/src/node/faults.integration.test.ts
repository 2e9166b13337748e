/** The SDK in Node against a real server that fails in every way it can: nothing is lost, and it is not stormed. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Fault, openFaultySink } from '../faulty-sink.fixture.ts'
import type { Client } from '../types.ts'
import { useFaultyPlace } from './faulty-place.fixture.ts'

const place = useFaultyPlace({ flushInterval: 100, retryBase: 50, retryCap: 400 })
const { open } = place

async function trackFor(client: Client, ms: number, state = { count: 0 }): Promise<number> {
  const end = performance.now() + ms
  while (performance.now() < end) {
    for (let n = 0; n < 10; n++) client.track('thing', { text: 'x'.repeat(200) }, { id: String(state.count++) })
    await sleep(5)
  }
  return state.count
}

const recovering: Fault[] = [
  '500',
  '429',
  '429 without Retry-After',
  '413',
  'garbage',
  'half an answer',
  'no answer',
  'dropped before storing',
  'dropped after storing',
]

describe.each(recovering)('a second of: %s', (fault) => {
  it('loses nothing, doubles nothing, and is over soon after', async () => {
    const client = open()
    const state = { count: 0 }
    await trackFor(client, 200, state)
    place.sink.fault = fault
    const before = place.sink.requests
    await trackFor(client, 1000, state)
    if (fault !== '413') expect(place.sink.requests - before).toBeLessThan(40)
    place.sink.fault = 'ok'
    const tracked = await trackFor(client, 200, state)
    const startedAt = performance.now()
    await client.flush()
    expect(performance.now() - startedAt).toBeLessThan(3000)
    expect([place.sink.stored.size, place.sink.doubled]).toEqual([tracked, 0])
    expect(client.stats()).toMatchObject({ accepted: tracked, acked: tracked, pending: 0, dropped: {} })
  })
})

it('one fault after another, with a memory of 100 events: the rest is on disk meanwhile', async () => {
  const client = open({ backlogSize: 100 })
  const state = { count: 0 }
  for (const fault of recovering.filter((one) => one !== '413')) {
    place.sink.fault = fault
    await trackFor(client, 200, state)
  }
  // At most 100 wait in memory and 100 are under way at one moment; how many of the rest were just read again depends on the machine.
  expect(client.stats().spooledNow).toBeGreaterThan(state.count / 2)
  place.sink.fault = 'ok'
  await client.flush()
  await expect.poll(() => place.sink.stored.size, { timeout: 5000 }).toBe(state.count)
  expect(place.sink.doubled).toBe(0)
})

it('a key that is refused: everything is kept, and sent by a client with the same key later', async () => {
  place.sink.fault = '401'
  const client = open()
  const tracked = await trackFor(client, 300)
  expect(place.sink.requests).toBeLessThanOrEqual(2)
  expect(await client.close()).toMatchObject({ acked: 0, spooled: tracked, pending: 0 })
  place.sink.fault = 'ok'
  await open().flush()
  await expect.poll(() => place.sink.stored.size).toBe(tracked)
})

it('a server that is not there is waited for, with events of an earlier client on disk', async () => {
  await using away = await openFaultySink()
  const { url } = away
  const first = open({ endpoint: 'http://127.0.0.1:1' })
  first.track('thing', {}, { id: 'a' })
  expect(await first.close({ timeoutMs: 100 })).toMatchObject({ acked: 0, spooled: 1 })
  const other = open({ endpoint: url })
  await other.flush({ timeoutMs: 200 })
  expect(away.stored.size).toBe(0) // it is for another address
})

it('10^5 events in a loop that never lets go: all arrive', async () => {
  const client = open()
  for (let id = 0; id < 100_000; id++) client.track('thing', { id }, { id: String(id) })
  await client.flush()
  await expect.poll(() => place.sink.stored.size, { timeout: 20_000 }).toBe(100_000)
  expect(client.stats()).toMatchObject({ accepted: 100_000, dropped: {} })
  expect(place.sink.doubled).toBe(0)
})

it('a disk that is full costs what memory cannot hold, counted', async () => {
  place.sink.fault = '500'
  const client = open({ backlogSize: 100, spool: { dir: place.dir, maxBytes: 50_000 } })
  const tracked = await trackFor(client, 500)
  place.sink.fault = 'ok'
  await client.flush()
  const settled = () => client.stats().acked + (client.stats().dropped.full ?? 0)
  await expect.poll(settled, { timeout: 5000 }).toBe(tracked)
  const { dropped, accepted, acked } = client.stats()
  expect(dropped.full).toBeGreaterThan(0)
  expect(accepted).toBe(tracked)
  expect(place.sink.stored.size).toBe(acked)
})
