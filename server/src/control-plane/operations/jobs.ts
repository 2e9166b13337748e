/** The jobs of sources: how they fare, what they say, what they retrieved. */
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { MillraceError } from '../../errors.ts'
import { type JobEnd, jobsWaitingMax } from '../../sources.ts'
import type { DataPlane, JobPlace } from '../data-plane.ts'
import { type JobFileFormat, jobFile } from '../job-file.ts'
import { queuedJobs, rangeOf } from '../job-rows.ts'
import {
  cancelWaiting,
  changeJob,
  countOpenJobs,
  findJob,
  findJobs,
  insertJobs,
  type JobFilter,
  type JobRow,
  listJobs,
  openJobs,
  pauseOpen,
  resumePaused,
} from '../store/jobs.ts'
import type { Db, Tx } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { authorOf, type Caller, notFound, operation, type Page } from './operation.ts'

export interface ShownJob
  extends Pick<
    JobRow,
    | 'id'
    | 'state'
    | 'askedBy'
    | 'queuedAt'
    | 'startedAt'
    | 'endedAt'
    | 'attempts'
    | 'pages'
    | 'rowCount'
    | 'loaded'
    | 'total'
    | 'message'
    | 'etaAt'
    | 'rowsLoaded'
    | 'rowsReplaced'
    | 'rerunOf'
    | 'pausedAt'
    | 'notBefore'
    | 'calls'
  > {
  readonly kind: 'source'
  /** Id of the source. */
  readonly source: string
  readonly range: { readonly start: string; readonly end: string } | null
  readonly error: JobEnd['error']
  /** Days that are over, asked for by somebody: it comes behind what is due. */
  readonly isBackFill: boolean
}

/** Jobs by their ids, or all of a source that wait or are under way. */
export type WhichJobs = { readonly ids: readonly string[] } | { readonly source: string }

/** A page of a list by its number, for those who ask so. */
export interface NumberedPage {
  readonly limit: number
  readonly offset: number
}

const cancelled = { errorCode: 'conflict', errorMessage: 'Somebody cancelled it' }
/** The audit names the jobs where they are few. */
const idsInAudit = 100

export function jobOperations(store: Store, { jobs }: Pick<DataPlane, 'jobs'>) {
  /** Jobs that have ended are left as they are. `work` says what is to be done once its change is kept. */
  const changeMany = async (
    caller: Caller,
    which: WhichJobs,
    action: string,
    work: (tx: Tx, open: readonly JobRow[]) => Promise<(ids: readonly string[]) => Promise<void>>,
  ): Promise<ShownJob[]> => {
    const { workspace } = caller
    const { found, ids, after } = await store.change(authorOf(caller), async (tx) => {
      const found =
        'ids' in which ? await jobsIn(tx, workspace, which.ids) : await openJobs(tx, workspace, which.source)
      const open = found.filter(({ endedAt }) => endedAt === null)
      const ids = open.map(({ id }) => id)
      const object = 'ids' in which ? (found[0]?.id ?? '') : which.source
      const detail = { jobs: ids.length, ...(ids.length <= idsInAudit && { ids }) }
      const after = await work(tx, open)
      return {
        result: { found, ids, after },
        audit: { workspaceId: workspace, action: `job.${action}`, object, detail },
      }
    })
    await after(ids)
    const named = found.map(({ id }) => id)
    const now = new Map((await findJobs(store.db, workspace, named)).map((row) => [row.id, row]))
    return found.map((row) => shownJob(now.get(row.id) ?? row))
  }

  return {
    /** Newest first. */
    list: operation('sources:read', async (caller, filter: JobFilter, { limit, after }: Page) => {
      const rows = await listJobs(store.db, caller.workspace, filter, { before: after, limit })
      return rows.map(shownJob)
    }),

    /** Newest first. The further back, the longer it takes: `list` goes on from a job. */
    listByNumber: operation('sources:read', async (caller, filter: JobFilter, { limit, offset }: NumberedPage) => {
      const rows = await listJobs(store.db, caller.workspace, filter, { before: undefined, limit, offset })
      return rows.map(shownJob)
    }),

    get: operation('sources:read', async (caller, id: string) => shownJob(await jobIn(store.db, caller, id))),

    /** Rows that are durable stay, and so does where the next run goes on. One that has ended stays as it is. */
    cancel: operation('sources:write', async (caller, id: string): Promise<ShownJob> => {
      const { workspace } = caller
      await store.change(authorOf(caller), async (tx) => {
        const job = await jobIn(tx, caller, id)
        await changeJob(tx, job, 'QUEUED', { state: 'CANCELLED', endedAt: store.now(), ...cancelled })
        const audit = { workspaceId: workspace, action: 'job.cancelled', object: id, detail: { source: job.sourceId } }
        return { result: undefined, audit }
      })
      await jobs.cancel(workspace, id)
      return shownJob(await jobIn(store.db, caller, id))
    }),

    /** As `cancel`, of many. */
    cancelMany: operation('sources:write', (caller, which: WhichJobs) =>
      changeMany(caller, which, 'cancelled', async (tx, open) => {
        const waiting = open.filter(({ state }) => state === 'QUEUED').map(({ id }) => id)
        await cancelWaiting(tx, caller.workspace, waiting, { endedAt: store.now(), ...cancelled })
        return async (ids) => void (await Promise.all(ids.map((id) => jobs.cancel(caller.workspace, id))))
      }),
    ),

    /** They are not begun until they are resumed; those under way wait again, and go on later behind their last page. */
    pause: operation('sources:write', (caller, which: WhichJobs) =>
      changeMany(caller, which, 'paused', async (tx, open) => {
        const ids = open.map(({ id }) => id)
        await pauseOpen(tx, caller.workspace, ids, store.now())
        return (ids) => jobs.pause(caller.workspace, ids)
      }),
    ),

    resume: operation('sources:write', (caller, which: WhichJobs) =>
      changeMany(caller, which, 'resumed', async (tx, open) => {
        const ids = open.map(({ id }) => id)
        await resumePaused(tx, caller.workspace, ids)
        return async () => jobs.wake()
      }),
    ),

    /**
     * Queues jobs again, as new ones with the same ranges, in the order of the ids; also of a source that is switched off.
     * @throws MillraceError `not_found`: one of them; `conflict`: too many of a source wait.
     */
    rerun: operation('sources:write', async (caller, ids: readonly string[]): Promise<ShownJob[]> => {
      const { workspace, user } = caller
      const made = await store.change(authorOf(caller), async (tx) => {
        const found = await jobsIn(tx, workspace, ids)
        const at = store.now()
        const rows = ordersOf(found).flatMap(({ source, orders }) =>
          queuedJobs({ workspaceId: workspace, id: source }, orders, { at, askedBy: user.id }),
        )
        for (const { source, orders } of ordersOf(found)) await refuseTooMany(tx, workspace, source, orders.length)
        await insertJobs(tx, rows)
        const detail = { jobs: rows.length, ...(rows.length <= idsInAudit && { made: rows.map(({ id }) => id) }) }
        const audit = { workspaceId: workspace, action: 'job.rerun', object: found[0]?.id ?? '', detail }
        return { result: rows, audit }
      })
      jobs.wake()
      const byOrigin = new Map(made.map((row) => [row.rerunOf, row]))
      return [...new Set(ids)].map((id) => shownJob(byOrigin.get(id)!))
    }),

    /** Also while it runs. */
    log: operation('sources:read', async (caller, id: string, { from, limit }: { from: number; limit: number }) =>
      jobs.log(placeOf(await jobIn(store.db, caller, id)), from, limit),
    ),

    rawPages: operation('samples:read', async (caller, id: string) =>
      jobs.rawPages(placeOf(await jobIn(store.db, caller, id))),
    ),

    /** @throws MillraceError `not_found`. */
    rawPage: operation('samples:read', async (caller, id: string, name: string) =>
      jobs.rawPage(placeOf(await jobIn(store.db, caller, id)), name),
    ),

    /** All pages as one file: CSV, or a zip of it, written while it is taken. */
    download: operation('samples:read', async (caller, id: string, format: JobFileFormat): Promise<Readable> => {
      const place = placeOf(await jobIn(store.db, caller, id))
      const pages = (await jobs.rawPages(place)).map(({ name }) => ({
        name,
        read: async () => buffer((await jobs.rawPage(place, name)).stream),
      }))
      return jobFile(pages, format)
    }),
  }
}

