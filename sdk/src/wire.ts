/** Millrace's own protocol: envelopes, one a line, to `POST /api/v1/events`. Pure. */
import { retryAfterMs } from './retry.ts'
import type { StoredEvent, Verdict, Wire, WireAnswer, WireFactory } from './types.ts'

export const millraceWire: WireFactory = ({ endpoint, apiKey }): Wire => {
  const base = endpoint.replace(/\/+$/, '')
  const authorization = `Bearer ${apiKey}`
  return {
    canCompress: true,
    lane: () => '', // events of all types share a batch
    encode: (events, batchId) => ({
      method: 'POST',
      url: `${base}/api/v1/events`,
      headers: { authorization, 'content-type': 'application/x-ndjson', 'idempotency-key': batchId },
      body: events.map(lineOf).join(''),
    }),
    line: lineOf,
    judge: judgeMillrace,
    nameBucket: (key, name) =>
      name === ''
        ? undefined
        : {
            method: 'PUT',
            url: `${base}/api/v1/buckets/${encodeURIComponent(key)}`,
            headers: { authorization, 'content-type': 'application/json' },
            body: JSON.stringify({ name }),
          },
  }
}

function lineOf({ stream, id, time, data }: StoredEvent): string {
  return `{"type":${quoted(stream)},"id":${quoted(id)},"time":${time},"data":${data}}\n`
}

/** Names are few and come again and again. */
function quoted(text: string): string {
  return /^[\w .-]*$/.test(text) ? `"${text}"` : JSON.stringify(text)
}

interface Answer {
  readonly accepted: number
  readonly duplicates?: number
  readonly faults?: readonly { readonly index: number; readonly message: string }[]
}

function judgeMillrace(answer: WireAnswer): Verdict {
  const { status, body, headers } = answer
  // What the workspace may take is used up: its events are kept, until there is another month, or more in this one.
  if (status === 402) {
    const wait = retryAfterMs(headers['retry-after'] ?? '300', Date.now())
    return {
      kind: 'retry',
      status,
      message: `The server answered 402${reasonIn(body)}`,
      ...(wait && { retryAfterMs: wait }),
    }
  }
  if (status < 200 || status >= 300) return judgeStatus(answer)
  const { accepted, duplicates = 0, faults = [] } = parsed<Answer>(body)
  if (typeof accepted !== 'number') {
    return { kind: 'retry', status, message: 'The answer is none of Millrace: something else is at that address' }
  }
  return { kind: 'acknowledged', status, duplicates, rejected: faults }
}

/** What any server means by a status that is no yes. */
export function judgeStatus({ status, headers, body }: WireAnswer, now = Date.now()): Verdict {
  const message = `The server answered ${status}${reasonIn(body)}`
  if (status === 401 || status === 403) return { kind: 'unauthorized', status, message }
  if (status === 413) return { kind: 'too-large', status, message }
  if (status === 408 || status === 425 || status === 429 || status >= 500 || status < 400) {
    const wait = retryAfterMs(headers['retry-after'], now)
    return { kind: 'retry', status, message, ...(wait === undefined ? {} : { retryAfterMs: wait }) }
  }
  return { kind: 'refused', status, message }
}

function reasonIn(body: string): string {
  const { detail } = parsed<{ detail?: unknown }>(body)
  return typeof detail === 'string' ? `: ${detail.slice(0, 300)}` : ''
}

function parsed<T extends object>(text: string): Partial<T> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Partial<T>) : {}
  } catch {
    return {}
  }
}
