/** Sources: inputs that fetch by themselves, when they do, and where the next run goes on. */
import { MillraceError } from '../../errors.ts'
import type { InputType } from '../../inputs.ts'
import { nextAt } from '../../schedule.ts'
import { type DateRange, jobsWaitingMax, type SourceSchedule, type SourceState } from '../../sources.ts'
import type { DataPlane } from '../data-plane.ts'
import { queuedJob } from '../source-store.ts'
import { findInput, type InputRow } from '../store/inputs.ts'
import { insertJob, type JobRow, newestJobs, openJobs } from '../store/jobs.ts'
import type { Db, Tx } from '../store/schema.ts'
import { findSources, listSourceInputs, type SourceRow, saveSource } from '../store/sources.ts'
import type { Store } from '../store/store.ts'
import { type ShownJob, shownJob } from './jobs.ts'
import { authorOf, type Caller, notFound, operation, type Page } from './operation.ts'

export interface ShownSource extends Pick<InputRow, 'id' | 'label' | 'type' | 'createdAt' | 'disabledAt'> {
  readonly isByDate: boolean
  readonly schedule: SourceSchedule | null
  readonly pausedAt: number | null
  /** When it is due; null where it is not. */
  readonly nextAt: number | null
  /** Where the next run goes on. */
  readonly state: SourceState
  /** The newest. */
  readonly lastJob: ShownJob | null
}

interface SourceParts {
  readonly store: Store
  readonly types: Readonly<Record<string, InputType>>
  readonly dataPlane: Pick<DataPlane, 'jobs'>
}

type Found = InputRow & { readonly isByDate: boolean }

export function sourceOperations({ store, types, dataPlane: { jobs } }: SourceParts) {
  const sourceTypes = Object.entries(types).flatMap(([name, { fetches }]) => (fetches ? [name] : []))
  const isByDate = (type: string): boolean => types[type]?.fetches?.isByDate ?? false

  const sourceIn = async (db: Db, { workspace }: Caller, id: string): Promise<Found> => {
    const input = await findInput(db, workspace, id)
    if (!input || !sourceTypes.includes(input.type)) throw notFound('source')
    return { ...input, isByDate: isByDate(input.type) }
  }

  const shown = async (db: Db, inputs: readonly InputRow[]): Promise<ShownSource[]> => {
    const [first] = inputs
    if (first === undefined) return []
    const ids = inputs.map(({ id }) => id)
    const kept = new Map((await findSources(db, first.workspaceId, ids)).map((row) => [row.id, row]))
    const newest = new Map((await newestJobs(db, first.workspaceId, ids)).map((job) => [job.sourceId, job]))
    return inputs.map((input) => shownSource(input, isByDate(input.type), kept.get(input.id), newest.get(input.id)))
  }

  const changeSource = async <T>(
    caller: Caller,
    id: string,
    action: string,
    work: (
      tx: Tx,
      source: Found,
      kept: SourceRow | undefined,
    ) => Promise<{ result: T; detail?: Record<string, unknown> }>,
  ): Promise<T> => {
    const result = await store.change(authorOf(caller), async (tx) => {
      const source = await sourceIn(tx, caller, id)
      const [kept] = await findSources(tx, caller.workspace, [id])
      const { result, detail = {} } = await work(tx, source, kept)
      return { result, audit: { workspaceId: caller.workspace, action: `source.${action}`, object: id, detail } }
    })
    jobs.wake()
    return result
  }

  const settle = async (tx: Tx, source: Found, change: Partial<SourceRow>): Promise<ShownSource> => {
    await saveSource(tx, source, change)
    const [found] = await shown(tx, [source])
    return found!
  }

  return {
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
        const nextAt = schedule === null || kept?.pausedAt ? null : firstAt(schedule, now, now)
        if (schedule !== null) firstAt(schedule, now, now)
        const text = schedule && JSON.stringify(schedule)
        const result = await settle(tx, source, { schedule: text, scheduledAt: now, nextAt })
        return { result, detail: { schedule } }
      }),
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
          checkRange(source, range)
          const open = await openJobs(tx, caller.workspace, id)
          if (range === null && open[0] !== undefined) return { result: shownJob(open[0]), detail: { job: open[0].id } }
          if (open.length >= jobsWaitingMax) throw tooMany()
          const job = queuedJob(source, store.now(), { range, askedBy: caller.user.id })
          await insertJob(tx, job)
          return { result: shownJob(job), detail: { job: job.id, ...(range && { range }) } }
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
    pausedAt: kept?.pausedAt ?? null,
    nextAt: disabledAt === null ? (kept?.nextAt ?? null) : null,
    state: JSON.parse(kept?.state ?? '{}') as SourceState,
    lastJob: job ? shownJob(job) : null,
  }
}

/** @throws MillraceError `invalid_request`: it is no schedule, or its time never comes. */
function firstAt(schedule: SourceSchedule, scheduledAt: number, now: number): number {
  const at = nextAt(schedule, { after: now, createdAt: scheduledAt })
  if (at !== null) return at
  throw invalid('schedule.cron', 'Its time never comes')
}

function checkRange({ isByDate }: Found, range: DateRange | null): void {
  if (range === null) return
  if (!isByDate) throw invalid('range', 'This source does not fetch by dates: it goes on from where it ended')
  for (const end of ['start', 'end'] as const)
    if (!isDay(range[end])) throw invalid(`range.${end}`, `${range[end]} is no day`)
  if (range.end < range.start) throw invalid('range.end', 'The range ends before it starts')
}

/** Whether the calendar has it: not 30 February. */
function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`)
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at) && new Date(at).toISOString().startsWith(text)
}

function invalid(field: string, message: string): MillraceError {
  return new MillraceError('invalid_request', message, { fields: [{ field, message }] })
}

function isOpen(): MillraceError {
  return new MillraceError('conflict', 'A job of this source waits or is under way', { hint: 'Cancel it first.' })
}

function isOff(): MillraceError {
  return new MillraceError('conflict', 'The source is switched off', { hint: 'Enable its input first.' })
}

function tooMany(): MillraceError {
  return new MillraceError('conflict', `Of one source ${jobsWaitingMax} jobs may wait`)
}
