/** A producer that is never killed: it issues events from a seed, and keeps a ledger of what became of each. */
import { randomUUID } from 'node:crypto'
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { kindOf, lineOf, mulberry } from './events.ts'
import { ingestKey } from './server-process.ts'

/** What is known of an event: `unknown` where no answer came, so that it may be there once or not at all. */
export type Fate = 'sent' | 'acknowledged' | 'refused' | 'unknown'

export interface Ledger {
  /** Fate of event n. */
  readonly fates: readonly Fate[]
  /** Answers that were wrong in themselves. */
  readonly complaints: readonly string[]
  /** How often each refusal came: `503 storage_full`. */
  readonly refusals: ReadonlyMap<string, number>
  /** When the last acknowledgement came, ms since 1970 UTC. */
  readonly acknowledgedAt: number
  /** Acknowledged events so far. */
  readonly acknowledged: number
}

export interface Producer {
  readonly ledger: Ledger
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
  readonly pauseMs: number
}

type OpenLedger = { -readonly [Name in keyof Ledger]: Ledger[Name] } & {
  fates: Fate[]
  complaints: string[]
  refusals: Map<string, number>
}

export function startProducer({ seed, url, ledgerFile, concurrency, pauseMs }: ProducerSettings): Producer {
  const file = openSync(ledgerFile, 'a')
  const ledger: OpenLedger = { fates: [], complaints: [], refusals: new Map(), acknowledgedAt: 0, acknowledged: 0 }
  const random = mulberry(seed)
  const stopping = { isStopping: false, giveUpAt: Number.POSITIVE_INFINITY }

  const note = (fate: Fate, from: number, to: number) => {
    writeSync(file, `${fate} ${from} ${to}\n`)
    fdatasyncSync(file)
    ledger.fates.fill(fate, from, to)
    if (fate !== 'acknowledged') return
    ledger.acknowledged += to - from
    ledger.acknowledgedAt = Date.now()
  }
  const sendBatch = async () => {
    const from = ledger.fates.length
    const to = from + 1 + Math.floor(random() ** 3 * 500)
    for (let n = from; n < to; n++) ledger.fates.push('sent')
    note('sent', from, to)
    note(await deliver({ seed, url, from, to, stopping, ledger }), from, to)
  }
  const workers = Array.from({ length: concurrency }, async () => {
    while (!stopping.isStopping) {
      await sendBatch()
      if (pauseMs > 0) await delay(pauseMs)
    }
  })
  return {
    ledger,
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

interface Delivery {
  readonly seed: number
  readonly url: () => string
  readonly from: number
  readonly to: number
  readonly stopping: { readonly giveUpAt: number }
  readonly ledger: OpenLedger
}

/** These say that nothing was stored; after any other failure the events may be there. */
const storedNothing = new Set(['storage_full', 'overloaded', 'too_many_requests'])

/** Repeats with the same Idempotency-Key until there is an answer that says what became of it. */
async function deliver({ seed, url, from, to, stopping, ledger }: Delivery): Promise<Fate> {
  const body = Array.from({ length: to - from }, (_, i) => lineOf(seed, from + i)).join('\n')
  const key = randomUUID()
  let fate: Fate = 'refused' // until a request may have arrived
  while (Date.now() < stopping.giveUpAt) {
    try {
      const { status, answer } = await postBatch(url(), key, body)
      if (status === 200) {
        checkCounts(answer, from, to, ledger.complaints)
        return 'acknowledged'
      }
      const code = String(answer['code'])
      ledger.refusals.set(`${status} ${code}`, (ledger.refusals.get(`${status} ${code}`) ?? 0) + 1)
      if (status < 500 && status !== 429) return fate
      if (!storedNothing.has(code)) fate = 'unknown'
    } catch {
      fate = 'unknown'
    }
    await delay(20)
  }
  return fate
}

/** Posts NDJSON. @throws whatever `fetch` throws where the answer is not whole. */
export async function postBatch(
  url: string,
  key: string,
  body: string,
): Promise<{ status: number; answer: Record<string, unknown> }> {
  const response = await fetch(`${url}/api/v1/events/chaos`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${ingestKey}`,
      'content-type': 'application/x-ndjson',
      'idempotency-key': key,
    },
    body,
    signal: AbortSignal.timeout(10_000),
  })
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> }
}

function checkCounts(answer: Record<string, unknown>, from: number, to: number, complaints: string[]): void {
  const numbers = Array.from({ length: to - from }, (_, i) => from + i)
  const unreadable = numbers.filter((n) => kindOf(n) === 'unreadable').length
  const { accepted, restreamed } = answer
  if (accepted !== to - from - unreadable || restreamed !== unreadable)
    complaints.push(`events ${from} to ${to}: ${accepted} accepted and ${restreamed} restreamed, not ${unreadable}`)
}