export function shownJob(row: JobRow): ShownJob {
  const { id, sourceId: source, state, askedBy, queuedAt, startedAt, endedAt, attempts, rerunOf } = row
  const { pages, rowCount, rowsLoaded, rowsReplaced, calls, loaded, total, message, etaAt, errorCode, errorMessage } =
    row
  const error = errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' }
  const times = { queuedAt, notBefore: row.notBefore, pausedAt: row.pausedAt, startedAt, endedAt, etaAt }
  const counts = { attempts, pages, calls, rowCount, rowsLoaded, rowsReplaced, loaded, total }
  const origin = { askedBy, rerunOf, isBackFill: row.isBackFill === 1 }
  return { id, kind: 'source', source, range: rangeOf(row), state, ...origin, ...times, ...counts, message, error }
}

/** @throws MillraceError `not_found`: one of them. */
async function jobsIn(db: Db, workspace: string, ids: readonly string[]): Promise<JobRow[]> {
  const rows = new Map((await findJobs(db, workspace, ids)).map((row) => [row.id, row]))
  return [...new Set(ids)].map((id) => {
    const row = rows.get(id)
    if (row === undefined) throw notFound(`job ${id.slice(0, 64)}`)
    return row
  })
}

/** Of each source. */
function ordersOf(found: readonly JobRow[]) {
  const bySource = Map.groupBy(found, ({ sourceId }) => sourceId)
  return [...bySource].map(([source, jobs]) => ({
    source,
    orders: jobs.map((job) => ({ range: rangeOf(job), rerunOf: job.id, isBackFill: true })),
  }))
}

async function refuseTooMany(db: Db, workspace: string, source: string, more: number): Promise<void> {
  const open = (await countOpenJobs(db, workspace, [source])).get(source) ?? 0
  if (open + more > jobsWaitingMax) throw tooManyWait(open)
}

/** Of one source. */
export function tooManyWait(open: number): MillraceError {
  return new MillraceError('conflict', `Of one source ${jobsWaitingMax} jobs may wait, and ${open} do`)
}

async function jobIn(db: Db, { workspace }: Caller, id: string): Promise<JobRow> {
  const row = await findJob(db, workspace, id)
  if (!row) throw notFound('job')
  return row
}

function placeOf({ workspaceId: workspace, sourceId: source, id }: JobRow): JobPlace {
  return { workspace, source, id }
}
