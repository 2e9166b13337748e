/** Binds what the protocol needs to our operations. What has none yet is refused by name: never made up. */
import { MillraceError } from '../../../errors.ts'
import type { Operations } from '../../operations/operations.ts'
import type { AloomaPort } from './alooma-port.ts'
import { bindMappings } from './bind-mappings.ts'
import { bindRestream } from './bind-restream.ts'
import { bindTransforms } from './bind-transforms.ts'

export function bindPort(operations: Operations): AloomaPort {
  return {
    ...bindMappings(operations),
    ...bindTransforms(operations),
    ...bindRestream(operations),
    createTable: missing('Tables are made by mappings alone so far'),
    alterTable: missing('Tables are changed by mappings alone so far'),
    dropTable: missing('Tables cannot be dropped yet'),
    samples: missing('Samples cannot be asked for yet'),
    sampleCounts: missing('Samples cannot be asked for yet'),
    notifications: missing('Notifications cannot be asked for yet'),
    publishNotification: missing('Notifications cannot be published yet'),
    metrics: missing('Metrics cannot be asked for by minute yet'),
    throughput: async () => undefined,
    queries: missing('There are no scheduled queries yet'),
    createQuery: missing('There are no scheduled queries yet'),
    deleteQuery: missing('There are no scheduled queries yet'),
    runQuery: missing('There are no scheduled queries yet'),
  }
}

export function missing(reason: string): () => Promise<never> {
  return async () => {
    throw new MillraceError('not_implemented', reason)
  }
}
