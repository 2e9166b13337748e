/** The SQL of the semantic layer. */
import type { SemanticKind, SemanticModel } from '../../semantic/model.ts'
import type { Db, Schema, Tx } from './schema.ts'

export type SemanticObjectRow = Schema['semanticObjects']
export type SemanticColumnRow = Schema['semanticColumns']

/** Objects in the order in which they were made. */
export async function loadModel(db: Db, workspaceId: string): Promise<SemanticModel> {
  const columns = await db
    .selectFrom('semanticColumns')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .orderBy('tableName')
    .orderBy('columnName')
    .execute()
  const objects = await db
    .selectFrom('semanticObjects')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .orderBy('id')
    .execute()
  const ofKind = <T>(wanted: SemanticKind) =>
    objects
      .filter(({ kind }) => kind === wanted)
      .map(({ id, name, definition }) => ({ ...JSON.parse(definition), id, name }) as T)
  return {
    columns: columns.map(({ tableName: table, columnName: column, role, displayName, aggregation }) => ({
      ...{ table, column, role, displayName, aggregation },
    })),
    patterns: ofKind('pattern'),
    harmonisedDimensions: ofKind('harmonised-dimension'),
    calculatedMeasurements: ofKind('calculated-measurement'),
  }
}

/** Those that are not archived and of which something is said. */
export async function workspacesWithViews(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('workspaces')
    .select('id')
    .where('archivedAt', 'is', null)
    .where((where) =>
      where.or([
        where('id', 'in', db.selectFrom('semanticObjects').select('workspaceId')),
        where('id', 'in', db.selectFrom('semanticColumns').select('workspaceId')),
        where('id', 'in', db.selectFrom('buckets').select('workspaceId')),
        where('id', 'in', db.selectFrom('inputs').select('workspaceId').where('type', '=', 'segment')),
      ]),
    )
    .execute()
  return rows.map(({ id }) => id)
}

/** By id, after `after`. */
export function listObjects(
  db: Db,
  workspaceId: string,
  kind: SemanticKind,
  page: { after?: string | undefined; limit: number },
): Promise<SemanticObjectRow[]> {
  return db
    .selectFrom('semanticObjects')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('kind', '=', kind)
    .where('id', '>', page.after ?? '')
    .orderBy('id')
    .limit(page.limit)
    .execute()
}

export function findObject(
  db: Db,
  workspaceId: string,
  kind: SemanticKind,
  id: string,
): Promise<SemanticObjectRow | undefined> {
  return db
    .selectFrom('semanticObjects')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('kind', '=', kind)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** How many there are in a workspace, and the highest id. */
export async function countObjects(db: Db, workspaceId: string): Promise<{ count: number; lastId: string | null }> {
  const { count, lastId } = await db
    .selectFrom('semanticObjects')
    .select((object) => [object.fn.countAll<number>().as('count'), object.fn.max('id').as('lastId')])
    .where('workspaceId', '=', workspaceId)
    .executeTakeFirstOrThrow()
  return { count: Number(count), lastId }
}

export async function insertObject(tx: Tx, row: SemanticObjectRow): Promise<void> {
  await tx.insertInto('semanticObjects').values(row).execute()
}

export async function updateObject(
  tx: Tx,
  { workspaceId, id, kind: _, createdAt: __, ...values }: SemanticObjectRow,
): Promise<void> {
  await tx
    .updateTable('semanticObjects')
    .set(values)
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .execute()
}

export async function deleteObject(tx: Tx, { workspaceId, id }: SemanticObjectRow): Promise<void> {
  await tx.deleteFrom('semanticObjects').where('workspaceId', '=', workspaceId).where('id', '=', id).execute()
}

/** Replaces what was said of a column. */
export async function putColumn(tx: Tx, row: SemanticColumnRow): Promise<void> {
  await deleteColumn(tx, row)
  await tx.insertInto('semanticColumns').values(row).execute()
}

export async function deleteColumn(
  tx: Tx,
  { workspaceId, tableName, columnName }: Pick<SemanticColumnRow, 'workspaceId' | 'tableName' | 'columnName'>,
): Promise<void> {
  await tx
    .deleteFrom('semanticColumns')
    .where('workspaceId', '=', workspaceId)
    .where('tableName', '=', tableName)
    .where('columnName', '=', columnName)
    .execute()
}
