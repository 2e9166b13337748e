/** Jobs as the store has them: made, and read as what runs them needs them. */
import { idAt, newIdBase } from '@millrace/event/id'
import type { DateRange, Job, Landing } from '../sources.ts'
import type { JobRow } from './store/jobs.ts'
import type { SourceRow } from './store/sources.ts'

/** What tells one job that is made from another. */
export interface JobOrder {
  readonly range?: DateRange | null
  /** Id of the job that it repeats. */
  readonly rerunOf?: string | null
  /** Behind what is due. */
  readonly isBackFill?: boolean
  /** ms since 1970 UTC. */
  readonly notBefore?: number | null
}

interface Queuing {
  /** ms since 1970 UTC. */
  readonly at: number
  /** Id of the user; null where it is due. */
  readonly askedBy?: string | null
}

/** Jobs that nobody has begun, in the order in which they are to be. */
export function queuedJobs(
  { workspaceId, id: sourceId }: Pick<SourceRow, 'workspaceId' | 'id'>,
  orders: readonly JobOrder[],
  { at, askedBy = null }: Queuing,
): JobRow[] {
  const base = newIdBase(at)
  return orders.map(({ range = null, rerunOf = null, isBackFill = false, notBefore = null }, index) => ({
    workspaceId,
    // One after the other also where they are of the same millisecond.
    id: idAt(base, index),
    sourceId,
    state: 'QUEUED',
    rangeStart: range?.start ?? null,
    rangeEnd: range?.end ?? null,
    ...{ askedBy, rerunOf, isBackFill: Number(isBackFill), notBefore, queuedAt: at },
    ...{ readState: null, landing: null, startedAt: null, endedAt: null, pausedAt: null },
    ...{ leaseOwner: null, leaseUntil: null, attempts: 0, idleStarts: 0, calls: 0 },
    ...{ pages: 0, rowCount: 0, rowsLoaded: 0, rowsReplaced: 0 },
    ...{ loaded: null, total: null, message: null, etaAt: null, errorCode: null, errorMessage: null },
  }))
}

export function rangeOf({
  rangeStart: start,
  rangeEnd: end,
}: Pick<JobRow, 'rangeStart' | 'rangeEnd'>): DateRange | null {
  return start === null || end === null ? null : { start, end }
}

export function jobOf(row: JobRow): Job {
  const { workspaceId: workspace, id, sourceId: source, state, queuedAt, pages, rowCount, attempts, idleStarts } = row
  return {
    ...{ workspace, id, source, state, queuedAt, pages, rowCount, attempts, idleStarts },
    range: rangeOf(row),
    rowsLoaded: row.rowsLoaded,
    isBackFill: row.isBackFill === 1,
    calls: row.calls,
    landing: row.landing === null ? null : (JSON.parse(row.landing) as Landing),
  }
}
