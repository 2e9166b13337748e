/** The SQL of mappings: one row per event type and version, never changed again. The JSON is the mapper's; nobody here looks inside. */
import type { Db, Schema, Tx } from './schema.ts'

export type MappingRow = Schema['mappings']

/** The newest version of each event type, by event type, after `after`. */
export function newestMappings(
  db: Db,
  workspaceId: string,
  page: { after?: string | undefined; limit?: number } = {},
): Promise<MappingRow[]> {
  const { after = '', limit } = page
  return db
    .selectFrom('mappings')
    .innerJoin(
      (of) =>
        of
          .selectFrom('mappings')
          .select((max) => ['eventType as newestType', max.fn.max('version').as('newestVersion')])
          .where('workspaceId', '=', workspaceId)
          .groupBy('eventType')
          .as('newest'),
      (join) => join.onRef('newestType', '=', 'eventType').onRef('newestVersion', '=', 'version'),
    )
    .selectAll('mappings')
    .where('workspaceId', '=', workspaceId)
    .where('eventType', '>', after)
    .orderBy('eventType')
    .$if(limit !== undefined, (query) => query.limit(limit!))
    .execute()
}

/** Versions of one event type, newest first. */
export function mappingVersions(
  db: Db,
  workspaceId: string,
  eventType: string,
): Promise<Pick<MappingRow, 'version' | 'createdAt'>[]> {
  return db
    .selectFrom('mappings')
    .select(['version', 'createdAt'])
    .where('workspaceId', '=', workspaceId)
    .where('eventType', '=', eventType)
    .orderBy('version', 'desc')
    .execute()
}

export function findMapping(
  db: Db,
  workspaceId: string,
  eventType: string,
  version: number,
): Promise<MappingRow | undefined> {
  return db
    .selectFrom('mappings')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('eventType', '=', eventType)
    .where('version', '=', version)
    .executeTakeFirst()
}

export async function insertMapping(tx: Tx, row: MappingRow): Promise<void> {
  await tx.insertInto('mappings').values(row).execute()
}
