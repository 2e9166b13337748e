/** Panoply's protocol: SQS's `SendMessage` as a form, records as JSON with blank lines between them. Pure. */
import type { StoredEvent, Verdict, Wire, WireAnswer } from '../types.ts'
import { judgeStatus } from '../wire.ts'

export interface PanoplyCredentials {
  readonly apiKey: string
  readonly apiSecret: string
}

/** The queue is asked for at each request, since it may be set to another. Each event's data names its table already. */
export function panoplyWire({ apiKey, apiSecret }: PanoplyCredentials, queue: () => string): Wire {
  const attributes = Object.entries({ key: apiKey, secret: apiSecret, sdk: 'panoply-python-sdk-3.2.0' })
    .map(([name, value], index) => {
      const field = `&MessageAttribute.${index + 1}`
      return `${field}.Name=${name}${field}.Value.DataType=String${field}.Value.StringValue=${encodeURIComponent(value)}`
    })
    .join('')
  return {
    canCompress: false,
    lane: () => '', // tables share a batch, and keep their order
    encode: (events) => ({
      method: 'POST',
      url: queue(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `Action=SendMessage&MessageBody=${messageOf(events)}${attributes}`,
    }),
    judge: judgePanoply,
  }
}

function messageOf(events: readonly StoredEvent[]): string {
  let message = ''
  for (const { data } of events) message += `${encodeURIComponent(data)}\n\n`
  return message
}

function judgePanoply(answer: WireAnswer): Verdict {
  const { status, body } = answer
  if (status >= 200 && status < 300) return { kind: 'acknowledged', status }
  const verdict = judgeStatus(answer)
  const reason = /<Message>([^<]{1,300})/.exec(body)?.[1]
  return verdict.kind === 'acknowledged' || reason === undefined
    ? verdict
    : { ...verdict, message: `The server answered ${status}: ${reason}` }
}
