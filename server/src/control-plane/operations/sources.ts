/** Sources: inputs that fetch by themselves, when they do, and where the next run goes on. */
import { MillraceError } from '../../errors.ts'
import { nextAt } from '../../schedule.ts'
import {
  type DateRange,
  jobsWaitingMax,
  type SourceLimits,
  type SourceSchedule,
  type SourceState,
} from '../../sources.ts'
import { queuedJobs } from '../job-rows.ts'
import type { InputRow } from '../store/inputs.ts'
import { insertJobs, type JobRow, newestJobs, openJobs } from '../store/jobs.ts'
import type { Db, Tx } from '../store/schema.ts'
import { findSources, listSourceInputs, type SourceRow, saveSource } from '../store/sources.ts'
import { type ShownJob, shownJob, tooManyWait } from './jobs.ts'
import { operation, type Page } from './operation.ts'
import { checkRange, invalid, processingOperations } from './processing.ts'
import { type FoundSource, openSourceChanges, type SourceParts } from './source-changes.ts'

export interface ShownSource extends Pick<InputRow, 'id' | 'label' | 'type' | 'createdAt' | 'disabledAt'> {
  readonly isByDate: boolean
  readonly schedule: SourceSchedule | null
  readonly pausedAt: number | null
  readonly limits: SourceLimits
  /** When it is due; null where it is not. */
  readonly nextAt: number | null
  /** Where the next run goes on. */
  readonly state: SourceState
  /** The newest. */
  readonly lastJob: ShownJob | null
}

export function sourceOperations(parts: SourceParts) {
  const { store } = parts
  const changes = openSourceChanges(parts)
  const { isByDate, typeNames: sourceTypes, find: sourceIn, change: changeSource } = changes

  const shown = async (db: Db, inputs: readonly InputRow[]): Promise<ShownSource[]> => {
    const [first] = inputs
    if (first === undefined) return []
    const ids = inputs.map(({ id }) => id)
    const kept = new Map((await findSources(db, first.workspaceId, ids)).map((row) => [row.id, row]))
    const newest = new Map((await newestJobs(db, first.workspaceId, ids)).map((job) => [job.sourceId, job]))
    return inputs.map((input) => shownSource(input, isByDate(input.type), kept.get(input.id), newest.get(input.id)))
  }

  const settle = async (tx: Tx, source: FoundSource, change: Partial<SourceRow>): Promise<ShownSource> => {
    await saveSource(tx, source, change)
    const [found] = await shown(tx, [source])
    return found!
  }

  return {
    ...processingOperations(parts, changes),

    /** By id. */
    list: operation('sources:read', async (caller, page: Page) => {
      if (sourceTypes.length === 0) return []
      return shown(store.db, await listSourceInputs(store.db, caller.workspace, sourceTypes, page))
    }),

    get: operation('sources:read', async (caller, id: string) => {
      const [found] = await shown(store.db, [await sourceIn(store.db, caller, id)])
      return found!
    }),

    /** Null: it runs only when somebody asks. @throws MillraceError `invalid_request`. */
    schedule: operation('sources:write', (caller, id: string, schedule: SourceSchedule | null) =>
      changeSource(caller, id, 'scheduled', async (tx, source, kept) => {
        const now = store.now()
        if (schedule?.window && !source.isByDate)
          throw invalid('schedule.window', 'This source does not fetch by dates')
        const nextAt = schedule === null || kept?.pausedAt ? null : firstAt(schedule, now, now)
        if (schedule !== null) firstAt(schedule, now, now)
        const text = schedule && JSON.stringify(schedule)
        const result = await settle(tx, source, { schedule: text, scheduledAt: now, nextAt })
        return { result, detail: { schedule } }
      }),
    ),

    /** What is left out stays as it is; null: the default, or none. */
    limit: operation('sources:write', (caller, id: string, change: Partial<SourceLimits>) =>
      changeSource(caller, id, 'limited', async (tx, source) => ({
        result: await settle(tx, source, change),
        detail: { ...change },
      })),
    ),

    /** Its schedule stands still; what is under way goes on. Safe to repeat. */
    pause: operation('sources:write', (caller, id: string) =>
      changeSource(caller, id, 'paused', async (tx, source, kept) => ({
        result: await settle(tx, source, { pausedAt: kept?.pausedAt ?? store.now(), nextAt: null }),
      })),
    ),

    /** What was due meanwhile is left out. Safe to repeat. */
    resume: operation('sources:write', (caller, id: string) =>
      changeSource(caller, id, 'resumed', async (tx, source, kept) => {
        const isDue = kept?.schedule && kept.pausedAt !== null
        const schedule = isDue ? (JSON.parse(kept.schedule!) as SourceSchedule) : null
        const nextAt = schedule ? firstAt(schedule, kept!.scheduledAt, store.now()) : (kept?.nextAt ?? null)
        return { result: await settle(tx, source, { pausedAt: null, nextAt }) }
      }),
    ),

    /** The next run begins from the beginning. @throws MillraceError `conflict`: a job waits or is under way. */
    reset: operation('sources:write', (caller, id: string) =>
      changeSource(caller, id, 'reset', async (tx, source, kept) => {
        if ((await openJobs(tx, caller.workspace, id)).length > 0) throw isOpen()
        const detail = { before: (kept?.state ?? '{}').slice(0, 1_000).toWellFormed() }
        return { result: await settle(tx, source, { state: '{}' }), detail }
      }),
    ),

    /**
     * Queues a job. Without a range the one that waits or is under way, where there is one.
     * @throws MillraceError `invalid_request`: of the range; `conflict`: the source is switched off, or too many wait.
     */
    run: operation(
      'sources:write',
      (caller, id: string, range: DateRange | null): Promise<ShownJob> =>
        changeSource(caller, id, 'run', async (tx, source) => {
          if (source.disabledAt !== null) throw isOff()
          if (range !== null) checkRange(source, range, 'range.')
          const open = await openJobs(tx, caller.workspace, id)
          const waiting = range === null ? open.find(({ rangeStart }) => rangeStart === null) : undefined
          if (waiting !== undefined) return { result: shownJob(waiting), detail: { job: waiting.id } }
          if (open.length >= jobsWaitingMax) throw tooManyWait(open.length)
          const [job] = queuedJobs(source, [{ range }], { at: store.now(), askedBy: caller.user.id })
          await insertJobs(tx, [job!])
          return { result: shownJob(job!), detail: { job: job!.id, ...(range && { range }) } }
        }),
    ),
  }
}

