/** Dry runs under way and the last ones that ended, in memory: a restart forgets them. */
import { newId } from '@millrace/event/id'
import { MillraceError } from '../../errors.ts'
import type { DryRunProgress } from '../data-plane-transforms.ts'

export interface DryRun extends DryRunProgress {
  readonly id: string
  readonly state: 'RUNNING' | 'DONE' | 'FAILED'
  /** ms since 1970 UTC. */
  readonly startedAt: number
  readonly endedAt: number | null
  /** Why it failed. */
  readonly error: string | null
}

export interface DryRuns {
  /** @throws MillraceError `conflict`: one of the workspace is running. */
  refuseSecond(workspace: string): void
  /** @throws as `refuseSecond`. */
  start(workspace: string, work: Work): DryRun
  /** Newest first. */
  list(workspace: string): readonly DryRun[]
  get(workspace: string, id: string): DryRun | undefined
  /** Stops it if it is running. */
  delete(workspace: string, id: string): void
}

type Work = (options: {
  onProgress: (progress: DryRunProgress) => void
  signal: AbortSignal
}) => Promise<DryRunProgress>

interface Entry {
  run: DryRun
  readonly abort: AbortController
}

const keptPerWorkspace = 10
const nothingYet: DryRunProgress = { total: 0, done: 0, passed: 0, dropped: 0, failed: 0, reasons: [] }

export function openDryRuns(now: () => number): DryRuns {
  const entries = new Map<string, Entry[]>()
  const of = (workspace: string) => entries.get(workspace) ?? []
  const find = (workspace: string, id: string) => of(workspace).find(({ run }) => run.id === id)

  const refuseSecond = (workspace: string) => {
    const running = of(workspace).find(({ run }) => run.state === 'RUNNING')
    if (!running) return
    throw new MillraceError('conflict', `The dry run ${running.run.id} is running`, {
      hint: 'Wait until it is done, or delete it.',
    })
  }

  return {
    refuseSecond,
    start(workspace, work) {
      refuseSecond(workspace)
      const startedAt = now()
      const abort = new AbortController()
      const run: DryRun = {
        id: newId(startedAt),
        state: 'RUNNING',
        startedAt,
        endedAt: null,
        error: null,
        ...nothingYet,
      }
      const entry: Entry = { run, abort }
      entries.set(workspace, [entry, ...of(workspace)].slice(0, keptPerWorkspace))
      void follow(entry, work, now)
      return entry.run
    },
    list: (workspace) => of(workspace).map(({ run }) => run),
    get: (workspace, id) => find(workspace, id)?.run,
    delete(workspace, id) {
      find(workspace, id)?.abort.abort(new MillraceError('conflict', 'The dry run was deleted'))
      entries.set(
        workspace,
        of(workspace).filter(({ run }) => run.id !== id),
      )
    },
  }
}

async function follow(entry: Entry, work: Work, now: () => number): Promise<void> {
  const onProgress = (progress: DryRunProgress) => {
    entry.run = { ...entry.run, ...progress }
  }
  try {
    onProgress(await work({ onProgress, signal: entry.abort.signal }))
    entry.run = { ...entry.run, state: 'DONE', endedAt: now() }
  } catch (error) {
    const message = error instanceof MillraceError ? error.message : 'A fault of ours: the log of the server says more'
    entry.run = { ...entry.run, state: 'FAILED', endedAt: now(), error: message }
  }
}
