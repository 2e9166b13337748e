/** The workspaces at the start of the server: each that is well is opened, and some that are not are tried again. */
import { openWorkspaceOpening } from './control-plane/workspace-opening.ts'
import { openIfWell, type WholeParts } from './whole-workspace.ts'
import { mayPass } from './workspace.ts'

interface Others {
  readonly dataPlane: { openWorkspace(id: string): Promise<void> }
  readonly jobs: { rest(id: string): Promise<void>; goOn(id: string): void }
  readonly scheduler: { wake(): void }
}

export interface StartedWorkspaces {
  /** Jobs of those that could not be opened rest until they can be. Called before a job begins. */
  rest(jobs: Others['jobs']): void
  /** Tries those again of which the failure may pass by itself. */
  tryAgain(others: Others): void
}

/** @throws MillraceError of a log, which keeps the server from starting, or of the store. */
export async function startWorkspaces(parts: WholeParts): Promise<StartedWorkspaces> {
  const { workspaces, controlPlane, logger } = parts
  const failed: string[] = []
  for (const id of await controlPlane.workspaces()) if (!(await openIfWell(id, parts))) failed.push(id)
  return {
    rest(jobs) {
      for (const id of failed) void jobs.rest(id)
    },
    tryAgain({ dataPlane, jobs, scheduler }) {
      const opening = openWorkspaceOpening({
        open: dataPlane.openWorkspace,
        isWanted: async (id) => workspaces.failureOf(id) !== undefined,
        async opened(id) {
          logger.info('a workspace could be opened at last', { workspace: id })
          jobs.goOn(id)
          scheduler.wake()
        },
      })
      for (const id of failed.filter((id) => mayPass(workspaces.failureOf(id)!))) opening.openLater(id)
    },
  }
}
