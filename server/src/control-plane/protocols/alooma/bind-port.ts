/** Binds what the protocol needs to our operations. */
import type { Operations } from '../../operations/operations.ts'
import type { AloomaPort } from './alooma-port.ts'
import { bindDigest } from './bind-digest.ts'
import { bindMappings } from './bind-mappings.ts'
import { bindObservations } from './bind-observations.ts'
import { bindQueries } from './bind-queries.ts'
import { bindRestream } from './bind-restream.ts'
import { bindRetention } from './bind-retention.ts'
import { bindSleepTime } from './bind-sleep-time.ts'
import { bindTransforms } from './bind-transforms.ts'

export function bindPort(operations: Operations): AloomaPort {
  return {
    ...bindMappings(operations),
    ...bindSleepTime(operations),
    ...bindTransforms(operations),
    ...bindObservations(operations),
    ...bindDigest(operations),
    ...bindRestream(operations),
    ...bindRetention(operations),
    ...bindQueries(operations),
    configuration: operations.configuration.export,
  }
}
