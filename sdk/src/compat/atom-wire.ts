/** Atom's protocol: an envelope around the data as a string, which is signed exactly as it stands. Pure. */
import { createHmac } from 'node:crypto'
import type { Verdict, Wire, WireAnswer, WireRequest } from '../types.ts'
import { judgeStatus } from '../wire.ts'

export interface Envelope {
  readonly stream: string
  /** JSON text; of an array where it is a bulk. */
  readonly data: string
  readonly isBulk: boolean
  /** Undefined: it is not signed. */
  readonly authKey: string | undefined
}

const headers = {
  'content-type': 'application/json',
  'x-ironsource-atom-sdk-type': 'nodejs',
  'x-ironsource-atom-sdk-version': '1.5.4',
}

function envelopeText({ stream, data, isBulk, authKey }: Envelope): string {
  const auth = authKey && createHmac('sha256', authKey).update(data, 'utf8').digest('hex')
  return JSON.stringify({ table: stream, data, ...(auth ? { auth } : {}), ...(isBulk ? { bulk: true } : {}) })
}

export function atomRequest(endpoint: string, method: 'GET' | 'POST', envelope: Envelope): WireRequest {
  const url = `${endpoint.replace(/\/*$/, '/')}${envelope.isBulk ? 'bulk' : ''}`
  const text = envelopeText(envelope)
  if (method === 'POST') return { method, url, headers, body: text }
  const base64 = encodeURIComponent(Buffer.from(text).toString('base64'))
  return { method, url: `${url}?data=${base64}`, headers, body: undefined }
}

/** Bulks of one stream and one key. */
export function atomWire(endpoint: string, authKey: string | undefined): Wire {
  return {
    canCompress: false,
    lane: (event) => `${event.authKey ?? ''} ${event.stream}`,
    encode(events) {
      const [first] = events
      const data = `[${events.map((event) => event.data).join(',')}]`
      const envelope = { stream: first!.stream, data, isBulk: true, authKey: first!.authKey ?? authKey }
      return atomRequest(endpoint, 'POST', envelope)
    },
    judge: judgeAtom,
  }
}

/** A wrong key is one stream's trouble: the others go on. */
function judgeAtom(answer: WireAnswer): Verdict {
  const { status, body } = answer
  if (status >= 200 && status < 300) return { kind: 'acknowledged', status }
  const verdict = judgeStatus(answer)
  const message = body.slice(0, 300) || `The server answered ${status}`
  if (verdict.kind === 'unauthorized') return { kind: 'refused', status, message }
  return { ...verdict, message } as Verdict
}