function shownSource(
  input: InputRow,
  isByDate: boolean,
  kept: SourceRow | undefined,
  job: JobRow | undefined,
): ShownSource {
  const { id, label, type, createdAt, disabledAt } = input
  return {
    ...{ id, label, type, createdAt, disabledAt, isByDate },
    schedule: kept?.schedule ? (JSON.parse(kept.schedule) as SourceSchedule) : null,
    limits: limitsOf(kept),
    pausedAt: kept?.pausedAt ?? null,
    nextAt: disabledAt === null ? (kept?.nextAt ?? null) : null,
    state: JSON.parse(kept?.state ?? '{}') as SourceState,
    lastJob: job ? shownJob(job) : null,
  }
}

function limitsOf(kept: SourceRow | undefined): SourceLimits {
  const { daysPerJob = null, jobsAtOnce = null, callsPerDay = null } = kept ?? {}
  return { daysPerJob, jobsAtOnce, callsPerDay }
}

/** @throws MillraceError `invalid_request`: it is no schedule, or its time never comes. */
function firstAt(schedule: SourceSchedule, scheduledAt: number, now: number): number {
  const at = nextAt(schedule, { after: now, createdAt: scheduledAt })
  if (at !== null) return at
  throw invalid('schedule.cron', 'Its time never comes')
}

function isOpen(): MillraceError {
  return new MillraceError('conflict', 'A job of this source waits or is under way', { hint: 'Cancel it first.' })
}

function isOff(): MillraceError {
  return new MillraceError('conflict', 'The source is switched off', { hint: 'Enable its input first.' })
}
