/** Jobs of all kinds as one list: those of sources, and runs of scheduled queries and consolidations. */
import type { Readable } from 'node:stream'
import { MillraceError } from '../../errors.ts'
import type { RunState } from '../../scheduled-queries.ts'
import type { JobLogLine } from '../../sources.ts'
import type { JobFileFormat } from '../job-file.ts'
import { mayRole } from '../permissions.ts'
import { findJobs, listJobs } from '../store/jobs.ts'
import type { Store } from '../store/store.ts'
import { type jobOperations, type ShownJob, shownJob, type WhichJobs } from './jobs.ts'
import { type Caller, notFound, operation, type Page } from './operation.ts'
import { findQueryJobs, listQueryJobs, logOf, type ShownQueryJob } from './query-jobs.ts'
import type { scheduledQueryOperations } from './scheduled-queries.ts'

export const jobKinds = ['source', 'query', 'consolidation'] as const

export type AnyJob = ShownJob | ShownQueryJob

export interface AnyJobFilter {
  readonly kind?: AnyJob['kind'] | undefined
  /** Id of a source: its jobs alone. */
  readonly source?: string | undefined
  /** Id of a scheduled query: its runs alone. */
  readonly query?: string | undefined
  readonly state?: RunState | undefined
}

interface Parts {
  readonly store: Store
  readonly jobs: ReturnType<typeof jobOperations>
  readonly scheduledQueries: ReturnType<typeof scheduledQueryOperations>
}

export function allJobOperations({ store, jobs, scheduledQueries }: Parts) {
  /** In the order given. @throws MillraceError `not_found`: one of them. */
  const find = async (caller: Caller, ids: readonly string[]): Promise<AnyJob[]> => {
    const ofSources = await findJobs(store.db, caller.workspace, ids)
    const found = new Map<string, AnyJob>(ofSources.map((row) => [row.id, shownJob(row)]))
    const others = mayReadQueries(caller) ? ids.filter((id) => !found.has(id)) : []
    if (others.length > 0) for (const job of await findQueryJobs(store.db, caller, others)) found.set(job.id, job)
    return [...new Set(ids)].map((id) => {
      const job = found.get(id)
      if (job === undefined) throw notFound(ids.length === 1 ? 'job' : `job ${id.slice(0, 64)}`)
      return job
    })
  }
  const findOne = async (caller: Caller, id: string): Promise<AnyJob> => (await find(caller, [id]))[0]!

  /** Those that only jobs of sources know. @throws MillraceError `conflict`, `not_found`. */
  const demandOfSources = async (caller: Caller, ids: readonly string[], what: string): Promise<void> => {
    const other = (await find(caller, ids)).find(({ kind }) => kind !== 'source')
    if (other !== undefined) throw ofQuery(other as ShownQueryJob, what)
  }

  return {
    /** Newest first. */
    list: operation('sources:read', async (caller, filter: AnyJobFilter, { limit, after: before }: Page) => {
      const { kind, source, query, state } = filter
      const page = { before, limit }
      const hasSources = (kind === undefined || kind === 'source') && query === undefined
      const hasQueries = kind !== 'source' && source === undefined && mayReadQueries(caller)
      const ofSources = hasSources ? await listJobs(store.db, caller.workspace, { source, state }, page) : []
      const queryFilter = { query, state, ...(kind !== 'source' && { kind }) }
      const ofQueries = hasQueries ? await listQueryJobs(store.db, caller, queryFilter, page) : []
      return newestFirst([...ofSources.map(shownJob), ...ofQueries]).slice(0, limit)
    }),

    get: operation('sources:read', findOne),

    /** What is durable stays; of a query's run that is nothing. One that has ended stays as it is. */
    cancel: operation('sources:write', async (caller, id: string): Promise<AnyJob> => {
      const job = await findOne(caller, id)
      if (job.kind === 'source') return jobs.cancel(caller, id)
      await scheduledQueries.stopRun(caller, job.query, id)
      return findOne(caller, id)
    }),

    /** As `cancel`, of many. */
    cancelMany: operation('sources:write', async (caller, which: WhichJobs): Promise<AnyJob[]> => {
      if (!('ids' in which)) return jobs.cancelMany(caller, which)
      const found = await find(caller, which.ids)
      const ofSources = found.filter(({ kind }) => kind === 'source').map(({ id }) => id)
      if (ofSources.length > 0) await jobs.cancelMany(caller, { ids: ofSources })
      for (const job of found)
        if (job.kind !== 'source' && job.endedAt === null) await scheduledQueries.stopRun(caller, job.query, job.id)
      return find(caller, which.ids)
    }),

    pause: operation('sources:write', async (caller, which: WhichJobs): Promise<ShownJob[]> => {
      if ('ids' in which) await demandOfSources(caller, which.ids, 'paused')
      return jobs.pause(caller, which)
    }),

    resume: operation('sources:write', async (caller, which: WhichJobs): Promise<ShownJob[]> => {
      if ('ids' in which) await demandOfSources(caller, which.ids, 'resumed')
      return jobs.resume(caller, which)
    }),

    rerun: operation('sources:write', async (caller, ids: readonly string[]): Promise<ShownJob[]> => {
      await demandOfSources(caller, ids, 'run again')
      return jobs.rerun(caller, ids)
    }),

    log: operation('sources:read', async (caller, id: string, page: { from: number; limit: number }) => {
      const job = await findOne(caller, id)
      const lines: readonly JobLogLine[] =
        job.kind === 'source' ? await jobs.log(caller, id, page) : logOf(job).slice(page.from, page.from + page.limit)
      return lines
    }),

    rawPages: operation('samples:read', async (caller, id: string) =>
      (await findOne(caller, id)).kind === 'source' ? jobs.rawPages(caller, id) : [],
    ),

    rawPage: operation('samples:read', async (caller, id: string, name: string) => {
      await demandOfSources(caller, [id], 'looked into')
      return jobs.rawPage(caller, id, name)
    }),

    download: operation('samples:read', async (caller, id: string, format: JobFileFormat): Promise<Readable> => {
      await demandOfSources(caller, [id], 'downloaded')
      return jobs.download(caller, id, format)
    }),
  }
}

/** Ids of both rise with time. */
function newestFirst(jobs: readonly AnyJob[]): AnyJob[] {
  return jobs.toSorted((one, other) => (one.id < other.id ? 1 : -1))
}

function mayReadQueries({ role }: Caller): boolean {
  return role !== undefined && mayRole(role, 'scheduled-queries:read')
}

function ofQuery({ id, query, target }: ShownQueryJob, what: string): MillraceError {
  const message = `The job ${id} is a run of the scheduled query ${query}, and cannot be ${what}`
  const hint = `Run it again with POST /api/v1/scheduled-queries/${query}/run; its rows are in the table ${target}.`
  return new MillraceError('conflict', message, { hint })
}
