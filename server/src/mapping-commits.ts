/** Changes of several mappings that the control plane commits with other changes, while the pipeline's thread holds still for them. */
import { randomUUID } from 'node:crypto'
import type { WorkspaceMappings } from './control-plane/data-plane.ts'
import type { PipelineCalls } from './pipeline-rpc.ts'

type SetTogether = WorkspaceMappings['setTogether']
type Commit = Parameters<SetTogether>[1]['commit']

export interface MappingCommits {
  set(pipeline: Pick<PipelineCalls, 'setMappings'>, workspace: string, ...args: Parameters<SetTogether>): Promise<void>
  /** What the pipeline's thread asks meanwhile. */
  answer(ticket: string, versions: readonly unknown[]): Promise<boolean>
}

export function openMappingCommits(): MappingCommits {
  const open = new Map<string, Commit>()
  return {
    async set(pipeline, workspace, changes, { mode, commit }) {
      const ticket = randomUUID()
      let failure: { error: unknown } | undefined
      open.set(ticket, async (versions) => {
        try {
          return await commit(versions)
        } catch (error) {
          // Told here as it is, and not by way of two threads.
          failure = { error }
          return false
        }
      })
      try {
        await pipeline.setMappings(workspace, changes, mode, ticket)
      } finally {
        open.delete(ticket)
      }
      if (failure) throw failure.error
    },
    async answer(ticket, versions) {
      const commit = open.get(ticket)
      return commit === undefined ? false : commit(versions as Parameters<Commit>[0])
    },
  }
}
