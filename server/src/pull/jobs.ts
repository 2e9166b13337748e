/**
 * Runs the jobs of sources: what is due, what somebody asked for, and what a process before this one left under way. Of one source one
 * job is under way at a time, of a workspace fifteen, and the source that was served longest ago comes first.
 */
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { InputDirectory, InputSnapshot } from '../inputs.ts'
import type { NotificationDraft } from '../notifications.ts'
import type { Outbound } from '../outbound.ts'
import { lookRepeatedly } from '../repeated-look.ts'
import { nextAt } from '../schedule.ts'
import {
  type DueSource,
  type Job,
  type JobEnd,
  type JobLogLine,
  jobsAtOnce,
  type RawPage,
  type SourceStore,
} from '../sources.ts'
import type { Logger } from '../telemetry.ts'
import type { Connector } from './connector.ts'
import { openConnectorHttp, openPauses } from './connector-http.ts'
import { type JobParts, runJob } from './job.ts'
import { openJobFiles, openRawPage, rawPages, readJobLog, sweep } from './job-files.ts'
import { openRedaction } from './redaction.ts'

export interface Jobs {
  /** Looks at once at what is due and what waits. */
  wake(): void
  /** Inputs have changed: jobs of those that are gone or switched off are cancelled. */
  refresh(): void
  /** Cancels a job that is under way; resolves when it has ended. Safe to repeat. */
  cancel(workspace: string, job: string): Promise<void>
  /** From the line `from` (0 is the first) on. */
  log(job: Pick<Job, 'workspace' | 'source' | 'id'>, from: number, limit: number): Promise<readonly JobLogLine[]>
  rawPages(job: Pick<Job, 'workspace' | 'source' | 'id'>): Promise<readonly RawPage[]>
  /** @throws MillraceError `not_found`. */
  rawPage(job: Pick<Job, 'workspace' | 'source' | 'id'>, name: string): Promise<{ bytes: number; stream: Readable }>
  /** Stops what is under way; it goes on after the next start. */
  close(): Promise<void>
}

interface JobsParts {
  /** By their names in the catalog. */
  readonly connectors: Readonly<Record<string, Connector>>
  readonly inputs: Pick<InputDirectory, 'ofType'>
  readonly store: SourceStore
  readonly take: JobParts['take']
  readonly outbound: Outbound
  /** The folder of a workspace. */
  readonly folderOf: (workspace: string) => string
  readonly workspaces: () => readonly string[]
  readonly notify: (workspace: string, draft: NotificationDraft) => void
  readonly logger: Logger
  /** Below which sources may read local files; none may where it is absent or empty. */
  readonly filesRoot?: string
  readonly retryMs?: number
}

/** Those that may run now, by their keys. */
type Sources = ReadonlyMap<string, InputSnapshot>

interface Running {
  readonly job: Job
  readonly stop: AbortController
  readonly done: Promise<void>
}

const tickMs = 1_000
/** A job that ends the process each time it runs is not begun for ever. */
const idleStartsMax = 10

