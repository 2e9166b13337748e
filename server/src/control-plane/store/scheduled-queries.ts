/** The SQL of scheduled queries. */
import { sql } from 'kysely'
import type { Db, Schema, Tx } from './schema.ts'

export type QueryRow = Schema['scheduledQueries']

/** By id, after `after`. */
export function listQueries(
  db: Db,
  workspaceId: string,
  page: { after?: string | undefined; limit: number; state?: QueryFilter | undefined },
): Promise<QueryRow[]> {
  const all = db
    .selectFrom('scheduledQueries')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '>', page.after ?? '')
    .orderBy('id')
    .limit(page.limit)
  if (page.state === undefined) return all.execute()
  if (page.state === 'enabled') return all.where('disabledAt', 'is', null).execute()
  if (page.state === 'disabled') return all.where('disabledAt', 'is not', null).execute()
  const runs = db.selectFrom('scheduledQueryRuns as runs').where('runs.workspaceId', '=', workspaceId)
  if (page.state === 'running') {
    const running = runs.select('queryId').where('state', 'in', ['QUEUED', 'RUNNING'])
    return all.where('id', 'in', running).execute()
  }
  const lastEnded = runs
    .select((run) => run.fn.max('runs.id').as('id'))
    .where('state', 'in', ['SUCCESS', 'FAILURE'])
    .groupBy('queryId')
  return all
    .where('id', 'in', runs.select('queryId').where('state', '=', 'FAILURE').where('id', 'in', lastEnded))
    .execute()
}

/** `error`: whose last run that was not stopped has failed. */
export const queryFilters = ['enabled', 'disabled', 'running', 'error'] as const
export type QueryFilter = (typeof queryFilters)[number]

/** Of workspaces that are not archived, those that are switched on and due. */
export function dueQueries(db: Db, now: number): Promise<QueryRow[]> {
  return db
    .selectFrom('scheduledQueries')
    .innerJoin('workspaces', 'workspaces.id', 'scheduledQueries.workspaceId')
    .selectAll('scheduledQueries')
    .where('scheduledQueries.nextAt', '<=', now)
    .where('scheduledQueries.disabledAt', 'is', null)
    .where('workspaces.archivedAt', 'is', null)
    .orderBy('scheduledQueries.nextAt')
    .execute()
}

export function findQuery(db: Db, workspaceId: string, id: string): Promise<QueryRow | undefined> {
  return db
    .selectFrom('scheduledQueries')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** Within a text of JSON a quote has a backslash before it, so that this is what is meant and no part of a statement. */
const isConsolidation = sql<number>`case when work like '%"kind":"newest"%' then 1 else 0 end`

/** All of a workspace, which are few: what they are called, and whether they make the newest row of each key. */
export async function namesOfQueries(db: Db, workspaceId: string) {
  const rows = await db
    .selectFrom('scheduledQueries')
    .select(['id', 'label', 'target', isConsolidation.as('isConsolidation')])
    .where('workspaceId', '=', workspaceId)
    .execute()
  return rows.map((row) => ({ ...row, isConsolidation: row.isConsolidation === 1 }))
}

/** Those that write a table, whatever the case of its name. */
export function queriesInto(db: Db, workspaceId: string, target: string): Promise<Pick<QueryRow, 'id' | 'label'>[]> {
  return db
    .selectFrom('scheduledQueries')
    .select(['id', 'label'])
    .where('workspaceId', '=', workspaceId)
    .where((query) => query(query.fn<string>('lower', ['target']), '=', target.toLowerCase()))
    .orderBy('id')
    .execute()
}

/** How many there are in a workspace, and the highest id. */
export async function countQueries(db: Db, workspaceId: string): Promise<{ count: number; lastId: string | null }> {
  const { count, lastId } = await db
    .selectFrom('scheduledQueries')
    .select((query) => [query.fn.countAll<number>().as('count'), query.fn.max('id').as('lastId')])
    .where('workspaceId', '=', workspaceId)
    .executeTakeFirstOrThrow()
  return { count: Number(count), lastId }
}

export async function insertQuery(tx: Tx, row: QueryRow): Promise<void> {
  await tx.insertInto('scheduledQueries').values(row).execute()
}

export async function updateQuery(
  db: Db,
  { workspaceId, id }: Pick<QueryRow, 'workspaceId' | 'id'>,
  change: Partial<Omit<QueryRow, 'workspaceId' | 'id'>>,
): Promise<void> {
  await db
    .updateTable('scheduledQueries')
    .set(change)
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .execute()
}

/** With its runs. */
export async function deleteQuery(tx: Tx, { workspaceId, id }: Pick<QueryRow, 'workspaceId' | 'id'>): Promise<void> {
  await tx.deleteFrom('scheduledQueries').where('workspaceId', '=', workspaceId).where('id', '=', id).execute()
}
