/** The SQL of running jobs: which of them may begin, which process holds them, and which nobody holds any more. */
import { sql } from 'kysely'
import { isOpen, type JobKey, type JobRow } from './jobs.ts'
import type { Db } from './schema.ts'

/** Who runs a job, and until when (ms since 1970 UTC) that is believed without hearing of it again. */
export interface Lease {
  readonly owner: string
  readonly until: number
}

const isUnderWay = sql<boolean>`state = 'RUNNING'`

/** Sources of which jobs may begin by themselves, in all workspaces but those left out; and whether there are others than back-fills. */
export async function waitingSources(db: Db, now: number, without: readonly string[]) {
  let waiting = mayBegin(db, now)
    .select(({ fn }) => ['workspaceId', 'sourceId', fn.min('isBackFill').as('isBackFill')])
    .groupBy(['workspaceId', 'sourceId'])
  if (without.length > 0) waiting = waiting.where('workspaceId', 'not in', without)
  const rows = await waiting.execute()
  return rows.map(({ workspaceId: workspace, sourceId: source, isBackFill }) => ({
    ...{ workspace, source },
    isBackFill: isBackFill === 1,
  }))
}

/** Of a source, the jobs that may begin by themselves: what is due before back-fills, and of these those that were queued first. */
export function waitingJobs(
  db: Db,
  { workspaceId, sourceId }: Pick<JobRow, 'workspaceId' | 'sourceId'>,
  now: number,
  limit: number,
): Promise<JobRow[]> {
  return mayBegin(db, now)
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('sourceId', '=', sourceId)
    .orderBy('isBackFill')
    .orderBy('id')
    .limit(limit)
    .execute()
}

function mayBegin(db: Db, now: number) {
  return db
    .selectFrom('jobs')
    .where(isOpen)
    .where('state', '=', 'QUEUED')
    .where('pausedAt', 'is', null)
    .where(({ or, eb }) => or([eb('notBefore', 'is', null), eb('notBefore', '<=', now)]))
}

/** Of all workspaces, oldest first: those that `owner` holds, and those whose holder was not heard of in time. */
export function jobsToRun(db: Db, owner: string, now: number): Promise<JobRow[]> {
  return db
    .selectFrom('jobs')
    .selectAll()
    .where(isUnderWay)
    .where(({ or, eb }) => or([eb('leaseOwner', '=', owner), eb('leaseUntil', 'is', null), eb('leaseUntil', '<', now)]))
    .orderBy('id')
    .execute()
}

/** Takes a job that waits, or one under way that is ours or that nobody holds any more. @returns whether it was taken. */
export async function takeJob(
  db: Db,
  { workspaceId, id }: JobKey,
  { owner, until }: Lease,
  now: number,
  change: Partial<Pick<JobRow, 'startedAt' | 'idleStarts'>>,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('jobs')
    .set({ ...change, state: 'RUNNING', leaseOwner: owner, leaseUntil: until })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .where(({ or, and, eb }) =>
      or([
        and([eb('state', '=', 'QUEUED'), eb('pausedAt', 'is', null)]),
        and([
          eb('state', '=', 'RUNNING'),
          or([eb('leaseOwner', '=', owner), eb('leaseUntil', 'is', null), eb('leaseUntil', '<', now)]),
        ]),
      ]),
    )
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** @returns ids of jobs that the owner still holds, now until then. */
export async function renewLeases(db: Db, { owner, until }: Lease): Promise<string[]> {
  const rows = await db
    .updateTable('jobs')
    .set({ leaseUntil: until })
    .where(isUnderWay)
    .where('leaseOwner', '=', owner)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

/**
 * Where it is known that no process lives but the owner: what others hold, nobody does. What was paused while its process died waits
 * again, as it would have.
 */
export async function voidLeases(db: Db, owner: string): Promise<void> {
  const ofOthers = db.updateTable('jobs').where(isUnderWay).where('leaseOwner', '!=', owner)
  const waits = { state: 'QUEUED' as const, leaseOwner: null, leaseUntil: null, etaAt: null }
  await ofOthers.set(waits).where('pausedAt', 'is not', null).execute()
  await ofOthers.set({ leaseUntil: null }).execute()
}
