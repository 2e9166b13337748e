/** A control plane for tests: a real store in a folder of its own, and a data plane that answers from memory. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '../telemetry.ts'
import { openControlPlane } from './control-plane.ts'
import { fakeDataPlane } from './data-plane.fixture.ts'
import { inputTypes } from './input-types.fixture.ts'
import { alooma } from './protocols/alooma/alooma.ts'
import { datorama } from './protocols/datorama/datorama.ts'
import type { Asked } from './transforms.fixture.ts'

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
  readonly asked: Asked[]
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
