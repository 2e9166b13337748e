/** The SQL of the jobs of sources: making them, finding them, changing them. Their ids rise with time. */
import { idAt } from '@millrace/event/id'
import { sql } from 'kysely'
import type { RunState } from '../../scheduled-queries.ts'
import type { Db, Schema } from './schema.ts'

export type JobRow = Schema['jobs']
export type JobKey = Pick<JobRow, 'workspaceId' | 'id'>

export const openJobStates: readonly RunState[] = ['QUEUED', 'RUNNING']
/** {@link openJobStates} as the partial indexes have it: SQLite compares constants, not parameters. */
export const isOpen = sql<boolean>`state in ('QUEUED', 'RUNNING')`

/** SQLite takes 32,766 values in one statement. */
const rowsPerInsert = 500

export async function insertJobs(db: Db, rows: readonly JobRow[]): Promise<void> {
  for (let start = 0; start < rows.length; start += rowsPerInsert)
    await db
      .insertInto('jobs')
      .values(rows.slice(start, start + rowsPerInsert))
      .execute()
}

/** Those of a source that wait or are under way, oldest first. */
export function openJobs(db: Db, workspaceId: string, sourceId: string): Promise<JobRow[]> {
  return db
    .selectFrom('jobs')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('sourceId', '=', sourceId)
    .where(isOpen)
    .orderBy('id')
    .execute()
}

/** How many jobs of each of some sources wait or are under way. */
export async function countOpenJobs(
  db: Db,
  workspaceId: string,
  sourceIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('jobs')
    .select(({ fn }) => ['sourceId', fn.countAll<number>().as('count')])
    .where('workspaceId', '=', workspaceId)
    .where('sourceId', 'in', sourceIds)
    .where(isOpen)
    .groupBy('sourceId')
    .execute()
  return new Map(rows.map(({ sourceId, count }) => [sourceId, count]))
}

/** The newest job of each of some sources. */
export function newestJobs(db: Db, workspaceId: string, sourceIds: readonly string[]): Promise<JobRow[]> {
  // One look into the index for each, where grouping would read all the jobs of each.
  const newest = db
    .selectFrom('inputs')
    .select(({ selectFrom }) =>
      selectFrom('jobs')
        .select('jobs.id')
        .whereRef('jobs.workspaceId', '=', 'inputs.workspaceId')
        .whereRef('jobs.sourceId', '=', 'inputs.id')
        .orderBy('jobs.id', 'desc')
        .limit(1)
        .as('job'),
    )
    .where('inputs.workspaceId', '=', workspaceId)
    .where('inputs.id', 'in', sourceIds)
  return db
    .selectFrom('jobs')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', 'in', ({ selectFrom }) =>
      selectFrom(newest.as('newest')).select('newest.job').$castTo<{ job: string }>(),
    )
    .execute()
}

export interface JobFilter {
  readonly source?: string | undefined
  readonly state?: RunState | undefined
}

interface JobPage {
  readonly before: string | undefined
  readonly limit: number
  /** Leaves out the newest of them. */
  readonly offset?: number | undefined
}

/** Newest first, from `before` (exclusive) on. */
export function listJobs(
  db: Db,
  workspaceId: string,
  { source, state }: JobFilter,
  { before, limit, offset = 0 }: JobPage,
): Promise<JobRow[]> {
  let jobs = db.selectFrom('jobs').selectAll().where('workspaceId', '=', workspaceId).orderBy('id', 'desc').limit(limit)
  if (source !== undefined) jobs = jobs.where('sourceId', '=', source)
  if (state !== undefined) jobs = jobs.where('state', '=', state)
  if (before !== undefined) jobs = jobs.where('id', '<', before)
  if (offset > 0) jobs = jobs.offset(offset)
  return jobs.execute()
}

/** Of each range that jobs of a source had, the newest of them, oldest first. */
export function newestJobOfEachRange(db: Db, workspaceId: string, sourceId: string): Promise<JobRow[]> {
  const newest = db
    .selectFrom('jobs')
    .select(({ fn }) => fn.max('id').as('id'))
    .where('workspaceId', '=', workspaceId)
    .where('sourceId', '=', sourceId)
    .groupBy(['rangeStart', 'rangeEnd'])
  return db
    .selectFrom('jobs')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', 'in', newest)
    .orderBy('id')
    .execute()
}

