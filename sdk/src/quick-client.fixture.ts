/** A client whose server is a fake one, and who hears of all that becomes of its events. */
import { createClientOn } from './client.ts'
import type { SdkError } from './errors.ts'
import { extras } from './extras.ts'
import { type FakeServer, openFakeServer } from './fake-transport.fixture.ts'
import type { Platform } from './parts.ts'
import type { Client, ClientOptions, Drop } from './types.ts'

export const platformOf = (server: FakeServer): Platform => ({
  batchSize: 10,
  batchBytes: 256 * 1024,
  environment: {},
  transport: server.transport,
  extras,
})

/** It waits next to nothing before it tries again. */
export const quickOptions = {
  endpoint: 'http://127.0.0.1:1',
  apiKey: 'the-key',
  compress: 'none',
  flushInterval: 100,
  retryBase: 4,
  retryCap: 20,
  random: () => 0.5,
} as const satisfies ClientOptions

export interface Told {
  readonly drops: Drop[]
  readonly errors: SdkError[]
  readonly waits: number[]
}

export interface OpenedClient {
  readonly client: Client
  readonly server: FakeServer
  readonly told: Told
}

export function openQuickClient(
  options: ClientOptions = {},
  server = openFakeServer(),
  platform: Partial<Platform> = {},
): OpenedClient {
  const client = createClientOn({ ...platformOf(server), ...platform }, { ...quickOptions, ...options })
  return { client, server, told: hear(client) }
}

export function hear(client: Client): Told {
  const told: Told = { drops: [], errors: [], waits: [] }
  client.on('drop', (drop) => told.drops.push(drop))
  client.on('error', (error) => told.errors.push(error))
  client.on('retry', ({ waitMs }) => told.waits.push(waitMs))
  return told
}

/** Returns their ids, which are numbers. */
export function trackMany(client: Client, count: number, from = 0): string[] {
  const ids = Array.from({ length: count }, (_, index) => String(from + index))
  for (const id of ids) client.track('thing', { n: 1 }, { id })
  return ids
}

export const silent = { debug() {}, warn() {}, error() {} }
