/** The control plane, opened: what operators configure and ask, and what the data plane reads of it. */
import { randomBytes } from 'node:crypto'
import type { FindInput } from '../inputs.ts'
import type { Logger } from '../telemetry.ts'
import { type Api, type ApiHost, openApi } from './api/api.ts'
import type { Health } from './api/health.ts'
import { type Bootstrapped, type BootstrapSettings, bootstrap } from './bootstrap.ts'
import { createCursors } from './cursors.ts'
import type { DataPlane } from './data-plane.ts'
import { loadMappings, type StoredMapping, saveMapping } from './mappings.ts'
import { defaultWorkspace } from './operations/callers.ts'
import { openInputKeys } from './operations/input-keys.ts'
import { createOperations, type Operations } from './operations/operations.ts'
import { openPasswords } from './passwords.ts'
import type { Store } from './store/store.ts'
import { openWorkspaces } from './store/workspaces.ts'

export interface ControlPlane {
  /** What the first start made up, to be shown once. */
  readonly created: Bootstrapped
  readonly findInput: FindInput
  /** Ids of those that are not archived. */
  workspaces(): Promise<string[]>
  /** Durable when it resolves; repeating it changes nothing. @throws MillraceError `conflict`: the version exists and differs. */
  saveMapping(workspace: string, mapping: StoredMapping): Promise<void>
  /** The newest version of each event type's mapping, as it was saved. */
  loadMappings(workspace: string): Promise<StoredMapping[]>
  readonly operations: Operations
  /** Ready to be asked, not listening: the host's server is. */
  openApi(host: ApiHost): Promise<Api>
}

interface ControlPlaneSettings extends Health {
  readonly store: Store
  readonly dataPlane: DataPlane
  readonly first: BootstrapSettings
  /** Whether browsers reach it by TLS only. */
  readonly isSecure: boolean
  readonly logger: Logger
}

/** Closing the store is up to who opened it. @throws MillraceError `secret_key_wrong`, `invalid_request`. */
export async function openControlPlane(settings: ControlPlaneSettings): Promise<ControlPlane> {
  const { store, dataPlane } = settings
  const passwords = openPasswords()
  const created = await bootstrap(store, passwords, settings.first)
  const inputKeys = await openInputKeys(store)
  const cursors = createCursors(await cursorSecret(store))
  const operations = createOperations(store, dataPlane, inputKeys, passwords)
  return {
    created,
    findInput: inputKeys.find,
    workspaces: async () => (await openWorkspaces(store.db)).map(({ id }) => id),
    saveMapping: (workspace, mapping) => saveMapping(store, workspace, mapping),
    loadMappings: (workspace) => loadMappings(store, workspace),
    operations,
    openApi: (host) => openApi({ ...settings, operations, cursors }, host),
  }
}

/** Made once, so that a cursor outlives a restart. Reading it proves that the secret key is the right one. */
async function cursorSecret(store: Store): Promise<Uint8Array> {
  const place = { workspaceId: defaultWorkspace, type: 'signing', id: 'cursors' }
  const present = await store.readSecret(place)
  if (present) return present
  const secret = randomBytes(32)
  const author = { actor: 'bootstrap', tokenId: null, ip: null, requestId: null }
  await store.change(author, async (tx) => {
    await store.writeSecret(tx, place, secret)
    return { result: undefined, audit: { workspaceId: defaultWorkspace, action: 'secret.created', object: place.id } }
  })
  return secret
}
