/** The intake for tests: on a real server of node:http, with a log in memory that can be held up, made to fail, and kept over a restart. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeBatch, type EventBatch } from '../batch.ts'
import type { InputSnapshot } from '../inputs.ts'
import { type LogFields, silentLogger } from '../telemetry.ts'
import type { RecentTag } from './idempotency.ts'
import { openIngest } from './ingest.ts'
import { native } from './protocols/native.ts'
import { webhook } from './protocols/webhook.ts'
import type { IngestRecord } from './storing.ts'

export const goodKey = 'mlr_key_good'
export const hookKey = 'mlr_key_hook'

/** Its key stands in pages of one shop. */
export const pageKey = 'mlr_key_page'
const pageInput: InputSnapshot = {
  id: 'i4',
  label: 'page',
  type: 'native',
  workspace: 'w1',
  settings: { allowedOrigins: ['https://shop.example'] },
}
/** Takes an event in ten seconds. */
export const slowKey = 'mlr_key_slow'
export const signedKey = 'mlr_key_signed'

const inputs = new Map<string, InputSnapshot>([
  [goodKey, { id: 'i1', label: 'app', type: 'native', workspace: 'w1', settings: {} }],
  [hookKey, { id: 'i3', label: 'hook', type: 'webhook', workspace: 'w1', settings: {} }],
  ['mlr_key_other', { id: 'i2', label: 'site', type: 'native', workspace: 'w2', settings: {} }],
  [pageKey, pageInput],
  [slowKey, { id: 'i5', label: 'slow', type: 'native', workspace: 'w1', settings: { eventsPerSecondMax: 0.1 } }],
  [signedKey, { id: 'i6', label: 'signed', type: 'native', workspace: 'w1', settings: { signingSecret: 'secret' } }],
])

/** A log that remembers what was appended, as it would be read. */
export class MemoryLog {
  readonly records: { workspace: string; batch: EventBatch; tag: RecentTag | undefined }[] = []
  end = 0n
  /** What the next append does instead. */
  failure: Error | undefined
  /** What appends wait for. */
  gate: Promise<void> = Promise.resolve()

  async append(workspace: string, { count, body, tag }: IngestRecord): Promise<bigint> {
    await this.gate
    const failure = this.failure
    this.failure = undefined
    if (failure !== undefined) throw failure
    const batch = decodeBatch(Buffer.concat(body))
    if (batch.starts.length !== count) throw new Error('The count of a record is not the number of its events')
    this.records.push({ workspace, batch, tag: tag && { appendedAt: Date.now(), tag: new Uint8Array(tag) } })
    this.end += BigInt(count)
    return this.end - BigInt(count)
  }

  async *read() {
    let end = 0n
    for (const { batch } of this.records) {
      end += BigInt(batch.starts.length)
      yield { batch, end }
    }
  }

  async *recentTags(since: number): AsyncGenerator<RecentTag> {
    for (const { tag } of this.records) if (tag !== undefined && tag.appendedAt >= since) yield tag
  }

  /** The events as text, unreadable ones included. */
  events(): string[] {
    return this.records.flatMap(({ batch: { starts, ends, payload } }) =>
      [...starts].map((start, index) => Buffer.from(payload.subarray(start, ends[index])).toString()),
    )
  }
}

export interface TestRequest {
  readonly method?: string
  readonly path?: string
  readonly key?: string | null
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Buffer
  /** Sent in chunks, without a declared length. */
  readonly isChunked?: boolean
}

export interface TestReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect to be there
  readonly json: any
}

export async function startIntake({
  log = new MemoryLog(),
  bytesInFlightMax,
}: {
  log?: MemoryLog
  bytesInFlightMax?: number
} = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-intake-'))
  const errors: LogFields[] = []
  const refusals: string[] = []
  const ingest = await openIngest({
    protocols: { native, webhook },
    inputs: { find: (key) => inputs.get(key), signingKeys: () => [], ofType: () => [] },
    findBucket: async (_, { key }) => ({ eventType: key, isNew: false }),
    append: (workspace, record) => log.append(workspace, record),
    recentTags: (since) => log.recentTags(since),
    workspaces: [],
    idPlace: () => ({ folder, logStatus: () => ({ start: 0n, end: log.end }), readLog: () => log.read() }),
    idBounds: { countMax: 10_000, ageMaxMs: 7 * 24 * 3600_000 },
    clock: { now: () => Date.now(), elapsed: () => performance.now() },
    logger: { ...silentLogger, error: (_, fields = {}) => errors.push(fields) },
    counters: { ingested() {}, noted() {}, refused: (code) => refusals.push(code) },
    ...(bytesInFlightMax === undefined ? {} : { bytesInFlightMax }),
  })
  const server = createServer({ requestTimeout: 700, connectionsCheckingInterval: 50, keepAliveTimeout: 5000 })
  server.on('request', (request, response) => {
    if (!ingest.handle(request, response)) response.writeHead(404).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    ingest,
    log,
    errors,
    refusals,
    port,
    send: (request: TestRequest = {}) => send(port, request),
    /** Bytes as they are, and what comes back until the server closes or `isEnough`. */
    raw: (bytes: string | Buffer, isEnough?: (text: string) => boolean) => raw(port, bytes, isEnough),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      await ingest.close()
      rmSync(folder, { recursive: true })
    },
  }
}

export type Intake = Awaited<ReturnType<typeof startIntake>>

function send(
  port: number,
  { method = 'POST', path = '/api/v1/events/t', key = goodKey, headers, body = '{}', isChunked }: TestRequest,
): Promise<TestReply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      port,
      host: '127.0.0.1',
      method,
      path,
      agent: false,
      headers: {
        'content-type': 'application/json',
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(isChunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': Buffer.byteLength(body) }),
        ...headers,
      },
    })
    request.on('error', reject)
    request.on('response', async (response) => {
      const text = Buffer.concat(await response.toArray()).toString()
      const isJson = /json/.test(response.headers['content-type'] ?? '') && text !== ''
      resolve({
        status: response.statusCode!,
        headers: response.headers,
        text,
        json: isJson ? JSON.parse(text) : undefined,
      })
    })
    request.end(body)
  })
}

function raw(port: number, bytes: string | Buffer, isEnough: (text: string) => boolean = () => false): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (isEnough(text)) socket.destroy()
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
    socket.write(bytes)
  })
}
