/** F20: what is repeated with the same Idempotency-Key because an answer got lost is stored once. */
import { expect, it } from 'vitest'
import { retryStorm } from './retry-storm.ts'

it('50 clients that lose 30 % of the answers and repeat leave each event once', async () => {
  const { wrong, events, dropped } = await retryStorm({ seed: 20, clients: 50, batches: 10, eventsPerBatch: 100 })
  expect(wrong).toEqual([])
  expect(events).toBe(50_000)
  expect(dropped).toBeGreaterThan(100)
})