export function findJob(db: Db, workspaceId: string, id: string): Promise<JobRow | undefined> {
  return db
    .selectFrom('jobs')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** Those of the ids that there are, in no order. */
export async function findJobs(db: Db, workspaceId: string, ids: readonly string[]): Promise<JobRow[]> {
  const found: JobRow[] = []
  for (const some of parts(ids))
    found.push(
      ...(await db
        .selectFrom('jobs')
        .selectAll()
        .where('workspaceId', '=', workspaceId)
        .where('id', 'in', some)
        .execute()),
    )
  return found
}

/** Those that wait. */
export async function cancelWaiting(
  db: Db,
  workspaceId: string,
  ids: readonly string[],
  end: Pick<JobRow, 'endedAt' | 'errorCode' | 'errorMessage'>,
): Promise<void> {
  for (const some of parts(ids))
    await db
      .updateTable('jobs')
      .set({ state: 'CANCELLED', ...end })
      .where('workspaceId', '=', workspaceId)
      .where('id', 'in', some)
      .where('state', '=', 'QUEUED')
      .execute()
}

/** Those that wait or are under way; what is paused already stays so. */
export async function pauseOpen(db: Db, workspaceId: string, ids: readonly string[], pausedAt: number): Promise<void> {
  for (const some of parts(ids))
    await db
      .updateTable('jobs')
      .set({ pausedAt })
      .where('workspaceId', '=', workspaceId)
      .where('id', 'in', some)
      .where('pausedAt', 'is', null)
      .where('endedAt', 'is', null)
      .execute()
}

export async function resumePaused(db: Db, workspaceId: string, ids: readonly string[]): Promise<void> {
  for (const some of parts(ids))
    await db
      .updateTable('jobs')
      .set({ pausedAt: null })
      .where('workspaceId', '=', workspaceId)
      .where('id', 'in', some)
      .execute()
}

/** @returns whether the job was in the state `from` (and held by `owner`, where one is given), and so was changed. */
export async function changeJob(
  db: Db,
  { workspaceId, id }: JobKey,
  from: RunState,
  change: Partial<Omit<JobRow, 'workspaceId' | 'id' | 'sourceId'>>,
  owner?: string,
): Promise<boolean> {
  let update = db
    .updateTable('jobs')
    .set(change)
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .where('state', '=', from)
  if (owner !== undefined) update = update.where('leaseOwner', '=', owner)
  const { numUpdatedRows } = await update.executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** Of a source's jobs that have ended: the ids behind the newest `kept`; a thousand at most. */
export async function endedJobs(db: Db, workspaceId: string, sourceId: string, kept: number): Promise<string[]> {
  const ended = db
    .selectFrom('jobs')
    .select('id')
    .where('workspaceId', '=', workspaceId)
    .where('sourceId', '=', sourceId)
    .where('endedAt', 'is not', null)
    .orderBy('id', 'desc')
    .limit(1_000)
    .offset(kept)
  return (await ended.execute()).map(({ id }) => id)
}

/** Removes the jobs of a source that have ended, but for the newest, and those that were queued before a moment (ms since 1970 UTC). */
export async function pruneJobs(
  db: Db,
  { workspaceId, sourceId }: Pick<JobRow, 'workspaceId' | 'sourceId'>,
  kept: number,
  queuedBefore: number,
): Promise<void> {
  const old = db
    .selectFrom('jobs')
    .select('id')
    .where('workspaceId', '=', workspaceId)
    .where('sourceId', '=', sourceId)
    .where('endedAt', 'is not', null)
    .where('id', '<', firstIdOf(queuedBefore))
    .limit(1_000)
  const ids = [...(await endedJobs(db, workspaceId, sourceId, kept)), ...(await old.execute()).map(({ id }) => id)]
  if (ids.length > 0)
    await db.deleteFrom('jobs').where('workspaceId', '=', workspaceId).where('id', 'in', ids).execute()
}

/** As few as one statement takes. */
function* parts(ids: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < ids.length; start += 10_000) yield ids.slice(start, start + 10_000)
}

/** No id of that moment or later is smaller. */
function firstIdOf(at: number): string {
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, Math.floor(at / 2 ** 32))
  view.setUint32(2, at >>> 0)
  return idAt(bytes, 0)
}
