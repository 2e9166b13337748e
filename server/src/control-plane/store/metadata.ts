/** The SQL of metadata as tables: all of a kind, or what changed of it. Changes are numbered; see the migration that counts them. */
import { sql } from 'kysely'
import type { MetadataKind, MetadataRow } from '../../metadata-tables.ts'
import { newestJobs } from './jobs.ts'
import { namesOfQueries } from './scheduled-queries.ts'
import { listRunsById } from './scheduled-query-runs.ts'
import type { Db, Schema } from './schema.ts'
import { findSources } from './sources.ts'

const kindOf = { workspaces: 'workspace', sources: 'source', jobs: 'job' } as const

/** 0 where there never was one. */
export async function newestChange(db: Db): Promise<number> {
  const row = await db
    .selectFrom('changes')
    .select(({ fn }) => fn.max('sequence').as('newest'))
    .executeTakeFirst()
  return Number(row?.newest ?? 0)
}

/** What went before a change is known no longer. SQLite finds it by a partial index, for which it compares constants alone. */
export async function forgetGone(db: Db, before: number): Promise<void> {
  await db.deleteFrom('changes').where(sql<boolean>`is_gone = 1`).where('sequence', '<', before).execute()
}

export interface Change {
  readonly id: string
  readonly sequence: number
  readonly isGone: boolean
}

/** Of a workspace, behind `since` and up to `until`, in order. */
export async function listChanges(
  db: Db,
  workspaceId: string,
  kind: MetadataKind,
  { since, until, limit }: { since: number; until: number; limit: number },
): Promise<Change[]> {
  const rows = await db
    .selectFrom('changes')
    .select(['id', 'sequence', 'isGone'])
    .where('kind', '=', kindOf[kind])
    .where('workspaceId', '=', workspaceId)
    .where('sequence', '>', since)
    .where('sequence', '<=', until)
    .orderBy('sequence')
    .limit(limit)
    .execute()
  return rows.map(({ id, sequence, isGone }) => ({ id, sequence: Number(sequence), isGone: isGone === 1 }))
}

interface RowsWanted {
  readonly workspaceId: string
  /** Of inputs that are sources. */
  readonly types: readonly string[]
  /** These alone; all where missing, by id behind `after`. */
  readonly ids?: readonly string[]
  readonly after?: string
  readonly limit: number
}

/** Rows of the columns in `metadata-tables.ts`, by id, each with its id. */
export function metadataRows(db: Db, kind: MetadataKind, wanted: RowsWanted): Promise<IdentifiedRow[]> {
  if (kind === 'workspaces') return workspaceRows(db, wanted)
  return kind === 'sources' ? sourceRows(db, wanted) : jobRows(db, wanted)
}

export interface IdentifiedRow {
  readonly id: string
  readonly row: MetadataRow
}

async function workspaceRows(db: Db, { workspaceId, after }: RowsWanted): Promise<IdentifiedRow[]> {
  if (after !== undefined) return []
  const rows = await db.selectFrom('workspaces').selectAll().where('id', '=', workspaceId).execute()
  return rows.map(({ id, name, createdAt, archivedAt }) => ({ id, row: [id, name, createdAt, archivedAt] }))
}

async function sourceRows(db: Db, { workspaceId, types, ids, after, limit }: RowsWanted): Promise<IdentifiedRow[]> {
  let query = db
    .selectFrom('inputs')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('type', 'in', types)
    .orderBy('id')
    .limit(limit)
  if (ids !== undefined) query = query.where('id', 'in', ids)
  if (after !== undefined) query = query.where('id', '>', after)
  const inputs = await query.execute()
  if (inputs.length === 0) return []
  const found = inputs.map(({ id }) => id)
  const kept = new Map((await findSources(db, workspaceId, found)).map((row) => [row.id, row]))
  const jobs = new Map((await newestJobs(db, workspaceId, found)).map((job) => [job.sourceId, job]))
  return inputs.map((input) => ({ id: input.id, row: sourceRow(input, kept.get(input.id), jobs.get(input.id)) }))
}

