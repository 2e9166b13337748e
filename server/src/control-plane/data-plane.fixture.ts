/** A data plane for tests of the control plane: it answers from memory, always the same, and notes what it is asked. */
import { Readable } from 'node:stream'
import type { ArchiveStatus } from '../archive.ts'
import type { Backfill } from '../backfills.ts'
import { MillraceError } from '../errors.ts'
import { emptyBooks } from '../rows.ts'
import type { DataPlane } from './data-plane.ts'
import { fakeObservations } from './observations.fixture.ts'
import { fakeRestream } from './restream.fixture.ts'
import { type Asked, fakeTransforms } from './transforms.fixture.ts'

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

/** As the mapper keeps it, in so far as it is looked at. */
function madeMapping(eventType: string, change: unknown) {
  const fields = change as { table?: string; mode?: string } | null
  const { table = eventType, mode } = fields ?? {}
  const own = { mode: mode ?? 'AUTO_MAP', usesDefaultMode: mode === undefined, isForgotten: change === null }
  return { fields: [], ...fields, ...own, eventType, table }
}

export function fakeDataPlane(asked: Asked[]): DataPlane {
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
    restream: (workspace) => fakeRestream(workspace, asked),
  }
}
