/** The SQL of sources: inputs of certain types, with what is kept of them beside that once there is anything to keep. */
import { sql } from 'kysely'
import type { InputRow } from './inputs.ts'
import type { Db, Schema } from './schema.ts'

export type SourceRow = Schema['sources']

/** Inputs of the types, by id, after `after`. */
export function listSourceInputs(
  db: Db,
  workspaceId: string,
  types: readonly string[],
  page: { after?: string | undefined; limit: number },
): Promise<InputRow[]> {
  return db
    .selectFrom('inputs')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('type', 'in', types)
    .where('id', '>', page.after ?? '')
    .orderBy('id')
    .limit(page.limit)
    .execute()
}

/** Of some inputs, those that have any. */
export function findSources(db: Db, workspaceId: string, ids: readonly string[]): Promise<SourceRow[]> {
  return db.selectFrom('sources').selectAll().where('workspaceId', '=', workspaceId).where('id', 'in', ids).execute()
}

/** Of inputs that are enabled, in workspaces that are not archived: those that are due. */
export function dueSources(db: Db, now: number): Promise<SourceRow[]> {
  return db
    .selectFrom('sources')
    .innerJoin('inputs', (join) =>
      join.onRef('inputs.workspaceId', '=', 'sources.workspaceId').onRef('inputs.id', '=', 'sources.id'),
    )
    .innerJoin('workspaces', 'workspaces.id', 'sources.workspaceId')
    .selectAll('sources')
    .where('sources.nextAt', '<=', now)
    .where('sources.pausedAt', 'is', null)
    .where('inputs.disabledAt', 'is', null)
    .where('workspaces.archivedAt', 'is', null)
    .orderBy('sources.nextAt')
    .execute()
}

/** Over what is kept of it, if anything is. */
export async function saveSource(
  db: Db,
  { workspaceId, id }: Pick<SourceRow, 'workspaceId' | 'id'>,
  change: Partial<Omit<SourceRow, 'workspaceId' | 'id'>>,
): Promise<void> {
  if (Object.keys(change).length === 0) return
  const settings = { daysPerJob: null, jobsAtOnce: null, callsPerDay: null }
  const fresh = { state: '{}', schedule: null, scheduledAt: 0, pausedAt: null, nextAt: null, ...settings }
  await db
    .insertInto('sources')
    .values({ workspaceId, id, ...fresh, ...change })
    .onConflict((conflict) => conflict.columns(['workspaceId', 'id']).doUpdateSet(change))
    .execute()
}

/** Calls that were sent on a day of UTC, by the ids of sources. */
export async function callsOn(
  db: Db,
  workspaceId: string,
  sourceIds: readonly string[],
  day: string,
): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('sourceCalls')
    .select(['sourceId', 'calls'])
    .where('workspaceId', '=', workspaceId)
    .where('sourceId', 'in', sourceIds)
    .where('day', '=', day)
    .execute()
  return new Map(rows.map(({ sourceId, calls }) => [sourceId, calls]))
}

/** Counts calls before they are made; below 0: gives back those that were not made. @returns those of the day, these included. */
export async function countCalls(
  db: Db,
  { workspaceId, id: sourceId }: Pick<SourceRow, 'workspaceId' | 'id'>,
  day: string,
  calls: number,
): Promise<number> {
  const row = await db
    .insertInto('sourceCalls')
    .values({ workspaceId, sourceId, day, calls })
    .onConflict((conflict) =>
      conflict
        .columns(['workspaceId', 'sourceId', 'day'])
        .doUpdateSet(({ ref }) => ({ calls: sql<number>`${ref('sourceCalls.calls')} + ${calls}` })),
    )
    .returning('calls')
    .executeTakeFirstOrThrow()
  return row.calls
}
