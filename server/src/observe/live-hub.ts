/** Brings events to those who watch. The pipeline's thread is told who listens for what, and looks at nothing where nobody does. */
import { MillraceError } from '../errors.ts'
import { type LiveListener, type LivePick, type LiveWatcher, liveListenersMax } from '../live.ts'

export interface LiveHub {
  /** Listens until the returned function is called. @throws MillraceError `overloaded`: enough others do. */
  watch(workspace: string, listener: LiveListener): () => void
  /** What a batch had for listeners. */
  seen(picks: readonly LivePick[]): void
  /** Nothing more comes for the listeners of a workspace. */
  closeOne(workspace: string): void
  /** For any listener; none is taken any more. */
  close(): void
}

interface Listening {
  readonly workspace: string
  readonly listener: LiveListener
}

/** @param tell says to the pipeline's thread who listens in a workspace */
export function openLiveHub(tell: (workspace: string, watchers: readonly LiveWatcher[]) => void): LiveHub {
  const listening = new Map<number, Listening>()
  let lastId = 0
  let isClosed = false

  const tellOf = (workspace: string): void => {
    const watchers = [...listening].flatMap(([id, entry]) =>
      entry.workspace === workspace ? [{ id, filter: entry.listener.filter }] : [],
    )
    tell(workspace, watchers)
  }
  const stop = (id: number): void => {
    const entry = listening.get(id)
    if (entry === undefined) return
    listening.delete(id)
    tellOf(entry.workspace)
  }
  const closeThose = (isMeant: (entry: Listening) => boolean): void => {
    for (const [id, entry] of [...listening]) {
      if (!isMeant(entry)) continue
      listening.delete(id)
      entry.listener.onClosed()
    }
  }

  return {
    watch(workspace, listener) {
      if (isClosed || listening.size >= liveListenersMax) throw tooMany()
      const id = ++lastId
      listening.set(id, { workspace, listener })
      tellOf(workspace)
      return () => stop(id)
    },
    seen(picks) {
      for (const { id, events, dropped } of picks) listening.get(id)?.listener.onEvents(events, dropped)
    },
    closeOne: (workspace) => closeThose((entry) => entry.workspace === workspace),
    close() {
      isClosed = true
      closeThose(() => true)
    },
  }
}

function tooMany(): MillraceError {
  return new MillraceError('overloaded', `At most ${liveListenersMax} watch at once`, {
    hint: 'Somebody must stop first.',
    retryAfterSeconds: 10,
  })
}
