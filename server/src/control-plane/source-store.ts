/** What running jobs keep in the metadata store. What becomes of jobs is nobody's change, and has no audit row; settings that a job changes have. */
import { newId } from '@millrace/event/id'
import { MillraceError } from '../errors.ts'
import type { InputType } from '../inputs.ts'
import { type DateRange, type DueSource, type Job, jobsKept, type SourceState, type SourceStore } from '../sources.ts'
import type { InputKeys } from './operations/input-keys.ts'
import {
  changeSettings,
  parseSettings,
  readSettings,
  splitSettings,
  writeSecrets,
} from './operations/input-settings.ts'
import { findInput, inputIds, updateInput } from './store/inputs.ts'
import {
  changeJob,
  findJob,
  firstWaitingJobs,
  insertJob,
  type JobRow,
  jobsUnderWay,
  openJobs,
  pruneJobs,
} from './store/jobs.ts'
import { dueSources, findSources, type SourceRow, saveSource } from './store/sources.ts'
import type { Store } from './store/store.ts'

interface SourceStoreParts {
  readonly store: Store
  readonly inputKeys: Pick<InputKeys, 'refresh'>
  readonly types: Readonly<Record<string, InputType>>
}

export function openSourceStore({ store, inputKeys, types }: SourceStoreParts): SourceStore {
  const { db } = store
  return {
    due: async (now) => (await dueSources(db, now)).flatMap(dueOf),
    queue: ({ workspace, id }, at, nextAt) =>
      db.transaction().execute(async (tx) => {
        await saveSource(tx, { workspaceId: workspace, id }, { nextAt })
        if ((await openJobs(tx, workspace, id)).length > 0) return
        await insertJob(tx, queuedJob({ workspaceId: workspace, id }, at))
      }),
    waiting: async () => (await firstWaitingJobs(db)).map(jobOf),
    underWay: async () => (await jobsUnderWay(db)).map(jobOf),
    begin: (job, at) =>
      changeJob(db, placeOf(job), job.state, {
        state: 'RUNNING',
        idleStarts: job.idleStarts + 1,
        ...(job.state === 'QUEUED' && { startedAt: at }),
      }),
    async stateOf(job) {
      const kept =
        job.range === null
          ? (await findSources(db, job.workspace, [job.source]))[0]?.state
          : (await findJob(db, job.workspace, job.id))?.readState
      return JSON.parse(kept ?? '{}') as SourceState
    },
    pageDone: (job, { state, ...done }) =>
      db.transaction().execute(async (tx) => {
        const text = JSON.stringify(state)
        const isOwn = job.range !== null
        const change = { ...done, idleStarts: 0, ...(isOwn && { readState: text }) }
        const isThere = await changeJob(tx, placeOf(job), 'RUNNING', change)
        if (!isThere) throw new MillraceError('not_found', 'The job is gone')
        if (!isOwn) await saveSource(tx, { workspaceId: job.workspace, id: job.source }, { state: text })
      }),
    progressed: async (job, progress) => void (await changeJob(db, placeOf(job), 'RUNNING', progress)),
    triedAgain: async (job, attempts) => void (await changeJob(db, placeOf(job), 'RUNNING', { attempts })),
    end: (job, endedAt, { state, error }) =>
      db.transaction().execute(async (tx) => {
        const errors = { errorCode: error?.code ?? null, errorMessage: error?.message ?? null }
        await changeJob(tx, placeOf(job), 'RUNNING', { state, endedAt, etaAt: null, ...errors })
        return pruneJobs(tx, job.workspace, job.source, jobsKept)
      }),
    async saveSettings({ workspace, source }, change) {
      const author = { actor: 'job', tokenId: null, ip: null, requestId: null }
      await store.change(author, async (tx) => {
        const input = await findInput(tx, workspace, source)
        const type = input && types[input.type]
        if (!input || !type) throw new MillraceError('not_found', 'The source is gone')
        const given = changeSettings(await readSettings(store, input, tx), change)
        parseSettings(type, given)
        const { open, secrets } = splitSettings(type, given)
        await writeSecrets(store, tx, input, secrets)
        await updateInput(tx, workspace, source, { settings: JSON.stringify(open) })
        const detail = { settings: Object.keys(change) }
        return { result: undefined, audit: { workspaceId: workspace, action: 'input.updated', object: source, detail } }
      })
      await inputKeys.refresh()
    },
    inputIds: async (workspace) => new Set(await inputIds(db, workspace)),
  }
}

/** A job that nobody has begun. */
export function queuedJob(
  { workspaceId, id }: Pick<SourceRow, 'workspaceId' | 'id'>,
  at: number,
  { range = null, askedBy = null }: { range?: DateRange | null; askedBy?: string | null } = {},
): JobRow {
  return {
    workspaceId,
    id: newId(at),
    sourceId: id,
    state: 'QUEUED',
    rangeStart: range?.start ?? null,
    rangeEnd: range?.end ?? null,
    readState: null,
    askedBy,
    queuedAt: at,
    startedAt: null,
    endedAt: null,
    attempts: 0,
    idleStarts: 0,
    pages: 0,
    rowCount: 0,
    loaded: null,
    total: null,
    message: null,
    etaAt: null,
    errorCode: null,
    errorMessage: null,
  }
}

export function rangeOf({ rangeStart: start, rangeEnd: end }: JobRow): DateRange | null {
  return start === null || end === null ? null : { start, end }
}

function jobOf(row: JobRow): Job {
  const { workspaceId: workspace, id, sourceId: source, state, queuedAt, pages, rowCount, attempts, idleStarts } = row
  return { workspace, id, source, state, range: rangeOf(row), queuedAt, pages, rowCount, attempts, idleStarts }
}

function dueOf({ workspaceId: workspace, id, schedule, scheduledAt }: SourceRow): DueSource[] {
  if (schedule === null) return []
  return [{ workspace, id, schedule: JSON.parse(schedule) as DueSource['schedule'], scheduledAt }]
}

function placeOf({ workspace, id }: Job): Pick<JobRow, 'workspaceId' | 'id'> {
  return { workspaceId: workspace, id }
}