export function openJobs(parts: JobsParts): Jobs {
  const { connectors, inputs, store, notify, logger } = parts
  const running = new Map<string, Running>()
  /** When each source last began a job, by its key. */
  const served = new Map<string, number>()
  const pauses = openPauses()
  let isClosed = false
  let isFirst = true

  const sourcesNow = () =>
    new Map(
      Object.keys(connectors).flatMap((type) => inputs.ofType(type).map((input) => [keyOf(input), input] as const)),
    )
  const folderOf = ({ workspace, source, id }: Pick<Job, 'workspace' | 'source' | 'id'>) =>
    join(parts.folderOf(workspace), 'jobs', source, id)

  async function look(): Promise<void> {
    if (isFirst) {
      for (const workspace of parts.workspaces()) await sweepWorkspace(workspace)
      isFirst = false
    }
    for (const job of await store.underWay()) if (!running.has(job.id)) await takeUp(job, sourcesNow())
    const now = Date.now()
    for (const source of await store.due(now)) await store.queue(source, now, nextOf(source))
    const waiting = await store.waiting()
    const sources = sourcesNow()
    const before = (job: Job) => served.get(sourceKey(job)) ?? 0
    for (const job of waiting.toSorted((a, b) => before(a) - before(b) || a.queuedAt - b.queuedAt))
      await beginJob(job, sources)
  }

  /** What a process before this one left under way. */
  async function takeUp(job: Job, sources: Sources): Promise<void> {
    if (sources.has(sourceKey(job))) await beginJob(job, sources)
    else await store.end(job, Date.now(), { state: 'CANCELLED', error: { code: 'conflict', message: gone } })
  }

  async function beginJob(job: Job, sources: Sources): Promise<void> {
    const input = sources.get(sourceKey(job))
    const others = [...running.values()].filter(({ job: { workspace } }) => workspace === job.workspace)
    const isBusy = others.length >= jobsAtOnce || others.some((other) => other.job.source === job.source)
    if (isClosed || input === undefined || isBusy || running.has(job.id) || !(await store.begin(job, Date.now())))
      return
    served.set(sourceKey(job), performance.now())
    const stop = new AbortController()
    running.set(job.id, { job, stop, done: Promise.resolve().then(() => finish(job, input, stop.signal)) })
  }

  async function finish(job: Job, input: InputSnapshot, signal: AbortSignal): Promise<void> {
    try {
      const end = await endOf(job, input, signal)
      // Closed: it stays under way, and goes on after the next start.
      if (end !== undefined) await keepEnd(job, end, input)
    } catch (error) {
      logger.error('the end of a job cannot be kept', { workspace: job.workspace, job: job.id, reason: error as Error })
    } finally {
      running.delete(job.id)
      wake()
    }
  }

  async function endOf(job: Job, input: InputSnapshot, signal: AbortSignal): Promise<JobEnd | undefined> {
    const connector = connectors[input.type]!
    if (job.idleStarts >= idleStartsMax) return { state: 'FAILURE', error: endless }
    const http = openConnectorHttp({ outbound: parts.outbound, pauses, scope: job.workspace, signal })
    try {
      const redaction = openRedaction(connector.settings, input.settings)
      const files = await openJobFiles(folderOf(job), redaction)
      files.log.info(job.state === 'RUNNING' ? 'taken up again' : 'begun', { source: input.label, pages: job.pages })
      const { retryMs, filesRoot } = parts
      const set = { ...(retryMs !== undefined && { retryMs }), ...(filesRoot !== undefined && { filesRoot }) }
      const more = { http, outbound: parts.outbound, files, redaction, signal, ...set }
      return await runJob({ job, input, connector, store, take: parts.take, ...more }).finally(() => files.settled())
    } catch (error) {
      if (isClosed) return undefined
      if (signal.aborted) return { state: 'CANCELLED', error: { code: 'conflict', message: String(signal.reason) } }
      logger.error('a job failed', { workspace: job.workspace, job: job.id, reason: error as Error })
      return { state: 'FAILURE', error: { code: 'internal', message: 'The job failed for a reason of the server' } }
    } finally {
      http.close()
    }
  }

  /** The disk may be full for a while. */
  async function keepEnd(job: Job, end: JobEnd, { label }: InputSnapshot): Promise<void> {
    for (;;) {
      try {
        const dropped = new Set(await store.end(job, Date.now(), end))
        await sweep(join(parts.folderOf(job.workspace), 'jobs', job.source), (id) => !dropped.has(id))
        break
      } catch (error) {
        if (isClosed) throw error
        logger.warn('the end of a job is not kept yet', { job: job.id, reason: error as Error })
        await new Promise((resolve) => setTimeout(resolve, tickMs).unref())
      }
    }
    if (end.state === 'FAILURE') notify(job.workspace, failed(job, label, end))
  }

  /** A schedule that was right once is, whatever this version of the parser says of it: it stands still, and is heard of. */
  function nextOf({ workspace, id, schedule, scheduledAt }: DueSource): number | null {
    try {
      return nextAt(schedule, { after: Date.now(), createdAt: scheduledAt })
    } catch (error) {
      logger.error('a schedule cannot be read', { workspace, source: id, reason: error as Error })
      return null
    }
  }

  async function sweepWorkspace(workspace: string): Promise<void> {
    const ids = await store.inputIds(workspace)
    await sweep(join(parts.folderOf(workspace), 'jobs'), (source) => ids.has(source))
  }

  const { wake, close } = lookRepeatedly(look, {
    everyMs: tickMs,
    onFailure: (reason) => logger.warn('sources are not looked at', { reason }),
  })
  return {
    wake,
    refresh() {
      const sources = sourcesNow()
      for (const { job, stop } of running.values()) if (!sources.has(sourceKey(job))) stop.abort(gone)
      wake()
    },
    async cancel(workspace, id) {
      const one = running.get(id)
      if (one?.job.workspace !== workspace) return
      one.stop.abort('Somebody cancelled it')
      await one.done
    },
    log: (job, from, limit) => readJobLog(folderOf(job), from, limit),
    rawPages: (job) => rawPages(folderOf(job)),
    rawPage: (job, name) => openRawPage(folderOf(job), name),
    async close() {
      isClosed = true
      await close()
      for (const { stop } of running.values()) stop.abort('The server stops')
      await Promise.all([...running.values()].map(({ done }) => done))
    },
  }
}

const gone = 'Its source was switched off or removed'
const endless = {
  code: 'internal',
  message: `The server ended ${idleStartsMax} times while it ran, without a page in between`,
}

function keyOf({ workspace, id }: InputSnapshot): string {
  return `${workspace}\n${id}`
}

function sourceKey({ workspace, source }: Pick<Job, 'workspace' | 'source'>): string {
  return `${workspace}\n${source}`
}

/** Without the reason's words, which may tell what is in the data. */
function failed({ id, source }: Job, label: string, { error }: JobEnd): NotificationDraft {
  return {
    severity: 'error',
    type: 'job_failed',
    subject: source,
    message: `A job of the source ${JSON.stringify(label)} failed: ${error?.code ?? 'internal'}`,
    input: label,
    cause: { kind: 'job', id },
  }
}
