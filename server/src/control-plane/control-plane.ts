/** The control plane, opened: what operators configure and ask, and what the data plane reads of it. */
import { randomBytes } from 'node:crypto'
import type { ArchiveConfig } from '../archive.ts'
import type { InputDirectory, InputType, SourceDirectory } from '../inputs.ts'
import type { MappingMode } from '../mappings.ts'
import type { MetadataSource } from '../metadata-tables.ts'
import type { NotificationStore } from '../notifications.ts'
import type { ScheduleStore } from '../scheduled-queries.ts'
import { defaultJobRetention, type JobRetention, type SourceStore } from '../sources.ts'
import type { Deployment } from '../transform.ts'
import { type ApiSettings, openApi } from './api/api.ts'
import type { Api, ApiHost } from './api/app.ts'
import { loadArchive } from './archives.ts'
import { type Bootstrapped, type BootstrapSettings, bootstrap } from './bootstrap.ts'
import { createCursors } from './cursors.ts'
import type { DataPlane } from './data-plane.ts'
import { loadDeployment } from './deployments.ts'
import { loadMappings, type StoredMapping, saveMapping } from './mappings.ts'
import { openMetadataSource } from './metadata-source.ts'
import { openNotificationStore } from './notification-store.ts'
import { type BucketDirectory, openBucketDirectory } from './operations/bucket-directory.ts'
import { openBulkRuns } from './operations/bulk-runs.ts'
import { defaultWorkspace } from './operations/callers.ts'
import { openInputKeys } from './operations/input-keys.ts'
import { createOperations } from './operations/operations.ts'
import { openPasswords } from './passwords.ts'
import { type CallLimits, openRateLimits } from './rate-limits.ts'
import { openScheduleStore } from './schedule-store.ts'
import { openSourceStore } from './source-store.ts'
import { findMappingMode } from './store/mapping-modes.ts'
import { openStore, type Store, type StoreSettings } from './store/store.ts'
import { openWorkspaces } from './store/workspaces.ts'

export interface ControlPlane {
  /** What the first start made up, to be shown once. */
  readonly created: Bootstrapped
  /** Never asks the store. */
  readonly inputs: InputDirectory & SourceDirectory
  /** Calls back after every change of an input or a key. */
  watchInputs(listener: () => void): void
  /** The bucket of an input that has this key, made where there is none, durably; a `name` names it. */
  findBucket: BucketDirectory['find']
  /** Ids of those that are not archived. */
  workspaces(): Promise<string[]>
  /** Durable when it resolves; repeating it changes nothing. @throws MillraceError `conflict`: the version exists and differs. */
  saveMapping(workspace: string, mapping: StoredMapping): Promise<void>
  /** The newest version of each event type's mapping, as it was saved. */
  loadMappings(workspace: string): Promise<StoredMapping[]>
  /** The mode of event types that have none of their own. */
  loadMappingMode(workspace: string): Promise<MappingMode>
  /** The newest version of users' code; undefined where there never was any. @throws MillraceError `secret_key_wrong`. */
  loadDeployment(workspace: string): Promise<Deployment | undefined>
  /** Where a workspace's raw events are kept; undefined: nowhere. @throws MillraceError `secret_key_wrong`. */
  loadArchive(workspace: string): Promise<ArchiveConfig | undefined>
  /** Where notifications are kept. */
  readonly notifications: NotificationStore
  /** Where scheduled queries and their runs are kept. */
  readonly schedule: ScheduleStore
  /** Where sources and their jobs are kept. */
  readonly sources: SourceStore
  /** What the tables of metadata in destinations are filled from. */
  readonly metadata: MetadataSource
  /** Ready to be asked, not listening: the host's server is. */
  openApi(dataPlane: DataPlane, settings: OutsideSettings, host: ApiHost): Promise<Api>
  close(): Promise<void>
}

type OutsideSettings = Omit<ApiSettings, 'store' | 'operations' | 'cursors' | 'rateLimits' | 'bulkRuns'> & {
  /** Of tokens that have none of their own. */
  readonly callLimits: CallLimits
}

interface RetentionSettings {
  /** Which jobs of sources are kept. */
  readonly jobRetention?: JobRetention
}

/** @throws MillraceError `store_newer`, `secret_key_wrong`; `invalid_request`: a setting cannot be. */
export async function openControlPlane(
  settings: StoreSettings & RetentionSettings,
  first: BootstrapSettings,
  inputTypes: Readonly<Record<string, InputType>>,
): Promise<ControlPlane> {
  const store = openStore(settings)
  try {
    return await open(store, settings.jobRetention ?? defaultJobRetention, first, inputTypes)
  } catch (error) {
    await store.close()
    throw error
  }
}

async function open(
  store: Store,
  jobRetention: JobRetention,
  first: BootstrapSettings,
  inputTypes: Readonly<Record<string, InputType>>,
): Promise<ControlPlane> {
  const passwords = openPasswords()
  const created = await bootstrap(store, passwords, first)
  const inputKeys = await openInputKeys(store, inputTypes)
  const buckets = await openBucketDirectory(store)
  const cursors = createCursors(await cursorSecret(store))
  return {
    created,
    inputs: inputKeys,
    watchInputs: inputKeys.watch,
    findBucket: buckets.find,
    workspaces: async () => (await openWorkspaces(store.db)).map(({ id }) => id),
    saveMapping: (workspace, mapping) => saveMapping(store, workspace, mapping),
    loadMappings: (workspace) => loadMappings(store, workspace),
    loadMappingMode: async (workspace) => ((await findMappingMode(store.db, workspace)) ?? 'AUTO_MAP') as MappingMode,
    loadDeployment: (workspace) => loadDeployment(store, workspace),
    loadArchive: (workspace) => loadArchive(store, workspace),
    notifications: openNotificationStore(store),
    schedule: openScheduleStore(store),
    sources: openSourceStore({ store, inputKeys, types: inputTypes, retention: jobRetention }),
    metadata: openMetadataSource(store, inputTypes),
    openApi(dataPlane, settings, host) {
      const { callLimits } = settings
      const bulkRuns = openBulkRuns({ store, inputKeys, types: inputTypes, dataPlane, logger: settings.logger })
      const asked = { store, dataPlane, inputKeys, buckets, inputTypes, passwords, callLimits, bulkRuns }
      const operations = createOperations(asked)
      const rateLimits = openRateLimits(store, callLimits)
      return openApi({ ...settings, store, operations, cursors, rateLimits, bulkRuns }, host)
    },
    close: () => store.close(),
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
