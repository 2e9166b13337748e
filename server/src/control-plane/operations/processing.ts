/** Back-fills: ranges of days cut into jobs, planned before, and queued. */
import { cutRange, daysIn, isDay } from '../../days.ts'
import { MillraceError } from '../../errors.ts'
import { type DateRange, defaultLimits, jobsAtOnce, jobsWaitingMax } from '../../sources.ts'
import { queuedJobs } from '../job-rows.ts'
import { countOpenJobs, insertJobs, newestJobOfEachRange } from '../store/jobs.ts'
import type { Db } from '../store/schema.ts'
import { findSources, type SourceRow } from '../store/sources.ts'
import { type Costs, expectedEnd, type PlannedJob, planJobs } from './job-plan.ts'
import { type ShownJob, shownJob, tooManyWait } from './jobs.ts'
import { authorOf, type Caller, operation } from './operation.ts'
import type { FoundSource, SourceChanges, SourceParts } from './source-changes.ts'
import { readCosts, readQuota } from './source-costs.ts'

export interface ProcessRequest extends DateRange {
  /** Days of a job, at most; else the source’s own number. */
  readonly daysPerJob?: number | undefined
  /** What today’s quota cannot hold waits for the days after; else it is refused. */
  readonly spread?: boolean | undefined
}

export interface SourcePlan {
  readonly source: string
  readonly jobs: readonly PlannedJob[]
  readonly calls: number
  /** Whose word the calls are: the connector’s, that of earlier jobs, or nobody’s: then one call a job. */
  readonly basis: Costs['basis']
  /** Null: as many as it takes. */
  readonly callsPerDay: number | null
  /** Of today’s quota, what is left for this. Null where there is none. */
  readonly callsLeftToday: number | null
  /** Jobs that today’s quota does not hold. */
  readonly jobsLater: number
  /** When all of it has ended, ms since 1970 UTC; null where nobody knows how long a job takes. */
  readonly expectedEndAt: number | null
}

const lastJobs = { failed: ['FAILURE'], ended: ['SUCCESS', 'FAILURE', 'CANCELLED'] } as const

