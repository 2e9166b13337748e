/** A control plane for tests: a real store in a folder of its own, and a data plane that answers from memory. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RestreamEntry } from '../restream.ts'
import { emptyBooks } from '../rows.ts'
import { silentLogger } from '../telemetry.ts'
import { openControlPlane } from './control-plane.ts'
import type { DataPlane } from './data-plane.ts'
import { inputTypes } from './input-types.fixture.ts'
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

export async function openFixture({ isSecure = false, trustedProxies = [] as string[] } = {}): Promise<Fixture> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-control-plane-'))
  const clock = { ahead: 0 }
  const asked: Fixture['asked'] = []
  const readiness: Fixture['readiness'] = { log: 'ready' }
  const path = join(folder, 'metadata.db')
  const plane = await openControlPlane(
    { path, secretKey: new Uint8Array(32).fill(7), now: () => Date.now() + clock.ahead },
    { adminEmail: admin.email, adminPassword: admin.password, adminToken: admin.token, ingestKey },
    inputTypes,
  )
  const outside = {
    isSecure,
    trustedProxies,
    logger: silentLogger,
    readiness: async () => readiness,
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
  failedAt: 1_700_000_001_000,
  isSent: false,
  raw: Buffer.from('{"n":1e400}'),
}

function fakeDataPlane(asked: Fixture['asked']): DataPlane {
  return {
    connection: () => undefined,
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
    async tables() {
      return [{ name: 'click', columns: [{ name: '_id', type: 'VARCHAR' }], rowCount: 12 }]
    },
    async status() {
      const log = { start: 0n, end: 50n, oldestAt: undefined }
      const books = { ...emptyBooks, received: 42, loaded: 41, restreamed: 1 }
      return {
        partitions: [{ partition: 0, log, position: 42n, books, stopped: undefined }],
        restream: { count: 1, bytes: 11, purged: 0 },
        disk: { log: 1, destination: 2, restream: 3 },
      }
    },
    async verify() {
      const finding = { what: 'loaded', expected: '41', found: '41', isRight: true }
      return { isBalanced: true, findings: [finding] }
    },
    transforms: (workspace) => fakeTransforms(workspace, asked),
    restream: (workspace) => ({
      async list(filter, page) {
        asked.push({ method: 'restream.list', workspace, argument: { filter, page } })
        return page.after === undefined || page.after < entry.offset ? [entry] : []
      },
      get: async (offset) => (offset === entry.offset ? entry : undefined),
      async send(argument) {
        asked.push({ method: 'restream.send', workspace, argument })
        return { events: 1 }
      },
      async purge(argument) {
        asked.push({ method: 'restream.purge', workspace, argument })
        return { events: 1 }
      },
    }),
  }
}
