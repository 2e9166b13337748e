/** Scheduled queries and their runs as those see them who may. */
import type { StatementWork } from '../../query.ts'
import type { RunState, Schedule } from '../../scheduled-queries.ts'
import { mayRole } from '../permissions.ts'
import type { QueryRow } from '../store/scheduled-queries.ts'
import { newestRun, openRun, type RunRow } from '../store/scheduled-query-runs.ts'
import type { Db } from '../store/schema.ts'
import type { Caller } from './operation.ts'

export interface ShownQuery
  extends Pick<
    QueryRow,
    'id' | 'label' | 'target' | 'timeLimitMs' | 'createdAt' | 'disabledAt' | 'nextAt' | 'eventType'
  > {
  readonly work: StatementWork
  readonly schedule: Schedule
  readonly details: Readonly<Record<string, unknown>>
  /** The run that waits or is under way. */
  readonly openRun: ShownRun | null
  /** The last that has ended. */
  readonly lastRun: ShownRun | null
  readonly lastSuccessAt: number | null
}

export interface ShownRun
  extends Pick<RunRow, 'id' | 'state' | 'askedBy' | 'queuedAt' | 'startedAt' | 'endedAt' | 'rowCount'> {
  readonly error: { readonly code: string; readonly message: string } | null
}

const ended: readonly RunState[] = ['SUCCESS', 'FAILURE', 'CANCELLED']

export async function shownQuery(db: Db, caller: Caller, row: QueryRow): Promise<ShownQuery> {
  const { workspaceId, id } = row
  const newest = (states: readonly RunState[]) => newestRun(db, workspaceId, id, states)
  const [open, last, success] = [await openRun(db, workspaceId, id), await newest(ended), await newest(['SUCCESS'])]
  return {
    ...row,
    work: JSON.parse(row.work) as StatementWork,
    schedule: JSON.parse(row.schedule) as Schedule,
    details: JSON.parse(row.details) as ShownQuery['details'],
    openRun: open ? shownRun(caller, open) : null,
    lastRun: last ? shownRun(caller, last) : null,
    lastSuccessAt: success?.endedAt ?? null,
  }
}

/** The words of an error may tell what is in the tables, so only those see them who may query. */
export function shownRun({ role }: Caller, { errorCode, errorMessage, ...run }: RunRow): ShownRun {
  if (errorCode === null) return { ...run, error: null }
  const maySee = role !== undefined && mayRole(role, 'query:run')
  const message = maySee ? (errorMessage ?? '') : 'Only those who may query see why'
  return { ...run, error: { code: errorCode, message } }
}
