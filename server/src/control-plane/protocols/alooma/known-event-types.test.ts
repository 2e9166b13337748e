import { expect, test } from 'vitest'
import { admin } from '../../fixture.ts'
import { openEventTypes } from './known-event-types.ts'
import type { AloomaParts } from './route.ts'

const port = {
  mappings: async () => [],
  mappingMode: async () => 'AUTO_MAP',
  sampleCounts: async () => ({ '': { not_an_object: 2 }, orders: { VALID: 1 } }),
  samples: async () => [{ event: {}, status: 'VALID', eventType: 'orders', at: 1 }],
  fieldStatistics: async () => undefined,
}
const kept = { get: async () => undefined, list: async () => [] }

test('ALOOMA-12: records of no type are none, or a client that deletes each type in turn would ask for the list itself', async () => {
  const eventTypes = openEventTypes({ port, kept } as unknown as AloomaParts)
  expect((await eventTypes.list(admin as never)).map(({ name }) => name)).toEqual(['orders'])
})
