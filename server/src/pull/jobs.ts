/**
 * Runs the jobs of sources: what is due, what somebody asked for, and what a process that is gone left under way. Of a workspace
 * fifteen are under way at a time; of the sources that wait the one comes first that was served longest ago, back-fills last.
 */
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { InputSnapshot, SourceDirectory } from '../inputs.ts'
import type { NotificationDraft } from '../notifications.ts'
import type { Outbound } from '../outbound.ts'
import { lookRepeatedly } from '../repeated-look.ts'
import type { Resource } from '../resources.ts'
import { nextAt } from '../schedule.ts'
import {
  type DeclareKey,
  type DueSource,
  type Job,
  type JobEnd,
  type JobLogLine,
  jobsAtOnce,
  type Landing,
  type RawPage,
  type SourceStore,
  type WaitingSource,
} from '../sources.ts'
import type { Logger } from '../telemetry.ts'
import type { Connector } from './connector.ts'
import { openPauses } from './connector-http.ts'
import { discover } from './discovery.ts'
import type { JobParts } from './job.ts'
import { inTheWay, toStop } from './job-choice.ts'
import { keepEnd } from './job-end.ts'
import { openRawPage, rawPages, readJobLog, sweep } from './job-files.ts'
import { beginInRounds } from './job-rounds.ts'
import { runToEnd, type Stopping } from './job-running.ts'
import { failed, isHeldBack, type Source, type Sources, sourceKey, sourcesOf } from './job-sources.ts'

export interface Jobs {
  /** Looks at once at what is due and what waits. */
  wake(): void
  /** Inputs have changed: jobs of those that are gone or switched off are cancelled. */
  refresh(): void
  /** Cancels a job that is under way; resolves when it has ended. Safe to repeat. */
  cancel(workspace: string, job: string): Promise<void>
  /** Stops jobs that are under way: they wait again. Resolves when they have stopped; safe to repeat. */
  pause(workspace: string, jobs: readonly string[]): Promise<void>
  /** Begins no more jobs of a workspace; those under way wait again. Resolves when they have stopped; safe to repeat. */
  rest(workspace: string): Promise<void>
  /** Ends that. */
  goOn(workspace: string): void
  /** @throws MillraceError `invalid_request`, `source_unavailable`, `forbidden`. */
  discover(workspace: string, type: string, settings: Readonly<Record<string, unknown>>): Promise<readonly Resource[]>
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
  readonly inputs: SourceDirectory
  readonly store: SourceStore
  readonly take: JobParts['take']
  readonly replacements: JobParts['replacements']
  readonly outbound: Outbound
  /** The folder of a workspace. */
  readonly folderOf: (workspace: string) => string
  readonly workspaces: () => readonly string[]
  readonly notify: (workspace: string, draft: NotificationDraft) => void
  readonly logger: Logger
  /** Below which sources may read local files; none may where it is absent or empty. */
  readonly filesRoot?: string
  /** Of the pages that a job retrieved, as much is kept. */
  readonly rawBytesMax: number
  readonly declareKey?: DeclareKey
  readonly retryMs?: number
}

interface Running {
  readonly job: Job
  readonly stop: AbortController
  readonly done: Promise<void>
}

const tickMs = 1_000
/** A process that was not heard of for so long holds its jobs no more. */
const leaseMs = 60_000
const renewMs = 15_000
/** Of a source, so many jobs that wait are looked at: those behind wait for them. */
const lookedAtMax = 16

