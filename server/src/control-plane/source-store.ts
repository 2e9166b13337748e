/** What running jobs keep in the metadata store. What becomes of jobs is nobody's change, and has no audit row; settings that a job changes have. */

import { cutRange, dayAfter, dayIn } from '../days.ts'
import { MillraceError } from '../errors.ts'
import type { InputType } from '../inputs.ts'
import {
  type DateRange,
  type DueSource,
  defaultLimits,
  type Job,
  type JobRetention,
  jobFilesKept,
  type SourceSchedule,
  type SourceState,
  type SourceStore,
} from '../sources.ts'
import { jobOf, queuedJobs } from './job-rows.ts'
import type { InputKeys } from './operations/input-keys.ts'
import {
  changeSettings,
  parseSettings,
  readSettings,
  splitSettings,
  writeSecrets,
} from './operations/input-settings.ts'
import { findInput, inputIds, updateInput } from './store/inputs.ts'
import { jobsToRun, renewLeases, takeJob, voidLeases, waitingJobs, waitingSources } from './store/job-queue.ts'
import { changeJob, endedJobs, findJob, insertJobs, type JobRow, openJobs, pruneJobs } from './store/jobs.ts'
import type { Db } from './store/schema.ts'
import { countCalls, dueSources, findSources, type SourceRow, saveSource } from './store/sources.ts'
import type { Store } from './store/store.ts'

interface SourceStoreParts {
  readonly store: Store
  readonly inputKeys: Pick<InputKeys, 'refresh'>
  readonly types: Readonly<Record<string, InputType>>
  readonly retention: JobRetention
}

const dayMs = 86_400_000
/** Whoever changes something is a job. */
const jobAuthor = { actor: 'job', tokenId: null, ip: null, requestId: null }

export function openSourceStore({ store, inputKeys, types, retention }: SourceStoreParts): SourceStore {
  const { db } = store
  return {
    due: async (now) => (await dueSources(db, now)).flatMap(dueOf),
    queue: (source, at, nextAt) =>
      db.transaction().execute(async (tx) => {
        const { workspace: workspaceId, id } = source
        await saveSource(tx, { workspaceId, id }, { nextAt })
        const [kept] = await findSources(tx, workspaceId, [id])
        const open = await openJobs(tx, workspaceId, id)
        if (open.some(({ isBackFill }) => isBackFill === 0)) return
        const orders = rangesDue(source.schedule, at, kept?.daysPerJob ?? null).map((range) => ({ range }))
        await insertJobs(tx, queuedJobs({ workspaceId, id }, orders, { at }))
      }),
    waitingSources: (now, without) => waitingSources(db, now, without),
    waiting: async ({ workspace: workspaceId, source: sourceId }, now, limit) =>
      (await waitingJobs(db, { workspaceId, sourceId }, now, limit)).map(jobOf),
    toRun: async (owner, now) => (await jobsToRun(db, owner, now)).map(jobOf),
    begin: (job, lease, at) =>
      takeJob(db, placeOf(job), lease, at, {
        idleStarts: job.idleStarts + 1,
        ...(job.state === 'QUEUED' && { startedAt: at }),
      }),
    renew: (lease) => renewLeases(db, lease),
    voidOthers: (owner) => voidLeases(db, owner),
    release: async (job, owner, notBefore) => {
      const change = { state: 'QUEUED' as const, leaseOwner: null, leaseUntil: null, etaAt: null, idleStarts: 0 }
      const later = notBefore === undefined ? {} : { notBefore }
      await changeJob(db, placeOf(job), 'RUNNING', { ...change, ...later }, owner)
    },
    limitsOf: async ({ workspace, source }) => {
      const [kept] = await findSources(db, workspace, [source])
      const { daysPerJob = null, jobsAtOnce = null, callsPerDay = null } = kept ?? {}
      return { daysPerJob, jobsAtOnce, callsPerDay }
    },
    countCalls: ({ workspace, source }, day, calls) =>
      countCalls(db, { workspaceId: workspace, id: source }, day, calls),
    async stateOf(job) {
      const kept =
        job.range === null
          ? (await findSources(db, job.workspace, [job.source]))[0]?.state
          : (await findJob(db, job.workspace, job.id))?.readState
      return JSON.parse(kept ?? '{}') as SourceState
    },
    pageDone: (job, owner, { state, ...done }) =>
      db.transaction().execute(async (tx) => {
        const text = JSON.stringify(state)
        const isOwn = job.range !== null
        const change = { ...done, idleStarts: 0, ...(isOwn && { readState: text }) }
        await changeHeld(tx, job, owner, change)
        if (!isOwn) await saveSource(tx, { workspaceId: job.workspace, id: job.source }, { state: text })
      }),
    progressed: async (job, owner, progress) => void (await changeJob(db, placeOf(job), 'RUNNING', progress, owner)),
    triedAgain: async (job, owner, attempts) =>
      void (await changeJob(db, placeOf(job), 'RUNNING', { attempts }, owner)),
    landed: (job, owner, { landing, ...counts }) =>
      changeHeld(db, job, owner, { landing: JSON.stringify(landing), idleStarts: 0, ...counts }),
    end: (job, owner, endedAt, { state, error, calls }) =>
      db.transaction().execute(async (tx) => {
        const { workspace: workspaceId, source: sourceId } = job
        const errors = { errorCode: error?.code ?? null, errorMessage: error?.message ?? null }
        const over = { endedAt, etaAt: null, pausedAt: null, leaseOwner: null, leaseUntil: null }
        await changeJob(tx, placeOf(job), 'RUNNING', { state, calls, ...over, ...errors }, owner)
        const withoutFiles = await endedJobs(tx, workspaceId, sourceId, jobFilesKept)
        await pruneJobs(tx, { workspaceId, sourceId }, retention.countMax, endedAt - retention.ageMaxDays * dayMs)
        return withoutFiles
      }),
    async announceKey(workspaceId, source, eventType, primaryKey) {
      await store.change(jobAuthor, async () => {
        const audit = { workspaceId, action: 'mapping.set', object: eventType, detail: { source, primaryKey } }
        return { result: undefined, audit }
      })
    },
    async saveSettings({ workspace, source }, change) {
      await store.change(jobAuthor, async (tx) => {
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

/** @throws MillraceError `not_found`: it is gone, or another process has it. */
async function changeHeld(db: Db, job: Job, owner: string, change: Parameters<typeof changeJob>[3]): Promise<void> {
  const isHeld = await changeJob(db, placeOf(job), 'RUNNING', change, owner)
  if (!isHeld) throw new MillraceError('not_found', 'The job is gone, or another process has taken it over')
}

/** Of the days that a window has at a moment; one job without a range where there is no window. */
function rangesDue(schedule: SourceSchedule, at: number, daysPerJob: number | null): (DateRange | null)[] {
  if (!schedule.window) return [null]
  const { days, lagDays } = schedule.window
  const end = dayAfter(dayIn('timeZone' in schedule ? schedule.timeZone : 'UTC', at), -lagDays)
  return cutRange({ start: dayAfter(end, 1 - days), end }, daysPerJob ?? defaultLimits.daysPerJob)
}

function dueOf({ workspaceId: workspace, id, schedule, scheduledAt }: SourceRow): DueSource[] {
  if (schedule === null) return []
  return [{ workspace, id, schedule: JSON.parse(schedule) as DueSource['schedule'], scheduledAt }]
}

function placeOf({ workspace, id }: Job): Pick<JobRow, 'workspaceId' | 'id'> {
  return { workspaceId: workspace, id }
}
