/** Event types: what kinds of events a workspace has seen, and into which table's columns each is mapped. */
import type { Json } from '@millrace/event/event'
import type { DataPlane } from '../data-plane.ts'
import { findMapping, type MappingRow, mappingVersions, newestMappings } from '../store/mappings.ts'
import type { Store } from '../store/store.ts'
import { notFound, operation, type Page } from './operation.ts'

export interface EventTypeSummary {
  readonly name: string
  readonly table: string
  readonly mappingVersion: number
  /** When that version was made. */
  readonly mappedAt: number
  /** Rows of the table; null where the destination does not have it yet. Event types may share a table. */
  readonly tableRows: number | null
}

export function eventTypeOperations(store: Store, dataPlane: DataPlane) {
  return {
    /** By name. */
    list: operation('event-types:read', async (caller, page: Page): Promise<EventTypeSummary[]> => {
      const mappings = await presentMappings(store, caller.workspace, page)
      const tables = new Map((await dataPlane.tables(caller.workspace)).map(({ name, rowCount }) => [name, rowCount]))
      return mappings.map(({ eventType, tableName, version, createdAt }) => ({
        name: eventType,
        table: tableName,
        mappingVersion: version,
        mappedAt: createdAt,
        tableRows: tables.get(tableName) ?? null,
      }))
    }),

    /** With its mapping of today, and which versions there were, newest first. */
    get: operation('event-types:read', async (caller, name: string) => {
      const versions = await mappingVersions(store.db, caller.workspace, name)
      const newest = versions[0]
      const row = newest && (await findMapping(store.db, caller.workspace, name, newest.version))
      if (!row || isForgotten(row)) throw notFound('event type')
      return { name, table: row.tableName, mapping: JSON.parse(row.mapping) as Json, versions }
    }),

    mapping: operation('event-types:read', async (caller, name: string, version: number) => {
      const row = await findMapping(store.db, caller.workspace, name, version)
      if (!row) throw notFound('mapping')
      return { version, createdAt: row.createdAt, mapping: JSON.parse(row.mapping) as Json }
    }),
  }
}

/** A page of those that nobody has forgotten: what is left of a forgotten one only says which columns its tables have. */
async function presentMappings(store: Store, workspace: string, { limit, after }: Page): Promise<MappingRow[]> {
  const present: MappingRow[] = []
  for (let from = after; present.length < limit; ) {
    const rows = await newestMappings(store.db, workspace, { after: from, limit })
    present.push(...rows.filter((row) => !isForgotten(row)))
    if (rows.length < limit) break
    from = rows.at(-1)!.eventType
  }
  return present.slice(0, limit)
}

function isForgotten({ mapping }: MappingRow): boolean {
  return (JSON.parse(mapping) as { isForgotten?: boolean }).isForgotten === true
}
