/**
 * Any JSON as events, for tools that can only post to a URL: the key is in the path, and any Content-Type goes.
 * A form with a field `payload`, as GitHub sends where it is told nothing else, is the JSON in that field.
 */
import { MillraceError } from '../../errors.ts'
import { inputSettings } from '../../inputs.ts'
import { checkEventType } from '../event-type.ts'
import { formOf, mediaTypeOf } from '../media-type.ts'
import type { IngestRequest, Protocol } from '../protocol.ts'
import { countsReply, problemReply } from '../reply.ts'
import { eventsOfType, scanEvents } from '../scan.ts'

export const webhook: Protocol = {
  title: 'Webhook',
  settings: inputSettings({}),
  keys: 'named',
  routes: [
    { methods: ['POST', 'PUT'], path: '/webhook/:key' },
    { methods: ['POST', 'PUT'], path: '/webhook/:key/:type' },
  ],
  authenticate: ({ params }, access) => access.byKey(params['key']),
  admit: ({ params }) => checkEventType(params['type'] ?? defaultType),
  decode(request) {
    const body = jsonOf(request)
    const form = formOf(request.headers['content-type']) ?? 'json'
    return eventsOfType(request.params['type'] ?? defaultType, body, scanEvents(request.scanner, body, form))
  },
  reply: countsReply,
  refuse: problemReply,
}

const defaultType = 'webhook'

function jsonOf({ body, headers }: IngestRequest): Buffer {
  if (mediaTypeOf(headers['content-type']) !== 'application/x-www-form-urlencoded') return body
  if (body[0] === OPEN_BRACE || body[0] === OPEN_BRACKET) return body // curl and others call any body a form
  const payload = new URLSearchParams(body.toString()).get('payload')
  if (payload !== null) return Buffer.from(payload)
  throw new MillraceError('invalid_request', 'The form has no field "payload"', {
    hint: 'Send the JSON as the body itself, with the Content-Type application/json.',
  })
}

const OPEN_BRACKET = 0x5b
const OPEN_BRACE = 0x7b