export function openJobs(parts: JobsParts): Jobs {
  const { connectors, inputs, store, notify, logger } = parts
  const owner = crypto.randomUUID()
  const running = new Map<string, Running>()
  /** When each source last began a job, by its key. */
  const served = new Map<string, number>()
  /** Jobs that are being taken: whoever stops one waits for that. */
  const beginning = new Map<string, Promise<unknown>>()
  const pauses = openPauses()
  /** Workspaces that are about to be closed. */
  const resting = new Set<string>()
  let isClosed = false
  let isFirst = true
  let renewedAt = Number.NEGATIVE_INFINITY

  const sourcesNow = () => sourcesOf(Object.keys(connectors), inputs)
  const folderOf = ({ workspace, source, id }: Pick<Job, 'workspace' | 'source' | 'id'>) =>
    join(parts.folderOf(workspace), 'jobs', source, id)
  const jobsRunning = () => [...running.values()].map(({ job }) => job)

  async function look(): Promise<void> {
    if (isFirst) {
      // The data folder, with the store in it, is held by one process at a time: no other lives.
      await store.voidOthers(owner)
      for (const workspace of parts.workspaces()) await sweepWorkspace(workspace)
      isFirst = false
    }
    await renew()
    const now = Date.now()
    for (const job of await store.toRun(owner, now)) if (!running.has(job.id)) await takeUp(job, sourcesNow())
    for (const source of await store.due(now)) await store.queue(source, now, nextOf(source))
    const waiting = await store.waitingSources(now, fullWorkspaces())
    for (const ofOne of Map.groupBy(waiting, ({ workspace }) => workspace).values()) await beginSome(ofOne, now)
  }

  async function renew(): Promise<void> {
    if (performance.now() - renewedAt < renewMs) return
    const held = new Set(await store.renew({ owner, until: Date.now() + leaseMs }))
    renewedAt = performance.now()
    for (const { job, stop } of running.values()) if (!held.has(job.id)) stop.abort(cancel('Another process runs it'))
  }

  /** Those in which nothing that waits could begin: they are full, and of what is due. */
  function fullWorkspaces(): string[] {
    const byWorkspace = Map.groupBy(jobsRunning(), ({ workspace }) => workspace)
    return [...byWorkspace]
      .filter(([, jobs]) => jobs.filter(({ isBackFill }) => !isBackFill).length >= jobsAtOnce)
      .map(([workspace]) => workspace)
  }

  async function beginSome(waiting: readonly WaitingSource[], now: number): Promise<void> {
    const sources = sourcesNow()
    await beginInRounds(waiting, {
      servedAt: (source) => served.get(sourceKey(source)) ?? 0,
      isFull: () => jobsRunning().filter(({ workspace }) => workspace === waiting[0]?.workspace).length >= jobsAtOnce,
      isClosed: () => isClosed,
      async jobsOf(one) {
        const source = sources.get(sourceKey(one))
        if (source === undefined) return undefined
        return (await store.waiting(one, now, lookedAtMax)).filter((job) => !isHeldBack(job, source))
      },
      begin: (one, jobs) => beginOne(jobs, sources.get(sourceKey(one))!),
    })
  }

  /** @returns the jobs that still wait where one began; undefined where none did. */
  async function beginOne(jobs: readonly Job[], { input }: Source): Promise<Job[] | undefined> {
    for (const job of jobs) {
      const way = inTheWay(job, jobsRunning(), (await store.limitsOf(job)).jobsAtOnce)
      for (const { id } of toStop(job, way)) running.get(id)?.stop.abort(release)
      if (way.needed === 0 && (await beginJob(job, input))) return jobs.filter((other) => other !== job)
    }
    return undefined
  }

  /** What a process that is gone left under way. */
  async function takeUp(job: Job, sources: Sources): Promise<void> {
    const source = sources.get(sourceKey(job))
    if (source !== undefined && !isHeldBack(job, source)) return void (await beginJob(job, source.input))
    if (!(await store.begin(job, leaseNow(), Date.now()))) return
    const error = { code: 'conflict', message: gone }
    await store.end(job, owner, Date.now(), { state: 'CANCELLED', error, calls: job.calls })
  }

  async function beginJob(job: Job, input: InputSnapshot): Promise<boolean> {
    if (isClosed || resting.has(job.workspace) || running.has(job.id)) return false
    const begun = store.begin(job, leaseNow(), Date.now())
    beginning.set(job.id, begun)
    try {
      if (!(await begun)) return false
    } finally {
      beginning.delete(job.id)
    }
    served.set(sourceKey(job), performance.now())
    const stop = new AbortController()
    running.set(job.id, { job, stop, done: Promise.resolve().then(() => finish(job, input, stop.signal)) })
    if (resting.has(job.workspace)) stop.abort(release)
    return true
  }

  /** What is being taken has been, and is under way where it could be. */
  async function taken(ids: readonly string[]): Promise<void> {
    await Promise.allSettled(ids.flatMap((id) => beginning.get(id) ?? []))
  }

  const leaseNow = () => ({ owner, until: Date.now() + leaseMs })

  async function finish(job: Job, input: InputSnapshot, signal: AbortSignal): Promise<void> {
    try {
      const onLanding = (landing: Landing) => {
        const entry = running.get(job.id)
        if (entry) running.set(job.id, { ...entry, job: { ...job, landing } })
      }
      const one = { job, input, connector: connectors[input.type]!, folder: folderOf(job), onLanding }
      const outcome = await runToEnd({ ...parts, owner, pauses }, one, signal)
      if (outcome === undefined) return
      if ('waitsUntil' in outcome) await store.release(job, owner, outcome.waitsUntil)
      else await end(job, outcome, input)
    } catch (error) {
      logger.error('the end of a job cannot be kept', { workspace: job.workspace, job: job.id, reason: error as Error })
    } finally {
      running.delete(job.id)
      wake()
    }
  }

  async function end(job: Job, end: JobEnd & { calls: number }, { label }: InputSnapshot): Promise<void> {
    const keep = async () => {
      const dropped = new Set(await store.end(job, owner, Date.now(), end))
      await sweep(join(parts.folderOf(job.workspace), 'jobs', job.source), (id) => !dropped.has(id))
    }
    await keepEnd(keep, { job, logger, againMs: tickMs, isClosed: () => isClosed })
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
      for (const { job, stop } of running.values()) {
        const source = sources.get(sourceKey(job))
        if (source === undefined || isHeldBack(job, source)) stop.abort(cancel(gone))
      }
      wake()
    },
    async cancel(workspace, id) {
      await taken([id])
      const one = running.get(id)
      if (one?.job.workspace !== workspace) return
      one.stop.abort(cancel('Somebody cancelled it'))
      await one.done
    },
    async pause(workspace, ids) {
      await taken(ids)
      const some = ids.flatMap((id) => running.get(id) ?? []).filter(({ job }) => job.workspace === workspace)
      for (const { stop } of some) stop.abort(release)
      await Promise.all(some.map(({ done }) => done))
    },
    async rest(workspace) {
      resting.add(workspace)
      await taken([...beginning.keys()])
      const some = [...running.values()].filter(({ job }) => job.workspace === workspace)
      for (const { stop } of some) stop.abort(release)
      await Promise.all(some.map(({ done }) => done))
    },
    goOn(workspace) {
      resting.delete(workspace)
      wake()
    },
    discover: (workspace, type, settings) => discover({ ...parts, pauses }, connectors[type], workspace, settings),
    log: (job, from, limit) => readJobLog(folderOf(job), from, limit),
    rawPages: (job) => rawPages(folderOf(job)),
    rawPage: (job, name) => openRawPage(folderOf(job), name),
    async close() {
      isClosed = true
      await close()
      for (const { stop } of running.values()) stop.abort({ kind: 'leave' } satisfies Stopping)
      await Promise.all([...running.values()].map(({ done }) => done))
    },
  }
}

const gone = 'Its source was switched off or removed'
const release: Stopping = { kind: 'release' }

function cancel(why: string): Stopping {
  return { kind: 'cancel', why }
}
