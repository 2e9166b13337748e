/** What the scheduler keeps in the metadata store. What becomes of runs is nobody's change, and has no audit row. */
import { newId } from '@millrace/event/id'
import { runsKept, type ScheduledQuery, type ScheduleStore, type WaitingRun } from '../scheduled-queries.ts'
import { dueQueries, findQuery, type QueryRow, updateQuery } from './store/scheduled-queries.ts'
import {
  changeRun,
  insertRun,
  openRun,
  pruneRuns,
  type RunRow,
  runsIn,
  waitingRuns,
} from './store/scheduled-query-runs.ts'
import type { Db } from './store/schema.ts'
import type { Store } from './store/store.ts'

export function openScheduleStore({ db }: Pick<Store, 'db'>): ScheduleStore {
  return {
    due: async (now) => (await dueQueries(db, now)).map(queryOf),
    queue: ({ workspace, id }, at, nextAt) =>
      db.transaction().execute(async (tx) => {
        await updateQuery(tx, { workspaceId: workspace, id }, { nextAt })
        if ((await openRun(tx, workspace, id)) !== undefined) return
        await insertRun(tx, queuedRun({ workspaceId: workspace, id }, at, null))
      }),
    waiting: async () => waitingOf(db, await waitingRuns(db)),
    begin: (run, startedAt) => changeRun(db, placeOf(run), 'QUEUED', { state: 'RUNNING', startedAt }),
    end: (run, endedAt, { state, rowCount, error }) =>
      db.transaction().execute(async (tx) => {
        const errors = { errorCode: error?.code ?? null, errorMessage: error?.message ?? null }
        await changeRun(tx, placeOf(run), 'RUNNING', { state, endedAt, rowCount, ...errors })
        await pruneRuns(tx, run.query.workspace, run.query.id, runsKept)
      }),
    lost: async () => waitingOf(db, await runsIn(db, 'RUNNING')),
  }
}

export function queuedRun(query: Pick<QueryRow, 'workspaceId' | 'id'>, at: number, askedBy: string | null): RunRow {
  return {
    workspaceId: query.workspaceId,
    id: newId(at),
    queryId: query.id,
    state: 'QUEUED',
    askedBy,
    queuedAt: at,
    startedAt: null,
    endedAt: null,
    rowCount: null,
    errorCode: null,
    errorMessage: null,
  }
}

export function queryOf({ workspaceId: workspace, id, label, target, ...row }: QueryRow): ScheduledQuery {
  const work = JSON.parse(row.work) as ScheduledQuery['work']
  const schedule = JSON.parse(row.schedule) as ScheduledQuery['schedule']
  return { workspace, id, label, target, work, schedule, timeLimitMs: row.timeLimitMs, createdAt: row.createdAt }
}

async function waitingOf(db: Db, rows: readonly RunRow[]): Promise<WaitingRun[]> {
  const runs: WaitingRun[] = []
  for (const { workspaceId, id, queryId } of rows) {
    const query = await findQuery(db, workspaceId, queryId)
    if (query !== undefined) runs.push({ id, query: queryOf(query) })
  }
  return runs
}

function placeOf({ id, query }: WaitingRun): Pick<RunRow, 'workspaceId' | 'id'> {
  return { workspaceId: query.workspace, id }
}
