/**
 * Runs scheduled queries when they are due. What is due and what waits is asked of the store every second, so that neither a restart
 * nor a clock that is set loses anything; what was missed runs once. Of one query one run is under way at a time, of a workspace two.
 */
import { hasCode, MillraceError } from '../errors.ts'
import type { NotificationDraft } from '../notifications.ts'
import type { StatementRequest, StatementResult } from '../query.ts'
import { lookRepeatedly } from '../repeated-look.ts'
import { nextAt } from '../schedule.ts'
import {
  type RunEnd,
  runsAtOnce,
  type ScheduledQuery,
  type ScheduleStore,
  type WaitingRun,
} from '../scheduled-queries.ts'
import type { Logger } from '../telemetry.ts'

export interface Scheduler {
  /** Looks at once at what is due and what waits. */
  wake(): void
  /** Stops a run that is under way; resolves when it has ended. Safe to repeat. */
  stop(workspace: string, run: string): Promise<void>
  /** Stops what is under way in a workspace; resolves when it has ended. */
  stopAll(workspace: string): Promise<void>
  /** Stops what is under way; a run that waits is run after the next start. */
  close(): Promise<void>
}

interface SchedulerParts {
  readonly store: ScheduleStore
  /** Runs a statement until `stop` is called with the same id. */
  readonly statement: (workspace: string, id: string, request: StatementRequest) => Promise<StatementResult>
  /** What became of a run that a process before this one left under way, where it was carried out. */
  readonly statementDone: (workspace: string, id: string) => Promise<StatementResult | undefined>
  readonly stop: (id: string) => Promise<void>
  /** Whether a workspace's tables are open. Until they are, its runs wait: of each query one. */
  readonly isOpen: (workspace: string) => boolean
  readonly notify: (workspace: string, draft: NotificationDraft) => void
  readonly logger: Logger
  /** ms since 1970 UTC. */
  readonly now?: () => number
}

interface Running {
  readonly query: ScheduledQuery
  readonly done: Promise<void>
  isStopped: boolean
}

const tickMs = 1_000

export function openScheduler({
  store,
  statement,
  statementDone,
  stop,
  isOpen,
  notify,
  logger,
  now = Date.now,
}: SchedulerParts): Scheduler {
  const running = new Map<string, Running>()
  /** Of a process before this one: what became of them only their workspace's tables know. */
  let lost: WaitingRun[] | undefined
  let isClosed = false

  async function look(): Promise<void> {
    lost ??= [...(await store.lost())]
    await endLost(lost)
    for (const query of await store.due(now())) await store.queue(query, now(), nextOf(query))
    for (const run of await store.waiting()) {
      if (!isClosed && mayBegin(run) && (await store.begin(run, now()))) begin(run)
    }
  }

  /** A schedule that was right once is, whatever this version of the parser says of it: it stands still, and is heard of. */
  function nextOf(query: ScheduledQuery): number | null {
    try {
      return nextAt(query.schedule, { after: now(), createdAt: query.createdAt })
    } catch (error) {
      logger.error('a schedule cannot be read', { workspace: query.workspace, query: query.id, reason: error as Error })
      return null
    }
  }

  function mayBegin({ query }: WaitingRun): boolean {
    if (!isOpen(query.workspace)) return false
    const others = [...running.values()].filter(({ query: { workspace } }) => workspace === query.workspace)
    return others.length < runsAtOnce && others.every(({ query: { id } }) => id !== query.id)
  }

  function begin(run: WaitingRun): void {
    const one: Running = { query: run.query, isStopped: false, done: Promise.resolve().then(() => finish(run)) }
    running.set(run.id, one)
  }

  async function finish(run: WaitingRun): Promise<void> {
    const end = await endOf(run)
    // The disk may be full for a while; until it is kept that a run has ended, the query has no other.
    for (;;) {
      try {
        await store.end(run, now(), end)
        break
      } catch (error) {
        if (isClosed || !hasCode(error, 'storage_full')) {
          logger.error('the end of a run cannot be kept', { query: run.query.id, reason: error as Error })
          break
        }
        await new Promise((resolve) => setTimeout(resolve, tickMs).unref())
      }
    }
    running.delete(run.id)
    if (end.state === 'FAILURE') notify(run.query.workspace, failed(run.query, end))
    wake()
  }

  async function endOf({ id, query }: WaitingRun): Promise<RunEnd> {
    const { target, work, timeLimitMs: timeoutMs } = query
    try {
      const { rowCount } = await statement(query.workspace, id, { target, work, timeoutMs })
      return { state: 'SUCCESS', rowCount, error: null }
    } catch (error) {
      if (!running.get(id)?.isStopped) return { state: 'FAILURE', rowCount: null, error: toldError(error) }
      const message = isClosed ? 'The server was stopped while it ran' : 'Somebody stopped it'
      return { state: 'CANCELLED', rowCount: null, error: { code: 'conflict', message } }
    }
  }

  /** Those of which it can be told by now. Whatever was carried out has succeeded, though nobody was told. */
  async function endLost(runs: WaitingRun[]): Promise<void> {
    for (const run of runs.filter(({ query }) => isOpen(query.workspace))) {
      const done = await statementDone(run.query.workspace, run.id).catch(() => undefined)
      const end: RunEnd = done
        ? { state: 'SUCCESS', rowCount: done.rowCount, error: null }
        : { state: 'FAILURE', rowCount: null, error: lostError }
      await store.end(run, now(), end)
      runs.splice(runs.indexOf(run), 1)
      if (end.state === 'FAILURE') notify(run.query.workspace, failed(run.query, end))
    }
  }

  const { wake, close } = lookRepeatedly(look, {
    everyMs: tickMs,
    onFailure: (reason) => logger.warn('scheduled queries are not looked at', { reason }),
  })

  async function stopRun(id: string): Promise<void> {
    const one = running.get(id)
    if (one === undefined) return
    one.isStopped = true
    await stop(id)
    await one.done
  }

  return {
    wake,
    async stop(workspace, id) {
      if (running.get(id)?.query.workspace === workspace) await stopRun(id)
    },
    async stopAll(workspace) {
      const runs = [...running].filter(([, { query }]) => query.workspace === workspace)
      await Promise.all(runs.map(([id]) => stopRun(id)))
    },
    async close() {
      isClosed = true
      await close()
      await Promise.all([...running.keys()].map(stopRun))
    },
  }
}

const lostError = {
  code: 'internal',
  message: 'The server ended while it ran, before anything was written: its table is as it was',
}

function toldError(error: unknown): NonNullable<RunEnd['error']> {
  if (error instanceof MillraceError) return { code: error.code, message: error.message }
  return { code: 'internal', message: 'The run failed for a reason of the server; its log says more' }
}

/** Without the reason's words, which may tell what is in the tables. */
function failed({ id, label, target }: ScheduledQuery, { error }: Pick<RunEnd, 'error'>): NotificationDraft {
  return {
    severity: 'error',
    type: 'scheduled_query_failed',
    subject: id,
    message: `The scheduled query ${JSON.stringify(label)} failed, and its table ${JSON.stringify(target)} is as it was: ${error?.code ?? 'internal'}`,
    cause: { kind: 'scheduled-query', id },
  }
}
