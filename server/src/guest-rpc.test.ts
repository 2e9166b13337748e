import { MessageChannel } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { connectGuests } from './guest-rpc.ts'
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
