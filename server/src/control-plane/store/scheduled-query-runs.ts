/** The SQL of the runs of scheduled queries. Their ids rise with time. */
import type { RunState } from '../../scheduled-queries.ts'
import type { Db, Schema } from './schema.ts'

export type RunRow = Schema['scheduledQueryRuns']

const openStates: readonly RunState[] = ['QUEUED', 'RUNNING']

export async function insertRun(db: Db, row: RunRow): Promise<void> {
  await db.insertInto('scheduledQueryRuns').values(row).execute()
}

/** The run of a query that waits or is under way. */
export function openRun(db: Db, workspaceId: string, queryId: string): Promise<RunRow | undefined> {
  return runsOf(db, workspaceId, queryId).where('state', 'in', openStates).executeTakeFirst()
}

/** The newest of those in one of the states. */
export function newestRun(
  db: Db,
  workspaceId: string,
  queryId: string,
  states: readonly RunState[],
): Promise<RunRow | undefined> {
  return runsOf(db, workspaceId, queryId).where('state', 'in', states).orderBy('id', 'desc').limit(1).executeTakeFirst()
}

/** Newest first, from `before` (exclusive) on. */
export function listRuns(
  db: Db,
  workspaceId: string,
  queryId: string,
  { before, limit }: { before: string | undefined; limit: number },
): Promise<RunRow[]> {
  const runs = runsOf(db, workspaceId, queryId).orderBy('id', 'desc').limit(limit)
  return (before === undefined ? runs : runs.where('id', '<', before)).execute()
}

export function findRun(db: Db, workspaceId: string, queryId: string, id: string): Promise<RunRow | undefined> {
  return runsOf(db, workspaceId, queryId).where('id', '=', id).executeTakeFirst()
}

export interface RunFilter {
  /** Ids. */
  readonly queries?: readonly string[] | undefined
  readonly state?: RunState | undefined
}

/** Of all queries of a workspace: newest first, from `before` (exclusive) on. */
export function listRunsOfAll(
  db: Db,
  workspaceId: string,
  { queries, state }: RunFilter,
  { before, limit }: { before: string | undefined; limit: number },
): Promise<RunRow[]> {
  let runs = allRuns(db, workspaceId).orderBy('id', 'desc').limit(limit)
  if (queries !== undefined) runs = runs.where('queryId', 'in', queries)
  if (state !== undefined) runs = runs.where('state', '=', state)
  return (before === undefined ? runs : runs.where('id', '<', before)).execute()
}

/** Of all queries of a workspace: these ids, or all behind `after`; oldest first. */
export function listRunsById(
  db: Db,
  workspaceId: string,
  { ids, after, limit }: { ids: readonly string[] | undefined; after: string | undefined; limit: number },
): Promise<RunRow[]> {
  let runs = allRuns(db, workspaceId).orderBy('id').limit(limit)
  if (ids !== undefined) runs = runs.where('id', 'in', ids)
  if (after !== undefined) runs = runs.where('id', '>', after)
  return runs.execute()
}

/** Whatever query they are of: those of the ids that there are, in no order. */
export function findRuns(db: Db, workspaceId: string, ids: readonly string[]): Promise<RunRow[]> {
  return allRuns(db, workspaceId).where('id', 'in', ids).execute()
}

/** Of all workspaces that are not archived: those that wait, oldest first. */
export function waitingRuns(db: Db): Promise<RunRow[]> {
  return db
    .selectFrom('scheduledQueryRuns')
    .innerJoin('workspaces', 'workspaces.id', 'scheduledQueryRuns.workspaceId')
    .selectAll('scheduledQueryRuns')
    .where('state', '=', 'QUEUED')
    .where('workspaces.archivedAt', 'is', null)
    .orderBy('queuedAt')
    .execute()
}

/** Of all workspaces, oldest first. */
export function runsIn(db: Db, state: RunState): Promise<RunRow[]> {
  return db.selectFrom('scheduledQueryRuns').selectAll().where('state', '=', state).orderBy('queuedAt').execute()
}

/** @returns whether the run was in the state `from`, and so was changed. */
export async function changeRun(
  db: Db,
  { workspaceId, id }: Pick<RunRow, 'workspaceId' | 'id'>,
  from: RunState,
  change: Partial<Omit<RunRow, 'workspaceId' | 'id' | 'queryId'>> & Pick<RunRow, 'state'>,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('scheduledQueryRuns')
    .set(change)
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .where('state', '=', from)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** Removes the runs of a query that have ended, but for the newest. */
export async function pruneRuns(db: Db, workspaceId: string, queryId: string, kept: number): Promise<void> {
  const newest = runsOf(db, workspaceId, queryId).clearSelect().select('id').orderBy('id', 'desc').limit(kept)
  await db
    .deleteFrom('scheduledQueryRuns')
    .where('workspaceId', '=', workspaceId)
    .where('queryId', '=', queryId)
    .where('state', 'not in', openStates)
    .where('id', 'not in', newest)
    .execute()
}

function allRuns(db: Db, workspaceId: string) {
  return db.selectFrom('scheduledQueryRuns').selectAll().where('workspaceId', '=', workspaceId)
}

function runsOf(db: Db, workspaceId: string, queryId: string) {
  return allRuns(db, workspaceId).where('queryId', '=', queryId)
}
