/** A control plane for tests: a real store in a folder of its own, and a data plane that answers from memory. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { ArchiveStatus } from '../archive.ts'
import type { Backfill } from '../backfills.ts'
import { MillraceError } from '../errors.ts'
import type { RestreamCluster, RestreamEntry, RestreamRun } from '../restream.ts'
import { emptyBooks } from '../rows.ts'
import { silentLogger } from '../telemetry.ts'
import { openControlPlane } from './control-plane.ts'
import type { DataPlane } from './data-plane.ts'
import { inputTypes } from './input-types.fixture.ts'
import { fakeObservations } from './observations.fixture.ts'
import { alooma } from './protocols/alooma/alooma.ts'
import { datorama } from './protocols/datorama/datorama.ts'
import { fakeTransforms } from './transforms.fixture.ts'

export const admin = { email: 'admin@localhost', password: 'a password of the admin', token: 'fixed-admin-token-1' }
export const ingestKey = 'fixed-ingest-key-1'

export interface Fixture extends AsyncDisposable {
  /** The database's file. */
  readonly path: string
  readonly plane: Awaited<ReturnType<typeof openControlPlane>>
  readonly api: Awaited<ReturnType<Fixture['plane']['openApi']>>
  /** ms that the store's clock is ahead. */
  readonly clock: { ahead: number }
  /** What the dependencies say of themselves. */
  readonly readiness: Record<string, string>
  /** What was asked of the data plane. */
  readonly asked: { method: string; workspace: string; argument?: unknown }[]
}

export async function openFixture({
  isSecure = false,
  trustedProxies = [] as string[],
  callLimits = { perMinute: 10_000, perDay: 100_000 },
} = {}): Promise<Fixture> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-control-plane-'))
  const clock = { ahead: 0 }
  const asked: Fixture['asked'] = []
  const readiness: Fixture['readiness'] = { log: 'ready' }
  const path = join(folder, 'metadata.db')
  fresh ??= makeFresh()
  writeFileSync(path, await fresh)
  const plane = await openPlane(path, () => Date.now() + clock.ahead)
  const outside = {
    isSecure,
    callLimits,
    managementProtocols: { alooma, datorama },
    trustedProxies,
    logger: silentLogger,
    readiness: async () => readiness,
    isolation: () => 'full' as const,
    metricsToken: 'fixed-metrics-token-1',
    metrics: async (workspace: string | undefined) => ({
      contentType: 'text/plain; version=0.0.4',
      text: `metrics of ${workspace ?? 'all'}\n`,
    }),
  }
  const api = await plane.openApi(fakeDataPlane(asked), outside, {})
  return {
    path,
    plane,
    api,
    clock,
    asked,
    readiness,
    async [Symbol.asyncDispose]() {
      await api.close()
      await plane.close()
      rmSync(folder, { recursive: true })
    },
  }
}

const openPlane = (path: string, now: () => number) =>
  openControlPlane(
    { path, secretKey: new Uint8Array(32).fill(7), now },
    { adminEmail: admin.email, adminPassword: admin.password, adminToken: admin.token, ingestKey },
    inputTypes,
  )

/** The database of a first start, made once: its migrations and its first user's password take longer than most tests. */
let fresh: Promise<Buffer> | undefined

