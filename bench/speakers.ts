/** Requests with the same events in each protocol, as its clients write them. No two bulks of Atom are the same: those are dropped. */
import { createHmac } from 'node:crypto'
import { makeEvent } from './events.ts'

/** Of the input `signed`. */
export const signingSecret = 'bench-signing-secret'

export interface Speaker {
  readonly title: string
  /** The title of the speaker that tells the same events natively. */
  readonly against: string
  /** So many requests, made before the clock runs. */
  requests(count: number): Buffer[]
}

const bodyCount = 64

export function speakers(eventsPerBody: number): Speaker[] {
  const bodies = Array.from({ length: bodyCount }, (_, body) =>
    Array.from({ length: eventsPerBody }, (_, event) => makeEvent(body * eventsPerBody + event)),
  )
  const series = Array.from({ length: bodyCount }, (_, body) =>
    Array.from({ length: eventsPerBody }, (_, event) => makeValue(body * eventsPerBody + event)),
  )
  const messages = bodies.map((events) => events.map(messageOf))
  const rows = messages.map((batch) => batch.map(rowOfMessage))
  const native = (title: string, bodies: readonly (readonly object[])[]): Speaker => {
    const headers = { ...json, authorization: `Bearer ${keyOf('native')}` }
    return rotating(
      title,
      title,
      bodies.map((events) => requestOf('/api/v1/events/event', headers, JSON.stringify(events))),
    )
  }
  return [
    native('native', bodies),
    atomSpeaker('Atom bulk of objects', bodies),
    atomSpeaker(
      'Atom bulk of texts (tracker)',
      bodies.map((events) => events.map((event) => JSON.stringify(event))),
    ),
    rotating(
      'Panoply batch',
      'native',
      bodies.map((events) => requestOf('/millrace/sdk-w-panoply', formHeaders, panoplyForm(events))),
    ),
    signedNative(bodies),
    atomSpeaker('Atom bulk of objects, unsigned', bodies, 'unsigned'),
    native('native, messages', rows),
    rotating(
      'Segment batch',
      'native, messages',
      messages.map((batch) => requestOf('/v1/batch', segmentHeaders, segmentBatch(batch))),
    ),
    native('native, series', series),
    rotating(
      'Initial State array',
      'native, series',
      series.map((events) => requestOf('/api/events', seriesHeaders, JSON.stringify(events))),
    ),
  ]
}

function keyOf(type: string): string {
  return `mlr_key_${type}_bench`
}

function rotating(title: string, against: string, requests: readonly Buffer[]): Speaker {
  const nth = (index: number) => requests[index % requests.length]!
  return { title, against, requests: (length) => Array.from({ length }, (_, index) => nth(index)) }
}

/** With what a signature costs that Atom has as well. */
function signedNative(bodies: readonly (readonly object[])[]): Speaker {
  const title = 'native, signed'
  const texts = bodies.map((events) => JSON.stringify(events))
  const requests = (count: number) => {
    const seconds = Math.floor(Date.now() / 1000) // a signature counts for some minutes
    const signed = texts.map((text) => {
      const digest = createHmac('sha256', signingSecret).update(`${seconds}.${text}`).digest('hex')
      const headers = { ...json, authorization: `Bearer ${keyOf('signed')}` }
      return requestOf(
        '/api/v1/events/event',
        { ...headers, 'x-millrace-signature': `t=${seconds},v1=${digest}` },
        text,
      )
    })
    return rotating(title, 'native', signed).requests(count)
  }
  return { title, against: 'native', requests }
}

/** Each bulk is numbered, and signed anew for that. The stream `unsigned` is of an input that asks for no signature. */
function atomSpeaker(
  title: string,
  bodies: readonly (readonly unknown[])[],
  table: 'event' | 'unsigned' = 'event',
): Speaker {
  const number = '000000000000'
  const bulks = bodies.map((elements) => {
    const data = JSON.stringify([...elements.slice(1), numbered(elements[0], number)])
    const auth = table === 'unsigned' ? {} : { auth: 'f'.repeat(64) }
    const body = JSON.stringify({ table, data, ...auth, bulk: true })
    return { data: Buffer.from(data), request: requestOf('/bulk', json, body) }
  })
  let count = 0
  const next = () => {
    const { data, request } = bulks[count % bulks.length]!
    const digits = String(++count).padStart(number.length, '0')
    const copy = Buffer.from(request)
    const placeIn = (bytes: Buffer) => bytes.lastIndexOf('bulk-') + 'bulk-'.length
    data.write(digits, placeIn(data))
    copy.write(digits, placeIn(copy))
    if (table === 'event')
      copy.write(createHmac('sha256', keyOf('atom')).update(data).digest('hex'), copy.lastIndexOf('"auth":"') + 8)
    return copy
  }
  return { title, against: 'native', requests: (length) => Array.from({ length }, next) }
}

/** The same event with a number in place of its session, which is as long. */
function numbered(element: unknown, number: string): unknown {
  const isText = typeof element === 'string'
  const event = (isText ? JSON.parse(element) : element) as object
  const changed = { ...event, session: `bulk-${number}` }
  return isText ? JSON.stringify(changed) : changed
}

function panoplyForm(events: readonly object[]): string {
  const secret = Buffer.from(`panoply/${keyOf('panoply')}/millrace/millrace`).toString('base64')
  const attributes = Object.entries({ key: 'w/panoply', secret, sdk: 'panoply-python-sdk-3.2.0' }).map(
    ([name, value], index) => {
      const field = `&MessageAttribute.${index + 1}`
      return `${field}.Name=${name}${field}.Value.DataType=String${field}.Value.StringValue=${value}`
    },
  )
  const records = events.map((event) => `${encodeURIComponent(JSON.stringify({ ...event, __table: 'event' }))}\n\n`)
  return `Action=SendMessage&MessageBody=${records.join('')}${attributes.join('')}`
}

/** As Segment's client for Node sends it. */
function messageOf(event: object, index: number) {
  return {
    ...{ userId: `u${index}`, event: 'event', type: 'track', properties: event },
    context: { library: { name: '@segment/analytics-node', version: '2.3.0' } },
    timestamp: '2026-01-31T10:00:00.000Z',
    // None, lest ids be looked up here and not by the native side.
    ...{ integrations: {}, _metadata: { nodeVersion: '24.0.0', jsRuntime: 'node' } },
  }
}

/** What becomes of a message, as a native client would send it. */
function rowOfMessage({ userId, event, context, timestamp, properties }: ReturnType<typeof messageOf>) {
  return { user_id: userId, event, context, timestamp, ...properties }
}

function segmentBatch(batch: readonly object[]): string {
  return JSON.stringify({ batch, sentAt: '2026-01-31T10:00:01.000Z' })
}

/** As the streamer logs it. */
function makeValue(index: number) {
  const epoch = 1_700_000_000 + (index * 37_123) / 1e6
  return { key: `sensor_${index % 12}`, value: ((index * 7919) % 100_000) / 100, epoch }
}

const json = { 'content-type': 'application/json' }
const formHeaders = { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'Python-urllib/3.11' }
const segmentHeaders = { ...json, authorization: `Basic ${btoa(`${keyOf('segment')}:`)}` }
const seriesHeaders = { ...json, 'x-is-accesskey': keyOf('initial-state'), 'x-is-bucketkey': 'event' }

function requestOf(path: string, headers: Readonly<Record<string, string>>, body: string): Buffer {
  const lines = Object.entries({ host: '127.0.0.1', ...headers, 'content-length': Buffer.byteLength(body) })
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
  )
}
