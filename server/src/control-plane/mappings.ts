/** Mappings as the mapper keeps them here: one row per event type and version, immutable, not looked into. */
import { isDeepStrictEqual } from 'node:util'
import { MillraceError } from '../errors.ts'
import { findMapping, insertMapping, newestMappings } from './store/mappings.ts'
import type { Store } from './store/store.ts'

/** What the store needs to know of a mapping; whatever else it has is kept with it. It must survive `JSON.stringify`. */
export interface StoredMapping {
  readonly eventType: string
  /** From 1, rising. */
  readonly version: number
  readonly table: string
}

const author = { actor: 'pipeline', tokenId: null, ip: null, requestId: null }

/** Durable when it resolves; repeating it changes nothing. @throws MillraceError `conflict`: this version exists and differs. */
export async function saveMapping(store: Store, workspaceId: string, mapping: StoredMapping): Promise<void> {
  const { eventType, version, table } = mapping
  const text = JSON.stringify(mapping)
  const present = await findMapping(store.db, workspaceId, eventType, version)
  if (present) {
    if (isDeepStrictEqual(JSON.parse(present.mapping), JSON.parse(text))) return
    throw new MillraceError('conflict', `The mapping of ${eventType} has a version ${version} already, which differs`)
  }
  await store.change(author, async (tx) => {
    const row = { workspaceId, eventType, version, tableName: table, mapping: text, createdAt: store.now() }
    await insertMapping(tx, row)
    const audit = { workspaceId, action: 'mapping.saved', object: eventType, detail: { version, table } }
    return { result: undefined, audit }
  })
}

/** The newest version of each event type's mapping, as it was saved. */
export async function loadMappings(store: Store, workspaceId: string): Promise<StoredMapping[]> {
  const rows = await newestMappings(store.db, workspaceId)
  return rows.map((row) => JSON.parse(row.mapping) as StoredMapping)
}
