/**
 * Keeps the views of workspaces' semantic layers, of Segment's tables and of series, as their definitions and their tables ask for: after
 * each change of either, one workspace's at a time, beside the loading. What cannot be made is kept to be told, makes a notification,
 * and holds up nothing.
 */
import { setImmediate as nextTurn, setTimeout as pauseFor } from 'node:timers/promises'
import { MillraceError } from '../errors.ts'
import type { NotificationDraft } from '../notifications.ts'
import type { ViewFault } from '../query.ts'
import { type Resolved, resolveInTurns } from '../semantic/resolve.ts'
import { foldName } from '../semantic/sql.ts'
import { eachView, type Views } from '../semantic/views.ts'
import type { DataPlane } from './data-plane.ts'
import { segmentViews } from './segment-tables.ts'
import { seriesViews } from './series-tables.ts'
import { seriesTables } from './store/buckets.ts'
import { hasInputOf, workspacesWithInputOf } from './store/inputs.ts'
import { loadModel, workspacesWithViews } from './store/semantic.ts'
import type { Store } from './store/store.ts'

export interface SemanticViews {
  /**
   * Resolves when the views are as the definitions that were there when it was called, or could not be made so: that is told by
   * `faults`, and tried again where that may help.
   */
  refresh(workspace: string): Promise<void>
  /** Says that inputs were made or deleted: Segment's views come with the first of its kind, and go with the last. */
  inputsChanged(): void
  /** Views that the destination would not make, and why. */
  faults(workspace: string): ReadonlyMap<string, string>
}

interface Refreshing {
  /** The one under way, and what comes after it. */
  running: Promise<void> | undefined
  next: Promise<void> | undefined
  faults: ReadonlyMap<string, string>
  /** What of them somebody was notified of. */
  notified: ReadonlyMap<string, string>
  /** Whether the destination is known to have none. */
  hasNone: boolean
}

/** After a failure that passes: the destination was not there. */
const againAfterMs = 5_000
const attemptsMax = 100

export function openSemanticViews(
  store: Store,
  dataPlane: Pick<DataPlane, 'tables' | 'setViews' | 'watchTables' | 'observations'>,
): SemanticViews {
  const workspaces = new Map<string, Refreshing>()

  const refreshingOf = (workspace: string): Refreshing => {
    const known = workspaces.get(workspace)
    if (known !== undefined) return known
    const fresh: Refreshing = {
      running: undefined,
      next: undefined,
      faults: new Map(),
      notified: new Map(),
      hasNone: false,
    }
    workspaces.set(workspace, fresh)
    return fresh
  }

  const refreshNow = async (workspace: string, state: Refreshing): Promise<void> => {
    const model = await loadModel(store.db, workspace)
    const hasSegment = await hasInputOf(store.db, workspace, 'segment')
    const series = await seriesTables(store.db, workspace)
    const isEmpty = !hasSegment && series.length === 0 && Object.values(model).every((objects) => objects.length === 0)
    if (isEmpty && state.hasNone) return
    const tables = isEmpty ? [] : await dataPlane.tables(workspace)
    const { views: semantic, faults } = await viewsInTurns(await resolveInTurns(model, tables))
    const others = hasSegment ? [...semantic, ...segmentViews(tables)] : semantic
    const taken = new Set(others.map(({ name }) => foldName(name)))
    const views = [...others, ...seriesViews(series, tables, taken)]
    const told = (refused: readonly ViewFault[]) => {
      state.faults = new Map([...faults, ...refused.map(({ name, message }) => [name, message] as const)])
    }
    try {
      const refused = await dataPlane.setViews(workspace, views)
      told(refused)
      state.hasNone = isEmpty
      await notify(workspace, state, refused)
    } catch (error) {
      told(views.map(({ name }) => ({ name, message: error instanceof Error ? error.message : String(error) })))
      throw error
    }
  }

  /** Once for each reason of each view. */
  const notify = async (workspace: string, state: Refreshing, refused: readonly ViewFault[]): Promise<void> => {
    const fresh = refused.filter(({ name, message }) => state.notified.get(name) !== message)
    state.notified = new Map(refused.map(({ name, message }) => [name, message]))
    for (const fault of fresh) await dataPlane.observations(workspace).notify(viewFailed(fault))
  }

  const refresh = (workspace: string): Promise<void> => {
    const state = refreshingOf(workspace)
    // One that waits has not read the definitions yet.
    if (state.next !== undefined) return state.next
    const before = state.running ?? Promise.resolve()
    const mine = before
      .catch(() => {})
      .then(() => {
        state.running = mine
        state.next = undefined
        return refreshNow(workspace, state)
      })
      .finally(() => {
        if (state.running === mine) state.running = undefined
      })
    state.next = mine
    return mine
  }

  const again = async (workspace: string): Promise<void> => {
    await pauseFor(againAfterMs, undefined, { ref: false })
    await refreshAside(workspace)
  }

  /** Where nobody waits for it. */
  const refreshAside = async (workspace: string): Promise<void> => {
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      try {
        return await refresh(workspace)
      } catch (error) {
        if (!(error instanceof MillraceError && error.retryable)) return
        await pauseFor(againAfterMs, undefined, { ref: false })
      }
    }
  }

  /** Of workspaces that have Segment's tables, those known so far; each look comes after the one before. */
  let known = workspacesWithInputOf(store.db, 'segment').then((found) => new Set(found))
  const lookAtInputs = async (before: ReadonlySet<string>): Promise<Set<string>> => {
    const now = new Set(await workspacesWithInputOf(store.db, 'segment'))
    for (const workspace of now.symmetricDifference(before)) void refreshAside(workspace)
    return now
  }
  known.catch(() => {})

  dataPlane.watchTables((workspace) => void refreshAside(workspace))
  // What a process that died was about to do, and what this version of the program does otherwise than the one before.
  void workspacesWithViews(store.db).then(
    (found) => Promise.all(found.map(refreshAside)),
    () => {},
  )
  return {
    refresh: (workspace) => refresh(workspace).catch(() => void again(workspace)),
    inputsChanged() {
      known = known.then(lookAtInputs, () => lookAtInputs(new Set()))
      known.catch(() => {}) // whoever asks the store next is told
    },
    faults: (workspace) => refreshingOf(workspace).faults,
  }
}

/** Others have a turn between two views: this is the thread of the intake. */
async function viewsInTurns(resolved: Resolved): Promise<Views> {
  const [views, faults] = [[] as Views['views'][number][], new Map<string, string>()]
  for (const made of eachView(resolved)) {
    if ('sql' in made) views.push(made)
    else faults.set(made.name, made.fault)
    await nextTurn()
  }
  return { views, faults }
}

function viewFailed({ name, message }: ViewFault): NotificationDraft {
  return {
    severity: 'warning',
    type: 'view_failed',
    subject: name,
    message: `The view ${JSON.stringify(name)} could not be made: ${message}`,
    cause: { kind: 'view', id: name },
  }
}
