/** The SQL of the jobs of sources. Their ids rise with time. */
import type { RunState } from '../../scheduled-queries.ts'
import type { Db, Schema } from './schema.ts'

export type JobRow = Schema['jobs']

export const openJobStates: readonly RunState[] = ['QUEUED', 'RUNNING']

export async function insertJob(db: Db, row: JobRow): Promise<void> {
  await db.insertInto('jobs').values(row).execute()
}

/** Those of a source that wait or are under way, oldest first. */
export function openJobs(db: Db, workspaceId: string, sourceId: string): Promise<JobRow[]> {
  return db
    .selectFrom('jobs')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('sourceId', '=', sourceId)
    .where('state', 'in', openJobStates)
    .orderBy('id')
    .execute()
}

/** The newest job of each of some sources. */
export function newestJobs(db: Db, workspaceId: string, sourceIds: readonly string[]): Promise<JobRow[]> {
  const newest = db
    .selectFrom('jobs')
    .select(({ fn }) => fn.max('id').as('id'))
    .where('workspaceId', '=', workspaceId)
    .where('sourceId', 'in', sourceIds)
    .groupBy('sourceId')
  return db.selectFrom('jobs').selectAll().where('workspaceId', '=', workspaceId).where('id', 'in', newest).execute()
}

export interface JobFilter {
  readonly source?: string | undefined
  readonly state?: RunState | undefined
}

/** Newest first, from `before` (exclusive) on. */
export function listJobs(
  db: Db,
  workspaceId: string,
  { source, state }: JobFilter,
  { before, limit }: { before: string | undefined; limit: number },
): Promise<JobRow[]> {
  let jobs = db.selectFrom('jobs').selectAll().where('workspaceId', '=', workspaceId).orderBy('id', 'desc').limit(limit)
  if (source !== undefined) jobs = jobs.where('sourceId', '=', source)
  if (state !== undefined) jobs = jobs.where('state', '=', state)
  if (before !== undefined) jobs = jobs.where('id', '<', before)
  return jobs.execute()
}

export function findJob(db: Db, workspaceId: string, id: string): Promise<JobRow | undefined> {
  return db
    .selectFrom('jobs')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** Of all workspaces, oldest first. */
export function jobsUnderWay(db: Db): Promise<JobRow[]> {
  return db.selectFrom('jobs').selectAll().where('state', '=', 'RUNNING').orderBy('id').execute()
}

/** Of each source in all workspaces, the job that has waited longest. */
export function firstWaitingJobs(db: Db): Promise<JobRow[]> {
  const oldest = db
    .selectFrom('jobs')
    .select(({ fn }) => fn.min('id').as('id'))
    .where('state', '=', 'QUEUED')
    .groupBy(['workspaceId', 'sourceId'])
  return db.selectFrom('jobs').selectAll().where('state', '=', 'QUEUED').where('id', 'in', oldest).execute()
}

/** @returns whether the job was in the state `from`, and so was changed. */
export async function changeJob(
  db: Db,
  { workspaceId, id }: Pick<JobRow, 'workspaceId' | 'id'>,
  from: RunState,
  change: Partial<Omit<JobRow, 'workspaceId' | 'id' | 'sourceId'>>,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('jobs')
    .set(change)
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .where('state', '=', from)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** Removes the jobs of a source that have ended, but for the newest. @returns their ids. */
export async function pruneJobs(db: Db, workspaceId: string, sourceId: string, kept: number): Promise<string[]> {
  const ended = db
    .selectFrom('jobs')
    .select('id')
    .where('workspaceId', '=', workspaceId)
    .where('sourceId', '=', sourceId)
    .where('state', 'not in', openJobStates)
    .orderBy('id', 'desc')
    .limit(1_000)
    .offset(kept)
  const ids = (await ended.execute()).map(({ id }) => id)
  if (ids.length > 0)
    await db.deleteFrom('jobs').where('workspaceId', '=', workspaceId).where('id', 'in', ids).execute()
  return ids
}
