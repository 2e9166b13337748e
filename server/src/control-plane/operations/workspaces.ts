/** Workspaces: the tenants. Whoever makes one is its first owner. */
import { MillraceError } from '../../errors.ts'
import type { DataPlane } from '../data-plane.ts'
import type { Role } from '../permissions.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { insertMembership } from '../store/users.ts'
import {
  findWorkspace,
  insertWorkspace,
  updateWorkspace,
  type WorkspaceRow,
  workspacesOfUser,
} from '../store/workspaces.ts'
import { openWorkspaceOpening } from '../workspace-opening.ts'
import { defaultWorkspace } from './callers.ts'
import type { InputKeys } from './input-keys.ts'
import { authorOf, type Caller, notFound, operation, type Page } from './operation.ts'
import { refuseStale } from './version-tag.ts'

export interface Workspace extends WorkspaceRow {
  /** Of the caller. */
  readonly role: Role
}

export function workspaceOperations(store: Store, dataPlane: DataPlane, inputKeys: InputKeys, backOffMs?: number) {
  const turns = new Map<string, Promise<unknown>>()
  /** Archiving takes a while: who takes the workspace up again meanwhile waits for it, and the other way round. */
  const inTurn = async <T>(id: string, work: () => Promise<T>): Promise<T> => {
    const turn = (turns.get(id) ?? Promise.resolve()).then(work)
    const over = turn.catch(() => {})
    turns.set(id, over)
    try {
      return await turn
    } finally {
      if (turns.get(id) === over) turns.delete(id)
    }
  }
  const isInUse = async (id: string) => (await findWorkspace(store.db, id))?.archivedAt === null
  /** What waited in it, and what was due meanwhile, runs. */
  const goOn = (id: string): void => {
    dataPlane.scheduler.wake()
    dataPlane.jobs.goOn(id)
  }
  const opening = openWorkspaceOpening({
    ...(backOffMs !== undefined && { backOffMs }),
    open: (id) =>
      inTurn(id, async () => {
        // It may have been archived while this waited.
        if (await isInUse(id)) await dataPlane.openWorkspace(id)
      }),
    isWanted: isInUse,
    async opened(id) {
      await inputKeys.refresh()
      goOn(id)
    },
  })
  return {
    /** Those in which the user has a role, archived ones too, by id. */
    list: operation(
      'session',
      (caller, page: Page): Promise<Workspace[]> => workspacesOfUser(store.db, caller.user.id, page),
    ),

    get: operation('session', (caller) => callersWorkspace(store.db, caller)),

    /**
     * @throws MillraceError `conflict`: the id is taken, by an archived workspace perhaps. Why it cannot be opened yet: it is made all the
     * same, and opened as soon as that is possible.
     */
    create: operation('instance', async (caller, { id, name }: { id: string; name: string }): Promise<Workspace> => {
      const now = store.now()
      const row = { id, name, createdAt: now, archivedAt: null }
      const workspace = await store.change(authorOf(caller), async (tx) => {
        if (await findWorkspace(tx, id)) throw new MillraceError('conflict', `There is a workspace ${id} already`)
        await insertWorkspace(tx, row)
        await insertMembership(tx, { workspaceId: id, userId: caller.user.id, role: 'owner', createdAt: now })
        const audit = { workspaceId: id, action: 'workspace.created', object: id, detail: { name } }
        return { result: { ...row, role: 'owner' as const }, audit }
      })
      await opening.open(id)
      return workspace
    }),

    /** @throws MillraceError `precondition_failed`. */
    rename: operation(
      'workspaces:rename',
      async (caller, { name }: { name: string }, ifMatch?: string): Promise<Workspace> => {
        const id = caller.workspace
        return store.change(authorOf(caller), async (tx) => {
          refuseStale(await callersWorkspace(tx, caller), ifMatch)
          await updateWorkspace(tx, id, { name })
          const audit = { workspaceId: id, action: 'workspace.renamed', object: id, detail: { name } }
          return { result: await callersWorkspace(tx, caller), audit }
        })
      },
    ),

    /** It takes no events, runs nothing and is not there for anybody; what it holds stays on disk, until it is taken up again. */
    archive: operation('workspaces:archive', async (caller): Promise<void> => {
      const id = caller.workspace
      if (id === defaultWorkspace) throw new MillraceError('conflict', 'The workspace default cannot be archived')
      return inTurn(id, async () => {
        await store.change(authorOf(caller), async (tx) => {
          await updateWorkspace(tx, id, { archivedAt: store.now() })
          return { result: undefined, audit: { workspaceId: id, action: 'workspace.archived', object: id } }
        })
        await dataPlane.jobs.rest(id) // before their sources are gone, for which they would be cancelled
        await inputKeys.refresh()
        await dataPlane.closeWorkspace(id)
      })
    }),

    /** It is there again as it was, and what was due meanwhile runs. Safe to repeat; it stays archived where it cannot be opened. */
    unarchive: operation('workspaces:unarchive', (caller): Promise<Workspace> => {
      const id = caller.workspace
      return inTurn(id, async () => {
        const wasArchived = (await callersWorkspace(store.db, caller)).archivedAt !== null
        if (wasArchived) await dataPlane.openWorkspace(id)
        const workspace = await store.change(authorOf(caller), async (tx) => {
          await updateWorkspace(tx, id, { archivedAt: null })
          const audit = { workspaceId: id, action: 'workspace.unarchived', object: id }
          return { result: await callersWorkspace(tx, caller), audit }
        })
        if (!wasArchived) return workspace
        await inputKeys.refresh()
        goOn(id)
        return workspace
      })
    }),

    /**
     * One that could not be opened is tried again, now that somebody has put right what was in the way; one that is open goes on. Safe
     * to repeat. @throws MillraceError `workspace_unavailable`: why not, this time; `conflict`: it is archived.
     */
    reopen: operation('workspaces:reopen', (caller): Promise<Workspace> => {
      const id = caller.workspace
      return inTurn(id, async () => {
        if ((await callersWorkspace(store.db, caller)).archivedAt !== null)
          throw new MillraceError('conflict', `The workspace ${id} is archived`, {
            hint: 'Take it up again: unarchive.',
          })
        await dataPlane.openWorkspace(id)
        goOn(id)
        return store.change(authorOf(caller), async (tx) => {
          const audit = { workspaceId: id, action: 'workspace.reopened', object: id }
          return { result: await callersWorkspace(tx, caller), audit }
        })
      })
    }),
  }
}

async function callersWorkspace(db: Db, { workspace, role }: Caller): Promise<Workspace> {
  const row = await findWorkspace(db, workspace)
  if (!row || role === undefined) throw notFound('workspace')
  return { ...row, role }
}
