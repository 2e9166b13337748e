/** Runs of scheduled queries as the jobs that they are: beside those of sources, in the same states. */
import type { RunState } from '../../scheduled-queries.ts'
import type { JobLogLine } from '../../sources.ts'
import { namesOfQueries } from '../store/scheduled-queries.ts'
import { findRuns, listRunsOfAll, type RunRow } from '../store/scheduled-query-runs.ts'
import type { Db } from '../store/schema.ts'
import type { Caller } from './operation.ts'
import { type ShownRun, shownRun } from './shown-queries.ts'

export interface ShownQueryJob extends Omit<ShownRun, 'id'> {
  readonly id: string
  /** `consolidation`: its query, as that is now, makes the newest row of each key. */
  readonly kind: 'query' | 'consolidation'
  /** Id of the query. */
  readonly query: string
  readonly label: string
  readonly target: string
}

export interface QueryJobFilter {
  readonly kind?: ShownQueryJob['kind'] | undefined
  /** Id. */
  readonly query?: string | undefined
  readonly state?: RunState | undefined
}

/** Newest first, from `before` (exclusive) on. */
export async function listQueryJobs(
  db: Db,
  caller: Caller,
  { kind, query, state }: QueryJobFilter,
  page: { readonly before: string | undefined; readonly limit: number },
): Promise<ShownQueryJob[]> {
  const known = await namesOfQueries(db, caller.workspace)
  const wanted = known.filter((one) => (query ?? one.id) === one.id && (kind ?? kindOf(one)) === kindOf(one))
  const queries = wanted.length === known.length ? undefined : wanted.map(({ id }) => id)
  if (wanted.length === 0) return []
  return joined(caller, await listRunsOfAll(db, caller.workspace, { queries, state }, page), known)
}

/** Those of the ids that are of queries, in no order. */
export async function findQueryJobs(db: Db, caller: Caller, ids: readonly string[]): Promise<ShownQueryJob[]> {
  const runs = await findRuns(db, caller.workspace, ids)
  return runs.length === 0 ? [] : joined(caller, runs, await namesOfQueries(db, caller.workspace))
}

/** What there is to say of a run, as lines: when it was asked for, begun and ended, and how. */
export function logOf({ state, askedBy, target, rowCount, error, ...times }: ShownQueryJob): JobLogLine[] {
  const { queuedAt, startedAt, endedAt } = times
  const lines: JobLogLine[] = [{ at: queuedAt, level: 'info', message: 'queued', fields: askedBy ? { askedBy } : {} }]
  if (startedAt !== null) lines.push({ at: startedAt, level: 'info', message: 'begun', fields: { target } })
  if (endedAt === null) return lines
  const ends: Partial<Record<RunState, Pick<JobLogLine, 'level' | 'message'>>> = {
    SUCCESS: { level: 'info', message: 'succeeded' },
    FAILURE: { level: 'error', message: 'failed, and its table is as it was' },
  }
  const { level, message } = ends[state] ?? { level: 'warn', message: 'cancelled, and its table is as it was' }
  const rows = rowCount === null ? {} : { rows: rowCount }
  const took = startedAt === null ? {} : { tookMs: endedAt - startedAt }
  const why = error === null ? {} : { code: error.code, reason: error.message }
  return [...lines, { at: endedAt, level, message, fields: { ...rows, ...took, ...why } }]
}

type Named = Awaited<ReturnType<typeof namesOfQueries>>[number]

function joined(caller: Caller, runs: readonly RunRow[], queries: readonly Named[]): ShownQueryJob[] {
  const byId = new Map(queries.map((query) => [query.id, query]))
  return runs.flatMap((run) => {
    const query = byId.get(run.queryId)
    if (query === undefined) return [] // it was removed this moment, and its runs with it
    const { id, label, target } = query
    return [{ ...shownRun(caller, run), kind: kindOf(query), query: id, label, target }]
  })
}

function kindOf({ isConsolidation }: Pick<Named, 'isConsolidation'>): ShownQueryJob['kind'] {
  return isConsolidation ? 'consolidation' : 'query'
}
