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
      body: events.map(millraceLine).join(''),
    }),
    judge: judgeMillrace,
  }
}

/** An event as a line of a request's body. */
export function millraceLine({ stream, id, time, data }: StoredEvent): string {
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
  const { status, headers, body } = answer
  // What the workspace may take is used up: its events are kept, until there is another month, or more in this one.
  if (status === 402) {
    const waitMs = retryAfterMs(headers['retry-after'] ?? '300', Date.now())
    return { ...judgeStatus(answer), kind: 'retry', retryAfterMs: waitMs } as Verdict
  }
  if (status < 200 || status >= 300) return judgeStatus(answer)
  const { accepted, duplicates, faults } = parsed<Answer>(body)
  return typeof accepted === 'number'
    ? { kind: 'acknowledged', status, duplicates, rejected: faults }
    : { kind: 'retry', status, message: 'Something else than Millrace answers there' }
}

/** What any server means by a status that is no yes. */
export function judgeStatus({ status, headers, body }: WireAnswer, now = Date.now()): Verdict {
  const { detail } = parsed<{ detail?: unknown }>(body)
  const message = `The server answered ${status}${typeof detail === 'string' ? `: ${detail.slice(0, 300)}` : ''}`
  if (status === 401 || status === 403) return { kind: 'unauthorized', status, message }
  if (status === 413) return { kind: 'too-large', status, message }
  if (status >= 400 && status < 500 && ![408, 425, 429].includes(status)) return { kind: 'refused', status, message }
  return { kind: 'retry', status, message, retryAfterMs: retryAfterMs(headers['retry-after'], now) }
}

function parsed<T extends object>(text: string): Partial<T> {
  try {
    return Object(JSON.parse(text)) as Partial<T>
  } catch {
    return {}
  }
}
