/** Binds what the protocol needs to our operations. What has none yet is refused by name: never made up. */
import type { Operations } from '../../operations/operations.ts'
import { bindJobs } from './bind-jobs.ts'
import { bindMappings } from './bind-mappings.ts'
import { bindSemantic } from './bind-semantic.ts'
import { bindSources } from './bind-sources.ts'
import { bindWorkspaces } from './bind-workspaces.ts'
import type { DatoramaPort } from './datorama-port.ts'

export function bindPort(operations: Operations): DatoramaPort {
  return {
    ...bindWorkspaces(operations),
    ...bindSources(operations),
    ...bindJobs(operations),
    ...bindMappings(operations),
    ...bindSemantic(operations),
  }
}
