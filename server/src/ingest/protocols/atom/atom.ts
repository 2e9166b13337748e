/**
 * The HTTP protocol of ironSource.atom's clients (their Python SDK 1.5.4 and what is documented of others): one event, or a bulk
 * of them, in an envelope that is signed by HMAC. A client drops what is answered 400 to 499, 429 too, and goes on trying from 500 on.
 */
import { hash } from 'node:crypto'
import { isEventType } from '@millrace/event/event'
import { OPEN_BRACKET, SPACE } from '@millrace/json/tokens'
import { z } from 'zod'
import { MillraceError } from '../../../errors.ts'
import { releaseOwn } from '../../../heap.ts'
import { inputSettings } from '../../../inputs.ts'
import { eventTypeRule } from '../../event-type.ts'
import { mediaTypeOf } from '../../media-type.ts'
import type { DecodedRequest, HttpReply, IngestRequest, Protocol, RequestHead } from '../../protocol.ts'
import { type Elements, readArray, readText } from './elements.ts'
import { bulkEventsMax, type Envelope, invalid, readEnvelope, textReader } from './envelope.ts'
import { openSigners, settingsOf } from './signatures.ts'

export const atom: Protocol = {
  title: 'ironSource Atom',
  settings: inputSettings({
    requireAuth: z.boolean().default(true).describe('Refuse events that are not signed with the key'),
    streams: z.array(z.string()).optional().describe('Streams that are taken; all where none is named'),
    dropRepeatedBulks: z
      .boolean()
      .default(true)
      .describe(
        'Take a bulk of a stream that comes again within a day, byte for byte, for the repeat of an unanswered one',
      ),
  }),
  keys: 'signing',
  credentials: (_, key) => ({ authKey: key }),
  routes: [
    { methods: ['POST'], path: '/', accepts: ({ headers }) => mediaTypeOf(headers['content-type']) !== formMediaType },
    { methods: ['GET'], path: '/', accepts: hasData },
    { methods: ['POST', 'GET'], path: '/bulk' },
    { methods: ['POST', 'GET'], path: '/atom' },
    { methods: ['POST', 'GET'], path: '/atom/bulk' },
    { methods: ['POST', 'GET'], path: '/*', accepts: isOfSdk }, // an endpoint is any prefix
  ],
  requestEventsMax: bulkEventsMax,
  authenticate: () => undefined, // nothing but the body tells
  decode(request) {
    const envelope = readEnvelope(request.method === 'GET' ? requestInQuery(request.query) : request)
    const type = eventTypeOf(envelope.table)
    if (!isEventType(type))
      throw new MillraceError('invalid_event_type', `"table" names no stream: one has ${eventTypeRule}`)
    const isBulk = envelope.isBulk || /(^|\/)bulk\/*$/.test(request.params['*'] ?? request.route)
    if (isBulk && envelope.data.find((byte) => byte > SPACE) !== OPEN_BRACKET)
      throw invalid('data', 'has to be an array, or a text that is one, where events come in bulk')
    return signedEvents(request, envelope, type, isBulk)
  },
  reply: () => accepted,
  refuse(error) {
    if (error.code === 'unauthenticated') return jsonReply(401, { 'Target Stream': 'Permission denied' })
    const isForLater = error.retryable || error.code === 'workspace_quota_exceeded'
    const wait = error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) }
    return jsonReply(isForLater && error.status < 500 ? 503 : error.status, { error: error.message }, wait)
  },
}

function signedEvents(request: IngestRequest, envelope: Envelope, type: string, isBulk: boolean): DecodedRequest {
  const { table, auth } = envelope
  const input = findSigner(request.access, envelope)
  const isRepeatable = isBulk && settingsOf(input).dropRepeatedBulks
  // The signature found right is a digest of the data.
  const key = isRepeatable
    ? { idempotencyKey: `${auth ?? hash('sha256', envelope.data)} ${table}`, isKeyDigest: true }
    : {}
  const elements = (isBulk && envelope.isHeld && textReader?.records()) || readElements(request, envelope, isBulk)
  return { types: [type], ...elements, input, ...key }
}

function readElements({ scanner }: IngestRequest, { data, isText, isHeld }: Envelope, isBulk: boolean): Elements {
  const own = isHeld ? Buffer.from(data) : data
  const elements = isBulk || !isText ? readArray(scanner, own) : readText(scanner, own)
  if (own.buffer !== elements.payload.buffer) releaseOwn(own)
  return elements
}

/** The stream; of `cluster.schema.table` the table, as its rows were always found there. */
function eventTypeOf(stream: string): string {
  return /^[^.\s]+\.[^.\s]+\.([^.\s]+)$/.exec(stream)?.[1] ?? stream
}

/** The envelope in base64, also of the alphabet for URLs, and with blanks for `+` as of clients that do not encode it. */
function requestInQuery(query: string): Pick<IngestRequest, 'body' | 'pieces'> {
  const base64 = decoded(dataOf(query) ?? '')
    .replace(/[\r\n]/g, '')
    .replace(/[- ]/g, '+')
    .replaceAll('_', '/')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw invalid('data', 'has to be the envelope in base64')
  const body = Buffer.from(base64, 'base64')
  return { body, pieces: [body] }
}

function isOfSdk({ headers }: RequestHead): boolean {
  return headers['x-ironsource-atom-sdk-type'] !== undefined
}

function hasData({ query }: RequestHead): boolean {
  return dataOf(query) !== undefined
}

function dataOf(query: string): string | undefined {
  return /(?:^|&)data=([^&]*)/.exec(query)?.[1]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

function jsonReply(status: number, body: object, headers: HttpReply['headers'] = {}): HttpReply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

const accepted = jsonReply(200, { Status: 'OK' })
const findSigner = openSigners()

const formMediaType = 'application/x-www-form-urlencoded'
