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
import { defaultWorkspace } from './callers.ts'
import type { InputKeys } from './input-keys.ts'
import { authorOf, type Caller, notFound, operation, type Page } from './operation.ts'
import { refuseStale } from './version-tag.ts'

export interface Workspace extends WorkspaceRow {
  /** Of the caller. */
  readonly role: Role
}

export function workspaceOperations(store: Store, dataPlane: DataPlane, inputKeys: InputKeys) {
  return {
    /** Those in which the user has a role, archived ones too, by id. */
    list: operation(
      'session',
      (caller, page: Page): Promise<Workspace[]> => workspacesOfUser(store.db, caller.user.id, page),
    ),

    get: operation('session', (caller) => callersWorkspace(store.db, caller)),

    /** @throws MillraceError `conflict`: the id is taken, by an archived workspace perhaps. */
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
      await dataPlane.openWorkspace(id)
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
      await store.change(authorOf(caller), async (tx) => {
        await updateWorkspace(tx, id, { archivedAt: store.now() })
        return { result: undefined, audit: { workspaceId: id, action: 'workspace.archived', object: id } }
      })
      await dataPlane.jobs.rest(id) // before their sources are gone, for which they would be cancelled
      await inputKeys.refresh()
      await dataPlane.closeWorkspace(id)
    }),

    /** It is there again as it was, and what was due meanwhile runs. Safe to repeat. */
    unarchive: operation('workspaces:unarchive', async (caller): Promise<Workspace> => {
      const id = caller.workspace
      const { workspace, wasArchived } = await store.change(authorOf(caller), async (tx) => {
        const { archivedAt } = await callersWorkspace(tx, caller)
        await updateWorkspace(tx, id, { archivedAt: null })
        const result = { workspace: await callersWorkspace(tx, caller), wasArchived: archivedAt !== null }
        return { result, audit: { workspaceId: id, action: 'workspace.unarchived', object: id } }
      })
      if (!wasArchived) return workspace
      await dataPlane.openWorkspace(id)
      await inputKeys.refresh()
      dataPlane.scheduler.wake()
      dataPlane.jobs.goOn(id)
      return workspace
    }),
  }
}

async function callersWorkspace(db: Db, { workspace, role }: Caller): Promise<Workspace> {
  const row = await findWorkspace(db, workspace)
  if (!row || role === undefined) throw notFound('workspace')
  return { ...row, role }
}
