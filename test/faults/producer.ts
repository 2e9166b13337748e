/** A producer that is never killed: it issues events from a seed, and keeps a ledger of what became of each. */
import { randomUUID } from 'node:crypto'
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { ingestKey } from './server-process.ts'

/** What is known of an event: `unknown` where no answer came, so that it may be there once or not at all. */
export type Fate = 'sent' | 'acknowledged' | 'refused' | 'unknown'

export interface Ledger {
  /** Fate of event n. */
  readonly fates: readonly Fate[]
  count(fate: Fate): number
}

export interface Producer {
  readonly ledger: Ledger
  /** Acknowledged events so far. */
  acknowledged(): number
  /** Sends no new batches, repeats those without an answer until `giveUpAfterMs` have passed, and closes the ledger's file. */
  stop(giveUpAfterMs: number): Promise<Ledger>
}

export interface ProducerSettings {
  readonly seed: number
  /** Where the server is now: it moves when it is started again. */
  readonly url: () => string
  /** The ledger's file: a line a batch, synced before it is sent and after it is answered. */
  readonly ledgerFile: string
  /** Batches under way at once. */
  readonly concurrency: number
  /** Waits this long between batches of one worker. */
  readonly pauseMs?: number
}

/** Event n of a seed: always the same. */
export function eventOf(seed: number, n: number): Record<string, unknown> {
  const random = mulberry(seed * 1_000_003 + n)
  const event: Record<string, unknown> = {
    id: `${seed}-${n}`,
    n,
    ratio: random(),
    words: `${[...'äöü€𝄞 "\\\n'].slice(0, 1 + Math.floor(random() * 9)).join('')}${Math.floor(random() * 1e9)}`.trim(),
    happened: new Date(1.7e12 + Math.floor(random() * 1e10)).toISOString(),
    nested: { flag: random() < 0.5, list: [n, n + 1] },
  }
  if (n % 500 === 17) event[`field_${Math.floor(n / 5000)}`] = n // tables go on growing columns
  return event
}

export function startProducer({ seed, url, ledgerFile, concurrency, pauseMs = 0 }: ProducerSettings): Producer {
  const file = openSync(ledgerFile, 'a')
  const fates: Fate[] = []
  const random = mulberry(seed)
  const stopping = { isStopping: false, giveUpAt: Number.POSITIVE_INFINITY }
  let acknowledged = 0

  const note = (fate: Fate, from: number, to: number) => {
    writeSync(file, `${fate} ${from} ${to}\n`)
    fdatasyncSync(file)
    fates.fill(fate, from, to)
    if (fate === 'acknowledged') acknowledged += to - from
  }
  const sendBatch = async () => {
    const from = fates.length
    const to = from + 1 + Math.floor(random() ** 3 * 500)
    for (let n = from; n < to; n++) fates.push('sent')
    note('sent', from, to)
    const body = Array.from({ length: to - from }, (_, i) => JSON.stringify(eventOf(seed, from + i))).join('\n')
    note(await deliver(url, body, stopping), from, to)
  }
  const workers = Array.from({ length: concurrency }, async () => {
    while (!stopping.isStopping) {
      await sendBatch()
      if (pauseMs > 0) await delay(pauseMs)
    }
  })
  const ledger: Ledger = { fates, count: (fate) => fates.filter((is) => is === fate).length }
  return {
    ledger,
    acknowledged: () => acknowledged,
    async stop(giveUpAfterMs) {
      if (stopping.isStopping) return ledger
      stopping.isStopping = true
      stopping.giveUpAt = Date.now() + giveUpAfterMs
      await Promise.all(workers)
      closeSync(file)
      return ledger
    },
  }
}

/** Repeats with the same Idempotency-Key until there is an answer that says what became of it. */
async function deliver(url: () => string, body: string, stopping: { giveUpAt: number }): Promise<Fate> {
  const headers = {
    authorization: `Bearer ${ingestKey}`,
    'content-type': 'application/x-ndjson',
    'idempotency-key': randomUUID(),
  }
  let fate: Fate = 'refused' // until a request may have arrived
  while (Date.now() < stopping.giveUpAt) {
    try {
      const response = await fetch(`${url()}/api/v1/events/chaos`, {
        method: 'POST',
        headers,
        body,
        signal: AbortSignal.timeout(10_000),
      })
      await response.arrayBuffer()
      if (response.ok) return 'acknowledged'
      if (response.status < 500 && response.status !== 429) return 'refused'
    } catch {
      fate = 'unknown'
    }
    await delay(20)
  }
  return fate
}

/** A small generator with a seed: uniform in [0, 1). */
export function mulberry(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