function sourceRow(
  { workspaceId, id, label, type, createdAt, disabledAt, settings }: Schema['inputs'],
  kept: Schema['sources'] | undefined,
  job: Schema['jobs'] | undefined,
): MetadataRow {
  const next = disabledAt === null ? (kept?.nextAt ?? null) : null
  return [
    ...[workspaceId, id, label, type, createdAt, disabledAt, settings, kept?.schedule ?? null],
    ...[kept?.pausedAt ?? null, next, job?.id ?? null, job?.state ?? null],
    ...[job?.rangeStart ?? null, job?.rangeEnd ?? null, job?.startedAt ?? null, job?.endedAt ?? null],
    ...[job?.rowCount ?? null, job?.errorCode ?? null],
  ]
}

/** Jobs of sources and runs of scheduled queries, whose ids are of one kind. */
async function jobRows(db: Db, wanted: RowsWanted): Promise<IdentifiedRow[]> {
  const rows = [...(await sourceJobRows(db, wanted)), ...(await queryJobRows(db, wanted))]
  return rows.toSorted((one, other) => (one.id < other.id ? -1 : 1)).slice(0, wanted.limit)
}

async function sourceJobRows(db: Db, { workspaceId, ids, after, limit }: RowsWanted): Promise<IdentifiedRow[]> {
  let query = db.selectFrom('jobs').selectAll().where('workspaceId', '=', workspaceId).orderBy('id').limit(limit)
  if (ids !== undefined) query = query.where('id', 'in', ids)
  if (after !== undefined) query = query.where('id', '>', after)
  return (await query.execute()).map((job) => ({
    id: job.id,
    row: [
      ...[job.workspaceId, job.id, job.sourceId, job.state, job.rangeStart, job.rangeEnd, job.askedBy],
      ...[job.queuedAt, job.startedAt, job.endedAt, job.attempts, job.pages, job.rowCount],
      ...[job.rowsLoaded, job.rowsReplaced, job.rerunOf],
      ...[job.errorCode, job.errorMessage, 'source', null],
    ],
  }))
}

/** Tries, pages and ranges are what only a source's job has. */
async function queryJobRows(db: Db, { workspaceId, ids, after, limit }: RowsWanted): Promise<IdentifiedRow[]> {
  const runs = await listRunsById(db, workspaceId, { ids, after, limit })
  if (runs.length === 0) return []
  const names = await namesOfQueries(db, workspaceId)
  const consolidations = new Set(names.filter(({ isConsolidation }) => isConsolidation).map(({ id }) => id))
  return runs.map((run) => ({
    id: run.id,
    row: [
      ...[run.workspaceId, run.id, null, run.state, null, null, run.askedBy],
      ...[run.queuedAt, run.startedAt, run.endedAt, null, null, run.rowCount, null, null, null],
      ...[run.errorCode, run.errorMessage, consolidations.has(run.queryId) ? 'consolidation' : 'query', run.queryId],
    ],
  }))
}

/** Open ones that have an input of one of the types, or a scheduled query, by id. */
export async function workspacesWithJobs(db: Db, types: readonly string[]): Promise<string[]> {
  const isSource = types.length === 0 ? sql`false` : sql`inputs.type in (${sql.join(types)})`
  const rows = await db
    .selectFrom('workspaces')
    .select('id')
    .where('archivedAt', 'is', null)
    .where(
      sql<boolean>`(exists (select 1 from inputs where inputs.workspace_id = workspaces.id and ${isSource})
        or exists (select 1 from scheduled_queries where scheduled_queries.workspace_id = workspaces.id))`,
    )
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => id)
}

/** Up to which change a table in the destination is filled; 0 where it never was. */
export async function filledTo(db: Db, workspaceId: string, kind: MetadataKind): Promise<number> {
  const row = await db
    .selectFrom('metadataTables')
    .select('sequence')
    .where('workspaceId', '=', workspaceId)
    .where('kind', '=', kindOf[kind])
    .executeTakeFirst()
  return Number(row?.sequence ?? 0)
}

export async function setFilledTo(db: Db, workspaceId: string, kind: MetadataKind, sequence: number): Promise<void> {
  await db
    .insertInto('metadataTables')
    .values({ workspaceId, kind: kindOf[kind], sequence })
    .onConflict((conflict) => conflict.columns(['workspaceId', 'kind']).doUpdateSet({ sequence }))
    .execute()
}
