/**
 * Any JSON as events, for tools that can only post to a URL: the key is in the path, and any Content-Type goes.
 * A form with a field `payload`, as GitHub sends where it is told nothing else, is the JSON in that field.
 * Where the sender signs, its signature is checked, a delivery that comes again is stored once, and its events have its names for them.
 */
import { hash } from 'node:crypto'
import { limits } from '@millrace/event/limits'
import { MillraceError } from '../../errors.ts'
import { checkEventType } from '../event-type.ts'
import { formOf, mediaTypeOf } from '../media-type.ts'
import type { DecodedEvents, DecodedRequest, HttpReply, IngestRequest, Protocol } from '../protocol.ts'
import { countsReply, problemReply } from '../reply.ts'
import { eventsOfType, scanEvents } from '../scan.ts'
import { deliveryOf, withTypes } from './webhook/names.ts'
import { settingsOf, webhookSettings } from './webhook/settings.ts'
import { checkSignature } from './webhook/signatures.ts'

export const webhook: Protocol = {
  title: 'Webhook',
  settings: webhookSettings,
  keys: 'named',
  routes: [
    { methods: ['POST', 'PUT'], path: '/webhook/:key' },
    { methods: ['POST', 'PUT'], path: '/webhook/:key/:type' },
  ],
  authenticate: ({ params }, access) => access.byKey(params['key']),
  admit: ({ params }) => checkEventType(params['type'] ?? defaultType),
  verify: ({ headers, sent }, access, input) => checkSignature(headers, sent, settingsOf(input!), access.now),
  decode(request) {
    const body = jsonOf(request)
    const form = formOf(request.headers['content-type']) ?? 'json'
    const { type } = request.params
    const events = eventsOfType(type ?? defaultType, body, scanEvents(request.scanner, body, form))
    if (request.input === undefined) return events
    const settings = settingsOf(request.input)
    const challenge = settings.signature === 'slack' ? challengeOf(events) : undefined
    if (challenge !== undefined) return { ...nothing, reply: () => challenge }
    return asDelivery(
      deliveryOf(request, events, settings.signature),
      type === undefined ? withTypes(request, events, settings) : events,
    )
  },
  reply: countsReply,
  refuse: problemReply,
}

const defaultType = 'webhook'

/** One event has the delivery's id; several share it, so that only the request can be told from its repeat. */
function asDelivery(delivery: string | undefined, events: DecodedEvents): DecodedRequest {
  if (delivery === undefined) return events
  const id = delivery.length <= limits.eventIdCharsMax && delivery.isWellFormed() ? delivery : hash('sha256', delivery)
  const ids = events.starts.length === 1 ? { ids: [id] } : {}
  return { ...events, ...ids, idempotencyKey: `delivery ${id}` }
}

/** Slack asks a new address to say a text after it, and sends nothing until it does. */
function challengeOf({ starts, ends, payload }: DecodedEvents): HttpReply | undefined {
  if (starts.length !== 1 || ends[0]! - starts[0]! > challengeBytesMax) return undefined
  const text = Buffer.from(payload.subarray(starts[0], ends[0])).toString()
  if (!text.includes('url_verification')) return undefined
  const { type, challenge } = JSON.parse(text) as Record<string, unknown>
  if (type !== 'url_verification' || typeof challenge !== 'string') return undefined
  return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: challenge }
}

function jsonOf({ body, headers }: IngestRequest): Buffer {
  if (mediaTypeOf(headers['content-type']) !== 'application/x-www-form-urlencoded') return body
  if (body[0] === OPEN_BRACE || body[0] === OPEN_BRACKET) return body // curl and others call any body a form
  const payload = new URLSearchParams(body.toString()).get('payload')
  if (payload !== null) return Buffer.from(payload)
  throw new MillraceError('invalid_request', 'The form has no field "payload"', {
    hint: 'Send the JSON as the body itself, with the Content-Type application/json.',
  })
}

const nothing = { types: [], starts: new Uint32Array(), ends: new Uint32Array(), payload: new Uint8Array() }
const challengeBytesMax = 10_000

const OPEN_BRACKET = 0x5b
const OPEN_BRACE = 0x7b
