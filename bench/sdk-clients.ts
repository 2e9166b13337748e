/**
 * The SDKs that are measured, each behind the same few calls, with its defaults or tuned as its manual tells. Each is loaded only
 * where it is measured: memory is compared.
 */
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

export interface MeasuredClient {
  track(data: SdkEvent): void
  /** What was tracked is delivered, as far as the SDK says so. */
  flush(): Promise<unknown>
  /** Whether there is room for more; undefined where the SDK does not say. */
  ready?(): Promise<unknown>
  close(): Promise<unknown>
}

export type SdkEvent = ReturnType<typeof sdkEvent>

/** About 300 bytes of JSON. */
export function sdkEvent(n: number) {
  const hex = (factor: number) => (Math.imul(n + 1, factor) >>> 0).toString(16).padStart(8, '0')
  return {
    bench_n: n,
    order: `${hex(2654435761)}-${hex(40503)}`,
    user: `user-${hex(97)}`,
    session: hex(1_000_003),
    url: `https://shop.example.com/products/${(n * 7919) % 10_000}?variant=blue&size=xl`,
    referrer: 'https://www.example.org/search?q=event+sdk',
    country: ['DE', 'US', 'FR', 'BR', 'JP', 'IN'][n % 6]!,
    browser: ['Firefox', 'Chrome', 'Safari'][n % 3]!,
    price: ((n * 7919) % 100_000) / 100,
    quantity: 1 + (n % 7),
    isMember: n % 2 === 0,
  }
}

export type ClientName = 'millrace' | 'floor' | 'floor-gzip' | 'segment' | 'posthog' | 'snowplow' | 'mixpanel'

/** Batches of 500, a queue that holds what is tracked, a second of waiting; ours and the floor have no tuning. */
export type Tuning = 'defaults' | 'tuned'

export function openMeasuredClient(
  name: ClientName,
  url: string,
  tuning: Tuning,
  spoolDir: string,
): Promise<MeasuredClient> {
  return openers[name](url, tuning === 'tuned', spoolDir)
}

const openers: Record<ClientName, (url: string, isTuned: boolean, spoolDir: string) => Promise<MeasuredClient>> = {
  async millrace(endpoint, _, dir) {
    const { createClient } = await import('@millrace/sdk')
    const client = createClient({ endpoint, apiKey: 'bench', spool: { dir } })
    return {
      track: (data) => void client.track('order', data),
      flush: () => client.flush(),
      ready: () => client.ready(),
      close: () => client.close({ timeoutMs: 60_000 }),
    }
  },
  floor: async (endpoint) => openFloor(endpoint, false),
  'floor-gzip': async (endpoint) => openFloor(endpoint, true),
  async segment(host, isTuned) {
    const { Analytics } = await import('@segment/analytics-node')
    const tuning = isTuned ? { flushAt: 500, flushInterval: 1000 } : {}
    const client = new Analytics({ writeKey: 'bench', host, ...tuning })
    client.on('error', () => {})
    return {
      track: (properties) => client.track({ userId: 'bench', event: 'order', properties }),
      flush: () => client.flush(),
      close: () => client.closeAndFlush({ timeout: 60_000 }),
    }
  },
  async posthog(host, isTuned) {
    const { PostHog } = await import('posthog-node')
    const tuning = isTuned ? { flushAt: 500, maxBatchSize: 500, maxQueueSize: 300_000, flushInterval: 1000 } : {}
    const client = new PostHog('phc_bench', { host, disableGeoip: false, ...tuning })
    client.on('error', () => {})
    return {
      track: (properties) => client.capture({ distinctId: 'bench', event: 'order', properties }),
      flush: () => client.flush().catch(() => {}),
      close: () => client.shutdown(60_000),
    }
  },
  async snowplow(url, isTuned) {
    const { buildSelfDescribingEvent, newTracker } = await import('@snowplow/node-tracker')
    const { hostname, port } = new URL(url)
    const tuning = isTuned ? { bufferSize: 500, maxPostBytes: 1_000_000 } : {}
    const server = { endpoint: hostname, port: Number(port), protocol: 'http' as const }
    const client = newTracker({ namespace: 'bench', appId: 'bench', encodeBase64: false }, { ...server, ...tuning })
    const schema = 'iglu:com.acme/order/jsonschema/1-0-0'
    return {
      track: (data) => void client.track(buildSelfDescribingEvent({ event: { schema, data } })),
      flush: () => client.flush(),
      close: () => client.flush(),
    }
  },
  async mixpanel(url, isTuned) {
    const { default: mixpanel } = await import('mixpanel')
    const { hostname, port } = new URL(url)
    const client = mixpanel.init('bench', { host: `${hostname}:${port}`, protocol: 'http', keepAlive: true })
    let list: { event: string; properties: SdkEvent & { distinct_id: string } }[] = []
    const underWay = new Set<Promise<void>>()
    const under = (send: (done: () => void) => void) => {
      const sent = new Promise<void>((resolve) => send(() => resolve())).then(() => void underWay.delete(sent))
      underWay.add(sent)
    }
    const sendList = () => {
      const batch = list
      list = []
      under((done) => client.track_batch(batch, done))
    }
    const flush = async () => {
      if (list.length > 0) sendList()
      await Promise.all(underWay)
    }
    return {
      track(data) {
        const properties = { distinct_id: 'bench', ...data }
        if (!isTuned) return under((done) => client.track('order', properties, done))
        list.push({ event: 'order', properties })
        if (list.length === 50) sendList() // it takes no more at once, and batches nothing by itself
      },
      flush,
      close: flush,
    }
  },
}

/** What there is no way around: JSON text, batches of 500, a kept connection, and again after a failure. It keeps nothing. */
function openFloor(endpoint: string, isPacked: boolean): MeasuredClient {
  let lines: string[] = []
  const underWay = new Set<Promise<void>>()
  const post = (body: string | Buffer) =>
    new Promise<boolean>((resolve) => {
      const length = { 'content-type': 'application/x-ndjson', 'content-length': Buffer.byteLength(body) }
      const headers = isPacked ? { ...length, 'content-encoding': 'gzip' } : length
      const sent = request(`${endpoint}/api/v1/events`, { method: 'POST', headers }, (answer) =>
        answer.resume().on('end', () => resolve(answer.statusCode === 200)),
      )
      sent.on('error', () => resolve(false)).end(body)
    })
  async function send(text: string): Promise<void> {
    const body = isPacked ? await packed(text, { level: 1 }) : text
    for (let attempt = 0; !(await post(body)); attempt++)
      await sleep(Math.random() * Math.min(30_000, 500 * 2 ** attempt))
  }
  const flushLines = () => {
    if (lines.length === 0) return
    const sent = send(lines.join('\n')).then(() => void underWay.delete(sent))
    underWay.add(sent)
    lines = []
  }
  setInterval(flushLines, 1000).unref()
  return {
    track(data) {
      lines.push(`{"type":"order","time":${Date.now()},"data":${JSON.stringify(data)}}`)
      if (lines.length === 500) flushLines()
    },
    async flush() {
      flushLines()
      await Promise.all(underWay)
    },
    async close() {
      await this.flush()
    },
  }
}

const packed = promisify<string, object, Buffer>(gzip)
