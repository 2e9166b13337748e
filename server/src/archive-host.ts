/** Starts the archives' thread once a workspace has an archive, speaks with it, and holds each log where its archive is. */
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { readState, stateFileIn } from './archive/state-file.ts'
import type { ArchiveConfig, ArchiveFailure, ArchiveProgress, ArchiveStatus, ArchiveTarget } from './archive.ts'
import type { ArchiveCalls, ArchiveEvents, ArchiveTask, ArchiveThreadSettings } from './archive-rpc.ts'
import { MillraceError } from './errors.ts'
import type { NotificationDraft, Notify } from './notifications.ts'
import { openRpc } from './pipeline-rpc.ts'
import type { Logger } from './telemetry.ts'
import type { Workspace } from './workspace.ts'
import type { Workspaces } from './workspaces.ts'

export interface Archives {
  /** Begins to archive a workspace by this config; null: ends it. In force when it resolves. */
  set(workspace: string, config: ArchiveConfig | null): Promise<void>
  /** Undefined: it has none. */
  status(workspace: string): Promise<ArchiveStatus | undefined>
  /** @throws MillraceError that says why nothing can be written there. */
  test(workspace: string, target: ArchiveTarget): Promise<void>
  close(): Promise<void>
}

interface ArchivesParts extends ArchiveThreadSettings {
  readonly workspaces: Workspaces
  readonly notify: Notify
  readonly metrics: ArchiveMetrics
  readonly log: Logger
}

export interface ArchiveMetrics {
  archived(workspace: string, progress: ArchiveProgress): void
  archiveFailing(workspace: string, isFailing: boolean): void
  archiveLost(workspace: string, events: number): void
}

const beginAgainMs = 5_000

export function openArchives({ workspaces, notify, metrics, log, ...settings }: ArchivesParts): Archives {
  const tasks = new Map<string, ArchiveTask>()
  let thread: ReturnType<typeof startThread> | undefined
  const closing = new AbortController()

  const events: ArchiveEvents = {
    progress(id, progress) {
      if (tasks.has(id)) workspaces.archived(id, progress.position)
      metrics.archived(id, progress)
      metrics.archiveFailing(id, false)
    },
    failed(id, failure) {
      metrics.archiveFailing(id, true)
      notify(id, archiveFailed(id, failure))
    },
    lost(id, count) {
      metrics.archiveLost(id, count)
      notify(id, archiveLost(id, count))
    },
  }

  function running(): ArchiveCalls {
    closing.signal.throwIfAborted()
    thread ??= startThread(settings, events, (reason) => {
      thread = undefined
      log.error('the archives’ thread died and is begun again', { reason })
      for (const { workspace } of tasks.values()) events.failed(workspace, died(reason))
      void delay(beginAgainMs, undefined, { signal: closing.signal })
        .then(openAgain)
        .catch(() => {})
    })
    return thread.calls
  }
  async function openAgain(): Promise<void> {
    for (const task of tasks.values()) await running().open(task)
  }

  return {
    async set(id, config) {
      if (config === null) {
        tasks.delete(id)
        await thread?.calls.closeOne(id)
        workspaces.archived(id, undefined)
        return
      }
      const workspace = workspaces.get(id)
      workspaces.archived(id, positionOf(workspace))
      const task = {
        workspace: id,
        folder: workspace.folder,
        logId: workspace.log.id,
        log: workspace.log.shared,
        config,
      }
      tasks.set(id, task)
      await running().open(task)
    },
    status: async (id) => (tasks.has(id) ? running().status(id) : undefined),
    test: (id, target) => running().test(id, target),
    async close() {
      closing.abort()
      await thread?.close()
    },
  }
}

/** From where on the log is to be kept. Of a file that cannot be read the archive tells, and nothing of the log goes until then. */
function positionOf({ folder, log }: Workspace): bigint {
  try {
    const state = readState(stateFileIn(folder))
    return state?.logId === log.id ? state.position : 0n
  } catch {
    return 0n
  }
}

function startThread(settings: ArchiveThreadSettings, events: ArchiveEvents, onDeath: (reason: Error) => void) {
  const { logger, root, allowedHosts } = settings
  const worker = new Worker(new URL('./archive-thread.ts', import.meta.url), {
    name: 'archives',
    workerData: { logger, root, allowedHosts },
  })
  const calls = openRpc<ArchiveCalls, ArchiveEvents>(worker, events)
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  worker.on('error', (error: Error) => {
    calls.$close(error)
    onDeath(error)
  })
  return {
    calls: calls as ArchiveCalls,
    async close() {
      if (!calls.$closed) await calls.close()
      await worker.terminate()
      await ended
    },
  }
}

function died(reason: Error): ArchiveFailure {
  const at = Date.now()
  const code = reason instanceof MillraceError ? reason.code : 'internal'
  return { code, message: `The archives’ thread died: ${reason.message}`, since: at, at }
}

function archiveFailed(workspace: string, { code, message }: ArchiveFailure): NotificationDraft {
  return {
    severity: 'error',
    type: 'archive_failed',
    subject: code,
    message: `Raw events are not archived at the moment, and wait in the log: ${message}`,
    cause: { kind: 'archive', id: workspace },
  }
}

function archiveLost(workspace: string, events: number): NotificationDraft {
  return {
    severity: 'error',
    type: 'archive_lost',
    subject: '',
    message: `The log had no room to wait for the archive any longer: ${events} events will never be in it`,
    cause: { kind: 'archive', id: workspace },
    count: events,
  }
}

/** The log is kept for nobody else any more. */
export function archiveBehind(workspace: string): NotificationDraft {
  return {
    severity: 'warning',
    type: 'archive_behind',
    subject: '',
    message:
      'The log holds more than three quarters of what it may, and waits for the archive alone. Where it has to, it goes on without: what is not archived by then will be missing there',
    cause: { kind: 'archive', id: workspace },
  }
}