export function processingOperations(parts: SourceParts, changes: SourceChanges) {
  const { store, types } = parts

  /** On record, as all that is asked by more than a look. */
  const planAll = (caller: Caller, ids: readonly string[], request: ProcessRequest): Promise<SourcePlan[]> =>
    store.change(authorOf(caller), async (tx) => {
      const kept = new Map((await findSources(tx, caller.workspace, ids)).map((row) => [row.id, row]))
      const plans: SourcePlan[] = []
      for (const id of ids) plans.push(await plan(tx, await changes.find(tx, caller, id), kept.get(id), request))
      const { start, end } = request
      const detail = { sources: ids.length, range: { start, end } }
      const audit = { workspaceId: caller.workspace, action: 'source.planned', object: ids[0] ?? '', detail }
      return { result: plans, audit }
    })

  const plan = async (db: Db, source: FoundSource, kept: SourceRow | undefined, request: ProcessRequest) => {
    const ranges = rangesOf(source, kept, request)
    const now = store.now()
    const costs = await readCosts(db, source, types[source.type])
    const quota = await readQuota(db, source, kept, costs, now)
    const jobs = planJobs(ranges, costs, quota, now)
    const atOnce = Math.min(jobsAtOnce, kept?.jobsAtOnce ?? defaultLimits.jobsAtOnce)
    const takenToday = quota.taken.values().next().value ?? 0
    return {
      source: source.id,
      jobs,
      calls: jobs.reduce((sum, { calls }) => sum + calls, 0),
      basis: costs.basis,
      callsPerDay: quota.callsPerDay,
      callsLeftToday: quota.callsPerDay === null ? null : Math.max(0, quota.callsPerDay - takenToday),
      jobsLater: jobs.filter(({ notBefore }) => notBefore !== null).length,
      expectedEndAt: expectedEnd(jobs, costs, { now, atOnce }),
    }
  }

  return {
    /**
     * What processing a range would take; queues nothing.
     * @throws MillraceError `invalid_request`: of the range; `quota_exceeded`: one job needs more calls than any day has.
     */
    plan: operation('sources:read', async (caller, id: string, request: ProcessRequest) => {
      const [plan] = await planAll(caller, [id], request)
      return plan!
    }),

    /** Of many sources, in their order. */
    planMany: operation('sources:read', (caller, ids: readonly string[], request: ProcessRequest) =>
      planAll(caller, [...new Set(ids)], request),
    ),

    /**
     * Queues the jobs of a range, ascending, also of a source that is switched off. Their rows replace those of the same days.
     * @throws MillraceError `invalid_request`: of the range; `quota_exceeded`; `conflict`: too many wait.
     */
    process: operation('sources:write', (caller, id: string, request: ProcessRequest) =>
      changes.change(caller, id, 'processed', async (tx, source, kept) => {
        const planned = await plan(tx, source, kept, request)
        if (planned.jobsLater > 0 && !request.spread) throw tooMuchForToday(planned)
        const orders = planned.jobs.map(({ range, notBefore }) => ({ range, notBefore, isBackFill: true }))
        const jobs = await queue(tx, caller, source, orders)
        const { start, end } = request
        return { result: jobs, detail: { range: { start, end }, jobs: jobs.length } }
      }),
    ),

    /**
     * Queues again what a source has done: of each range of days once, where its newest job failed, or every one. Ranges of which a
     * job waits or is under way are left out, so that a repeat is safe.
     */
    rerun: operation('sources:write', (caller, id: string, which: keyof typeof lastJobs) =>
      changes.change(caller, id, 'rerun', async (tx, source) => {
        const newest = await newestJobOfEachRange(tx, caller.workspace, id)
        const states: readonly string[] = lastJobs[which]
        const orders = newest
          .filter(({ state }) => states.includes(state))
          .map(({ id: rerunOf, rangeStart: start, rangeEnd: end }) => ({
            range: start === null || end === null ? null : { start, end },
            rerunOf,
            isBackFill: true,
          }))
        const jobs = await queue(tx, caller, source, orders)
        return { result: jobs, detail: { which, jobs: jobs.length } }
      }),
    ),
  }

  async function queue(
    tx: Parameters<typeof insertJobs>[0],
    { user }: Caller,
    source: FoundSource,
    orders: Parameters<typeof queuedJobs>[1],
  ): Promise<ShownJob[]> {
    const open = (await countOpenJobs(tx, source.workspaceId, [source.id])).get(source.id) ?? 0
    if (open + orders.length > jobsWaitingMax) throw tooManyWait(open)
    const rows = queuedJobs(source, orders, { at: store.now(), askedBy: user.id })
    await insertJobs(tx, rows)
    return rows.map(shownJob)
  }
}

/** @throws MillraceError `invalid_request`. */
export function checkRange({ isByDate }: FoundSource, range: DateRange, prefix = ''): void {
  if (!isByDate) throw invalid(`${prefix}start`, 'This source does not fetch by dates: it goes on from where it ended')
  for (const end of ['start', 'end'] as const)
    if (!isDay(range[end])) throw invalid(`${prefix}${end}`, `${range[end]} is no day`)
  if (range.end < range.start) throw invalid(`${prefix}end`, 'The range ends before it starts')
}

function rangesOf(source: FoundSource, kept: SourceRow | undefined, request: ProcessRequest): DateRange[] {
  const { start, end, daysPerJob = kept?.daysPerJob ?? defaultLimits.daysPerJob } = request
  checkRange(source, { start, end })
  const count = Math.ceil(daysIn({ start, end }) / daysPerJob)
  if (count > jobsWaitingMax)
    throw invalid('end', `That would be ${count} jobs; of one source ${jobsWaitingMax} may wait`)
  return cutRange({ start, end }, daysPerJob)
}

export function invalid(field: string, message: string): MillraceError {
  return new MillraceError('invalid_request', message, { fields: [{ field, message }] })
}

function tooMuchForToday({ jobs, calls, callsLeftToday, jobsLater }: SourcePlan): MillraceError {
  const message = `${jobs.length} jobs need ${calls} calls, and today's quota has ${callsLeftToday} left: ${jobsLater} jobs would have to wait for another day`
  return new MillraceError('quota_exceeded', message, { hint: 'Say spread: true to let them wait.' })
}
