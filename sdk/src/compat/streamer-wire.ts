/** Initial State's protocol: values of one bucket as a JSON array, the bucket's key in a header. Pure. */
import type { StoredEvent, Verdict, Wire, WireAnswer, WireFactory } from '../types.ts'
import { judgeStatus } from '../wire.ts'

export const initialStateWire: WireFactory = ({ endpoint, apiKey }): Wire => {
  const base = endpoint.replace(/\/+$/, '')
  const headersOf = (bucketKey: string) => ({
    'content-type': 'application/json',
    'accept-version': '<=0.0.4',
    'x-is-accesskey': apiKey,
    'x-is-bucketkey': bucketKey,
  })
  return {
    canCompress: false,
    lane: ({ stream }) => stream,
    encode: (events) => ({
      method: 'POST',
      url: `${base}/api/events`,
      headers: headersOf(events[0]!.stream),
      body: `[${events.map(valueText).join(',')}]`,
    }),
    judge: judgeInitialState,
    nameBucket: (bucketKey, bucketName) => ({
      method: 'POST',
      url: `${base}/api/buckets`,
      headers: headersOf(bucketKey),
      body: JSON.stringify({ bucketKey, bucketName }),
    }),
  }
}

/** Lists and objects went as JSON text into the event, and go as what they are to the server. */
function valueText({ data }: StoredEvent): string {
  const { key, value, value_type, epoch } = JSON.parse(data) as Record<string, unknown>
  const text = value_type === 'json' ? String(value) : JSON.stringify(value)
  return `{"key":${JSON.stringify(key)},"value":${text},"epoch":${String(epoch)}}`
}

/** 402 is a quota and 400 a body that is not understood: neither gets better. Everything but those and a wrong key may. */
function judgeInitialState(answer: WireAnswer): Verdict {
  const { status, body } = answer
  if (status >= 200 && status < 300) return { kind: 'acknowledged', status }
  const message = `The server answered ${status}${reasonIn(body)}`
  if (status === 402) {
    return { kind: 'refused', status, message: `${message}: the account is capped, or an upgrade is required` }
  }
  if (status === 404) return { kind: 'retry', status, message }
  return { ...judgeStatus(answer), message } as Verdict
}

/** Of `{"message": {"error": {"type", "message"}}}`. */
function reasonIn(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: { error?: { type?: unknown; message?: unknown } } }
    const { type, message: text } = message?.error ?? {}
    return [type, text].flatMap((part) => (typeof part === 'string' ? `: ${part.slice(0, 300)}` : [])).join('')
  } catch {
    return ''
  }
}