async function makeFresh(): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-control-plane-'))
  const path = join(folder, 'metadata.db')
  try {
    const plane = await openPlane(path, Date.now)
    await plane.close()
    return readFileSync(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Of the table and the restream entry that every workspace of the fixture has. */
export const entry: RestreamEntry = {
  partition: 0,
  offset: 41n,
  eventId: 'e1',
  eventType: 'click',
  input: { id: 'i1', label: 'native', type: 'native' },
  receivedAt: 1_700_000_000_000,
  time: 1_700_000_000_000,
  stage: 'map',
  code: 'number_range',
  message: 'The number 1e400 is out of range',
  restreamCount: 0,
  firstFailedAt: 1_700_000_001_000,
  failedAt: 1_700_000_001_000,
  attempts: 1,
  fingerprint: '0123456789abcdef',
  isSent: false,
  raw: Buffer.from('{"n":1e400}'),
}

/** Of the entry above. */
const cluster: RestreamCluster = {
  fingerprint: entry.fingerprint,
  stage: 'map',
  code: 'number_range',
  pattern: 'The number <n> is out of range',
  message: entry.message,
  count: 1,
  bytes: 11,
  sent: 0,
  eventTypes: [{ name: 'click', count: 1 }],
  inputs: [{ name: 'native', count: 1 }],
  firstFailedAt: entry.failedAt,
  lastFailedAt: entry.failedAt,
  timeline: [{ hour: 1_699_999_200_000, count: 1 }],
  examples: [entry.offset],
}

const archiveStatus: ArchiveStatus = {
  position: 40n,
  lagEvents: 2,
  lagMs: 1_500,
  events: 40,
  objects: 3,
  bytes: 900,
  lost: 0,
  archivedAt: 1_700_000_000_000,
  failure: undefined,
}

const run: RestreamRun = {
  id: 1,
  filter: {},
  state: 'RUNNING',
  total: 1,
  sent: 0,
  startedAt: 1_700_000_002_000,
  endedAt: null,
  rate: null,
  etaMs: null,
  error: null,
}

const backfill: Backfill = {
  id: 'backfill-default',
  eventType: 'click',
  columns: ['n'],
  state: 'RUNNING',
  total: 50,
  done: 10,
  updated: 4,
  failed: 0,
  startedAt: 1_700_000_002_000,
  endedAt: null,
  rate: 5,
  etaMs: 8_000,
  error: null,
}

function runOf(id: number): RestreamRun {
  if (id === run.id) return run
  throw new MillraceError('not_found', 'There is no such run')
}

/** As the mapper keeps it, in so far as it is looked at. */
function madeMapping(eventType: string, change: unknown) {
  const fields = change as { table?: string; mode?: string } | null
  const { table = eventType, mode } = fields ?? {}
  const own = { mode: mode ?? 'AUTO_MAP', usesDefaultMode: mode === undefined, isForgotten: change === null }
  return { fields: [], ...fields, ...own, eventType, table }
}

function fakeDataPlane(asked: Fixture['asked']): DataPlane {
  const transformVersions = new Map<string, number>()
  let mappingVersion = 10
  return {
    connection: () => undefined,
    mappings: (workspace) => ({
      async set(eventType, argument) {
        asked.push({ method: 'mappings.set', workspace, argument })
        return { ...madeMapping(eventType, null), isForgotten: false, version: 2 }
      },
      async setTogether(changes, { commit }) {
        asked.push({ method: 'mappings.setTogether', workspace, argument: changes })
        await commit(
          changes.map(([eventType, change]) => ({ ...madeMapping(eventType, change), version: ++mappingVersion })),
        )
      },
      async forget(argument) {
        asked.push({ method: 'mappings.forget', workspace, argument })
      },
      async setMode(argument) {
        asked.push({ method: 'mappings.setMode', workspace, argument })
      },
      statistics: async () => ({ count: 1, firstSeenAt: 1, lastSeenAt: 1, fields: [] }),
      async startBackfill(argument) {
        asked.push({ method: 'mappings.startBackfill', workspace, argument })
        return { ...backfill, id: `backfill-${workspace}` }
      },
      backfills: async () => [backfill],
      async backfill(id) {
        if (id !== `backfill-${workspace}`) throw new MillraceError('not_found', 'There is no such back-fill')
        return { ...backfill, id }
      },
      async stopBackfill(argument) {
        asked.push({ method: 'mappings.stopBackfill', workspace, argument })
        return { ...backfill, state: 'STOPPED' }
      },
      async clearStatistics(argument) {
        asked.push({ method: 'mappings.clearStatistics', workspace, argument })
      },
    }),
    async dropTable(workspace, argument) {
      asked.push({ method: 'dropTable', workspace, argument })
      return 12
    },
    async evolveTable(workspace, argument) {
      asked.push({ method: 'evolveTable', workspace, argument })
    },
    async openWorkspace(workspace) {
      asked.push({ method: 'openWorkspace', workspace })
    },
    async closeWorkspace(workspace) {
      asked.push({ method: 'closeWorkspace', workspace })
    },
    async query(workspace, argument) {
      asked.push({ method: 'query', workspace, argument })
      return { columns: [{ name: 'one', type: 'INTEGER' }], rows: [[1]], truncated: false }
    },
    async checkStatement(workspace, argument) {
      asked.push({ method: 'checkStatement', workspace, argument })
      return { target: argument.kind === 'write' ? 'made' : undefined }
    },
    scheduler: { wake: () => {}, stop: async () => {} },
    archives: {
      async set(workspace, argument) {
        asked.push({ method: 'archives.set', workspace, argument })
      },
      status: async () => archiveStatus,
      async test(workspace, argument) {
        asked.push({ method: 'archives.test', workspace, argument })
        if (argument.kind === 's3' && argument.bucket === 'none')
          throw new MillraceError('object_store_refused', 'There is no bucket none', { hint: 'Create it.' })
      },
    },
    jobs: {
      wake: () => {},
      rest: async () => {},
      goOn: () => {},
      pause: async () => {},
      async cancel(workspace, argument) {
        asked.push({ method: 'jobs.cancel', workspace, argument })
      },
      async discover(workspace, type, settings) {
        asked.push({ method: 'jobs.discover', workspace, argument: { type, settings } })
        return [{ id: 'public.orders', title: 'orders', fields: [{ name: 'id', type: 'bigint' }], available: true }]
      },
      log: async () => [{ at: 1_700_000_000_000, level: 'info', message: 'begun', fields: { pages: 0 } }],
      rawPages: async () => [{ name: '000001-page', bytes: 2 }],
      rawPage: async () => ({ bytes: 2, stream: Readable.from([Buffer.from('{}')]) }),
    },
    async setViews(workspace, argument) {
      asked.push({ method: 'setViews', workspace, argument })
      return []
    },
    watchTables: () => {},
    monthUsage: () => ({ month: '2026-01', events: 42, bytes: 4_200 }),
    async refreshMetadata(workspace) {
      asked.push({ method: 'refreshMetadata', workspace })
    },
    destination: () => ({ type: 'duckdb', title: 'DuckDB', settings: { memoryLimitMb: 320 } }),
    async tables() {
      return [{ name: 'click', columns: [{ name: '_id', type: 'VARCHAR' }], rowCount: 12, isDerived: false }]
    },
    async status() {
      const log = { start: 0n, end: 50n, oldestAt: undefined }
      const books = { ...emptyBooks, received: 42, loaded: 41, restreamed: 1 }
      return {
        partitions: [{ partition: 0, log, position: 42n, books, stopped: undefined }],
        restream: { count: 1, bytes: 11, sent: 0, purged: 0, limits: { eventsMax: 10, bytesMax: 1000 }, isFull: false },
        disk: { log: 1, destination: 2, restream: 3 },
      }
    },
    async verify() {
      const finding = { what: 'loaded', expected: '41', found: '41', isRight: true }
      return { isBalanced: true, findings: [finding] }
    },
    observations: (workspace) => fakeObservations(workspace, asked),
    transforms: (workspace) => fakeTransforms(workspace, asked, transformVersions),
    restream: (workspace) => ({
      async list(filter, page) {
        asked.push({ method: 'restream.list', workspace, argument: { filter, page } })
        return page.after === undefined || page.after < entry.offset ? [entry] : []
      },
      get: async (offset) => (offset === entry.offset ? entry : undefined),
      clusters: async ({ after }) => (after === undefined ? [cluster] : []),
      cluster: async (fingerprint) => (fingerprint === cluster.fingerprint ? cluster : undefined),
      waiting: async () => ({ count: 1, end: entry.offset + 1n }),
      async purge(filter, end) {
        asked.push({ method: 'restream.purge', workspace, argument: { filter, end } })
        return { events: 1 }
      },
      async startRun(filter, limits) {
        asked.push({ method: 'restream.startRun', workspace, argument: { filter, limits } })
        return { ...run, filter, ...limits }
      },
      async stopRun(id) {
        asked.push({ method: 'restream.stopRun', workspace, argument: id })
        return { ...runOf(id), state: 'STOPPED', endedAt: 1_700_000_003_000 }
      },
      run: async (id) => runOf(id),
      runs: async ({ before }) => (before === undefined ? [run] : []),
    }),
  }
}
