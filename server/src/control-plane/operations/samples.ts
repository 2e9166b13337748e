/** Samples of events as they arrived. */
import { type SampleFilter, statusDescriptions } from '../../samples.ts'
import type { DataPlane } from '../data-plane.ts'
import { operation } from './operation.ts'

export function sampleOperations(dataPlane: Pick<DataPlane, 'observations'>) {
  return {
    /** Newest first. */
    list: operation('samples:read', async (caller, filter: SampleFilter, limit: number) =>
      dataPlane.observations(caller.workspace).samples(filter, limit),
    ),
    /** How many there are, by event type and status. */
    stats: operation('samples:read', async (caller) => dataPlane.observations(caller.workspace).sampleCounts()),
    /** What a status means. */
    statuses: operation('samples:read', async () =>
      Object.entries(statusDescriptions).map(([status, description]) => ({ status, description })),
    ),
  }
}
