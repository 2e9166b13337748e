import { MessageChannel } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { connectGuests, type GuestCalls, movedOf } from './guest-rpc.ts'
import { openRpc } from './pipeline-rpc.ts'
import { defaultTransformLimits } from './transform.ts'

const program = {
  sandbox: 'javascript',
  modules: [],
  order: [],
  secrets: {},
  lookups: {},
  limits: defaultTransformLimits,
}

it('whoever waits for a thread that died, or asks it later, is told, and does not wait for ever', async () => {
  const { port1, port2 } = new MessageChannel()
  const guests = connectGuests(port1)
  const waiting = guests.open(program)
  port2.close()
  await expect(waiting).rejects.toMatchObject({ code: 'sandbox_unavailable' })
  await expect(guests.check(program)).rejects.toMatchObject({ code: 'sandbox_unavailable' })
  await expect(guests.isolation()).rejects.toMatchObject({ code: 'sandbox_unavailable' })
})

it('events are read by the other thread where they are, and the next ones are written to the same place', async () => {
  const { port1, port2 } = new MessageChannel()
  const calls: GuestCalls = {
    isolation: async () => ({ level: 'none', probes: [] }),
    open: async () => 1,
    run: async (_guest, { count }, events) => ({
      ...{ counts: count, heads: count, faults: [], printed: '' },
      outputs: new Uint8Array(events),
    }),
    closeGuest() {},
  }
  openRpc<object, GuestCalls>(port2, calls, movedOf)
  const guest = await connectGuests(port1).open(program)
  const request = { careful: false, count: 1, json: '{}' }
  const places = new Set<ArrayBufferLike>()
  for (const text of ['{"n":1}\n', '{"n":22}\n', '{}\n']) {
    const events = guest.room!(text.length)
    places.add(events.buffer)
    events.set(Buffer.from(text))
    const { answer, outputs } = await guest.run(request, events)
    expect(Buffer.from(outputs).toString()).toBe(text)
    expect(answer).toEqual({ kind: 'ran', counts: 1, outputs: 1, faults: [], printed: '' })
    expect(Buffer.from(events).toString()).toBe(text) // ours still
  }
  expect(places.size).toBe(1)
  expect(guest.room!(5_000_000)).toHaveLength(5_000_000)
  port1.close()
})
