/** The live tail: events as they go by. */
import type { LiveListener } from '../../live.ts'
import type { DataPlane } from '../data-plane.ts'
import { operation } from './operation.ts'

export function liveOperations(dataPlane: Pick<DataPlane, 'observations'>) {
  return {
    /** Listens until the returned function is called. @throws MillraceError `overloaded`: enough others do. */
    watch: operation('samples:read', async (caller, listener: LiveListener) =>
      dataPlane.observations(caller.workspace).watch(listener),
    ),
  }
}
