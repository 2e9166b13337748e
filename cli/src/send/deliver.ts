/**
 * Carries one batch to the intake until it is acknowledged, over the SDK's connections and with its pauses. A batch that
 * may have been stored, because its answer got lost, is sent again under the same Idempotency-Key: the server stores it
 * once. Batches are the file's own, and not the SDK's, so that a run can go on where another ended.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { ClientError, errorOf, unreachable } from '@millrace/client/client'
import { nodePlatform } from '@millrace/sdk/node'
import { backoffMs } from '@millrace/sdk/retry'
import type { WireAnswer } from '@millrace/sdk/types'
import { CommandError, exitCodes } from '../failure.ts'
import type { Batch } from './batches.ts'

export interface CourierSettings {
  readonly url: string
  /** Key of the input that the events belong to. */
  readonly key: string
  /** The rows' event type; undefined where every row is an envelope that names its own. */
  readonly type: string | undefined
  /** Tells this run from others of the same file: part of every Idempotency-Key. */
  readonly run: string
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

export interface Receipt {
  /** Events on their way to their table. */
  readonly accepted: number
  /** Events set aside in the restream queue. Both together are the rows of the batch. */
  readonly restreamed: number
  /** Why: by row of the batch, from 0; the first few of them. */
  readonly faults: readonly { readonly index: number; readonly message: string }[]
}

export interface Courier {
  /**
   * Safe to repeat, also by another process with the same `run`. A request under way is always waited for; only the pauses
   * between repeats end when the signal aborts.
   * @throws ClientError where the server refuses the batch, or cannot be reached for {@link giveUpAfterMs}; CommandError where it does
   * not know the key; AbortError.
   */
  deliver(batch: Batch, signal: AbortSignal): Promise<Receipt>
  /** How many requests had to be repeated. */
  retryCount(): number
}

export const giveUpAfterMs = 5 * 60_000
/** A server that never answered at all is soon given up: its address is probably wrong. */
const unansweredMax = 3
const requestTimeoutMs = 60_000
const retryLimits = { retryBase: 400, retryCap: 30_000 }
/** Even then a server that is just starting is not asked at once. */
const pauseMsMin = 100
/** Smaller bodies are not worth the work. */
const gzipFromChars = 1_024

export function openCourier(settings: CourierSettings): Courier {
  const pause = settings.pause ?? ((ms, signal) => sleep(ms, undefined, { signal }))
  let hasAnswered = false
  let retryCount = 0
  /** All deliveries wait when one is told to. */
  let notBefore = 0

  async function post(batch: Batch): Promise<Receipt> {
    try {
      const receipt = await postBatch(settings, batch)
      hasAnswered = true
      return receipt
    } catch (error) {
      if (error instanceof ClientError && error.status !== 0) hasAnswered = true
      throw error
    }
  }

  return {
    async deliver(batch, signal) {
      const startedAt = performance.now()
      for (let attempt = 1; ; attempt++) {
        const waitMs = notBefore - performance.now()
        if (waitMs > 0) await pause(waitMs, signal)
        try {
          return await post(batch)
        } catch (error) {
          if (!mayRepeat(error)) throw error
          const isOver = hasAnswered ? performance.now() - startedAt > giveUpAfterMs : attempt >= unansweredMax
          if (isOver) throw error
          retryCount++
          if (error.retryAfterSeconds !== undefined) {
            notBefore = Math.max(notBefore, performance.now() + Math.min(error.retryAfterSeconds * 1000, giveUpAfterMs))
          }
          await pause(pauseMsMin + backoffMs(attempt - 1, retryLimits, Math.random), signal)
        }
      }
    },
    retryCount: () => retryCount,
  }
}

async function postBatch({ url, key, type, run }: CourierSettings, batch: Batch): Promise<Receipt> {
  const path = type === undefined ? 'api/v1/events' : `api/v1/events/${encodeURIComponent(type)}`
  const isPacked = batch.body.length >= gzipFromChars
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/x-ndjson',
    'idempotency-key': `${run}-${batch.index}`,
    ...(isPacked && { 'content-encoding': 'gzip' }),
  }
  const body = isPacked ? await nodePlatform.gzip?.(batch.body) : batch.body
  const request = { method: 'POST', url: new URL(path, `${url.replace(/\/+$/, '')}/`).href, headers, body } as const
  const answer = await nodePlatform.transport(request, { timeoutMs: requestTimeoutMs }).catch((error: unknown) => {
    throw unreachable(url, error)
  })
  if (answer.status < 200 || answer.status >= 300) throw refusalOf(await errorOf(responseOf(answer)))
  return receiptOf(answer.body, batch)
}

/** An input asks for its key, where the rest of the API asks for a token. */
function refusalOf(error: ClientError): Error {
  const { code, detail, hint } = error
  return code === 'unauthenticated' ? new CommandError(exitCodes.refused, detail, hint, { code }) : error
}

/** As the client reads it: its errors are told alike, whoever made the request. */
function responseOf({ status, headers, body }: WireAnswer): Response {
  const retryAfter = headers['retry-after']
  return new Response(status === 204 || status === 304 ? null : body, {
    status: Math.max(200, status),
    headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  })
}

/** @throws CommandError where the answer does not account for every row of the batch. */
function receiptOf(answer: string, { rowLines }: Batch): Receipt {
  const { accepted, restreamed, faults } = parseReceipt(answer)
  if (typeof accepted === 'number' && typeof restreamed === 'number' && accepted + restreamed === rowLines.length) {
    return { accepted, restreamed, faults: faults ?? [] }
  }
  const counts = `${JSON.stringify(answer.slice(0, 200))} for ${rowLines.length} rows from line ${rowLines[0]} on`
  throw new CommandError(
    exitCodes.failed,
    `The server answered ${counts}`,
    'Is --url the address of a Millrace server?',
  )
}

function parseReceipt(answer: string): Partial<Receipt> {
  try {
    return (JSON.parse(answer) as Partial<Receipt> | null) ?? {}
  } catch {
    return {}
  }
}

/** What may go away by itself. Everything else would be answered the same again. */
function mayRepeat(error: unknown): error is ClientError {
  return error instanceof ClientError && [0, 408, 429, 502, 503, 504].includes(error.status)
}
