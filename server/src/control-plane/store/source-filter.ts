/** The SQL that finds sources by what they are like, in several workspaces. */
import { sql } from 'kysely'
import type { RunState } from '../../scheduled-queries.ts'
import type { InputRow } from './inputs.ts'
import type { Db } from './schema.ts'

interface SourceFilter {
  readonly workspaces: readonly string[]
  readonly types: readonly string[]
  /** `*` stands for any text, `?` for one character; whatever the case of ASCII letters. */
  readonly label?: string | undefined
  readonly isEnabled?: boolean | undefined
  /** Of the newest job; `NONE`: there never was one. */
  readonly lastJob?: RunState | 'NONE' | undefined
}

/** By workspace and id, at most `limit`. */
export function filterSources(db: Db, filter: SourceFilter, limit: number): Promise<InputRow[]> {
  const { label, isEnabled, lastJob } = filter
  let inputs = db
    .selectFrom('inputs')
    .selectAll()
    .where('workspaceId', 'in', filter.workspaces)
    .where('type', 'in', filter.types)
    .orderBy('workspaceId')
    .orderBy('id')
    .limit(limit)
  if (label !== undefined) inputs = inputs.where(sql<boolean>`label like ${likePattern(label)} escape '\\'`)
  if (isEnabled !== undefined) inputs = inputs.where('disabledAt', isEnabled ? 'is' : 'is not', null)
  if (lastJob !== undefined) {
    const newest = sql<string>`coalesce((
      select jobs.state from jobs
      where jobs.workspace_id = inputs.workspace_id and jobs.source_id = inputs.id
      order by jobs.id desc limit 1
    ), 'NONE')`
    inputs = inputs.where(newest, '=', lastJob)
  }
  return inputs.execute()
}

function likePattern(glob: string): string {
  return glob
    .replace(/[\\%_]/g, (character) => `\\${character}`)
    .replaceAll('*', '%')
    .replaceAll('?', '_')
}

/** Inputs by workspace and id, those there are, whatever their type. */
export async function findInputsAnywhere(
  db: Db,
  places: readonly { workspaceId: string; sourceId: string }[],
): Promise<Map<string, InputRow>> {
  const found = new Map<string, InputRow>()
  for (const [workspaceId, group] of Map.groupBy(places, ({ workspaceId }) => workspaceId)) {
    const ids = group.map(({ sourceId }) => sourceId)
    for (let from = 0; from < ids.length; from += idsPerQuery) {
      const some = ids.slice(from, from + idsPerQuery)
      const rows = await db
        .selectFrom('inputs')
        .selectAll()
        .where('workspaceId', '=', workspaceId)
        .where('id', 'in', some)
        .execute()
      for (const row of rows) found.set(placeKey({ workspaceId, sourceId: row.id }), row)
    }
  }
  return found
}

const idsPerQuery = 1_000

export function placeKey({ workspaceId, sourceId }: { workspaceId: string; sourceId: string }): string {
  return `${workspaceId}\n${sourceId}`
}
