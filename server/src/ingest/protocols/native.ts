/** Millrace's own: JSON or NDJSON, the type of the events in the path or each event in an envelope. */
import type { IncomingHttpHeaders } from 'node:http'
import { MillraceError } from '../../errors.ts'
import { inputSettings } from '../../inputs.ts'
import { bearerOf } from '../bearer.ts'
import { decodeEnvelopes } from '../envelope.ts'
import { checkEventType } from '../event-type.ts'
import { formMediaTypes, formOf } from '../media-type.ts'
import type { Protocol, RequestHead } from '../protocol.ts'
import { countsReply, problemReply } from '../reply.ts'
import { eventsOfType, scanEvents } from '../scan.ts'

export const native: Protocol = {
  title: 'Native',
  settings: inputSettings({}),
  keys: 'named',
  routes: [
    { methods: ['POST'], path: '/api/v1/events' },
    { methods: ['POST'], path: '/api/v1/events/:type' },
  ],
  authenticate: ({ headers }, access) => access.byKey(bearerOf(headers) ?? plainKeyOf(headers)),
  admit(head) {
    bodyForm(head)
    if (head.params['type'] !== undefined) checkEventType(head.params['type'])
  },
  decode(request) {
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

function bodyForm({ headers }: RequestHead) {
  const form = formOf(headers['content-type'])
  if (form !== undefined) return form
  throw new MillraceError('unsupported_media_type', 'The Content-Type is missing or none that Millrace reads here', {
    hint: `Use one of ${formMediaTypes.join(', ')}.`,
  })
}
