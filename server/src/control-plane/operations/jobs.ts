/** The jobs of sources: how they fare, what they say, what they retrieved. */
import type { JobEnd } from '../../sources.ts'
import type { DataPlane, JobPlace } from '../data-plane.ts'
import { rangeOf } from '../source-store.ts'
import { changeJob, findJob, type JobFilter, type JobRow, listJobs } from '../store/jobs.ts'
import type { Db } from '../store/schema.ts'
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
  > {
  /** Id of the source. */
  readonly source: string
  readonly range: { readonly start: string; readonly end: string } | null
  readonly error: JobEnd['error']
}

export function jobOperations(store: Store, { jobs }: Pick<DataPlane, 'jobs'>) {
  return {
    /** Newest first. */
    list: operation('sources:read', async (caller, filter: JobFilter, { limit, after }: Page) => {
      const rows = await listJobs(store.db, caller.workspace, filter, { before: after, limit })
      return rows.map(shownJob)
    }),

    get: operation('sources:read', async (caller, id: string) => shownJob(await jobIn(store.db, caller, id))),

    /** Rows that are durable stay, and so does where the next run goes on. One that has ended stays as it is. */
    cancel: operation('sources:write', async (caller, id: string): Promise<ShownJob> => {
      const { workspace } = caller
      await store.change(authorOf(caller), async (tx) => {
        const job = await jobIn(tx, caller, id)
        const error = { errorCode: 'conflict', errorMessage: 'Somebody cancelled it' }
        await changeJob(tx, job, 'QUEUED', { state: 'CANCELLED', endedAt: store.now(), ...error })
        const audit = { workspaceId: workspace, action: 'job.cancelled', object: id, detail: { source: job.sourceId } }
        return { result: undefined, audit }
      })
      await jobs.cancel(workspace, id)
      return shownJob(await jobIn(store.db, caller, id))
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
  }
}

export function shownJob(row: JobRow): ShownJob {
  const { id, sourceId: source, state, askedBy, queuedAt, startedAt, endedAt, attempts } = row
  const { pages, rowCount, loaded, total, message, etaAt, errorCode, errorMessage } = row
  const error = errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' }
  const times = { queuedAt, startedAt, endedAt, etaAt }
  const counts = { attempts, pages, rowCount, loaded, total }
  return { id, source, range: rangeOf(row), state, askedBy, ...times, ...counts, message, error }
}

async function jobIn(db: Db, { workspace }: Caller, id: string): Promise<JobRow> {
  const row = await findJob(db, workspace, id)
  if (!row) throw notFound('job')
  return row
}

function placeOf({ workspaceId: workspace, sourceId: source, id }: JobRow): JobPlace {
  return { workspace, source, id }
}
