/** Archives as the metadata store has them, whole: with the secret key, which is sealed apart from the rest. */
import type { ArchiveConfig, ArchiveTarget } from '../archive.ts'
import { type ArchiveRow, findArchive } from './store/archives.ts'
import type { Db } from './store/schema.ts'
import type { SecretPlace } from './store/secrets.ts'
import type { Store } from './store/store.ts'

export function placeOfArchiveSecret(workspaceId: string): SecretPlace {
  return { workspaceId, type: 'archive', id: 'secret-access-key' }
}

/** @throws MillraceError `secret_key_wrong`. */
export async function loadArchive(
  store: Store,
  workspaceId: string,
  db: Db = store.db,
): Promise<ArchiveConfig | undefined> {
  const row = await findArchive(db, workspaceId)
  return row && readArchive(store, row, db)
}

export async function readArchive(store: Store, row: ArchiveRow, db: Db = store.db): Promise<ArchiveConfig> {
  const { workspaceId, inputs, rollBytes, rollSeconds } = row
  const shown = JSON.parse(row.target) as ArchiveTarget
  const secret = await store.readSecret(placeOfArchiveSecret(workspaceId), db)
  const target = shown.kind === 's3' ? { ...shown, secretAccessKey: secret?.toString() ?? '' } : shown
  return { target, inputs: inputs === null ? null : (JSON.parse(inputs) as string[]), rollBytes, rollSeconds }
}
