/** Millrace's own: JSON or NDJSON, the type of the events in the path or each event in an envelope. */
import type { IncomingHttpHeaders } from 'node:http'
import { MillraceError } from '../../errors.ts'
import { inputSettings } from '../../inputs.ts'
import { unauthenticated } from '../access.ts'
import { bearerOf } from '../bearer.ts'
import { decodeEnvelopes } from '../envelope.ts'
import { checkEventType } from '../event-type.ts'
import { formMediaTypes, formOf, mediaTypeOf } from '../media-type.ts'
import { allowsOrigins, originSettings } from '../origins.ts'
import type { Protocol, RequestHead } from '../protocol.ts'
import { countsReply, problemReply } from '../reply.ts'
import { eventsOfType, scanEvents } from '../scan.ts'
import { checkSignature, signatureSettings } from '../signature.ts'
import { bucketRoute, nameBucket } from './native-buckets.ts'

export const native: Protocol = {
  title: 'Native',
  settings: inputSettings({ ...originSettings, ...signatureSettings }),
  keys: 'named',
  isForPages: true,
  routes: [
    { methods: ['POST'], path: '/api/v1/events' },
    { methods: ['POST'], path: '/api/v1/events/:type' },
    bucketRoute,
  ],
  authenticate({ headers, query }, access) {
    const named = bearerOf(headers) ?? plainKeyOf(headers)
    if (named !== undefined) return access.byKey(named)
    const input = access.byKey(keyOfQuery(query))
    if (allowsOrigins(input)) return input
    throw unauthenticated() // a key in a URL is in many a log: only one that stands in a page anyway may be there
  },
  admit(head) {
    bodyForm(head)
    if (head.params['type'] !== undefined) checkEventType(head.params['type'])
  },
  verify({ headers, sent }, { now }, input) {
    checkSignature(input!, headers['x-millrace-signature'], sent, now)
  },
  decode(request) {
    if (request.route === bucketRoute.path) return nameBucket(request)
    const { body, scanner } = request
    const scanned = scanEvents(scanner, body, bodyForm(request))
    const { type } = request.params
    return type === undefined ? decodeEnvelopes(body, scanned) : eventsOfType(type, body, scanned)
  },
  reply: countsReply,
  refuse: problemReply,
}

function plainKeyOf(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['x-millrace-key']
  return typeof key === 'string' ? key : undefined
}

/** What `navigator.sendBeacon` can send: no headers, and a body that is called plain text. */
function keyOfQuery(query: string): string | undefined {
  return new URLSearchParams(query).get('key') ?? undefined
}

function bodyForm({ headers, query }: RequestHead) {
  const form = formOf(headers['content-type'])
  if (form !== undefined) return form
  if (mediaTypeOf(headers['content-type']) === 'text/plain' && keyOfQuery(query) !== undefined) return 'ndjson'
  throw new MillraceError('unsupported_media_type', 'The Content-Type is missing or none that Millrace reads here', {
    hint: `Use one of ${formMediaTypes.join(', ')}.`,
  })
}
