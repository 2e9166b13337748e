/** Millrace's own: JSON or NDJSON, the type of the events in the path or each event in an envelope. */
import { MillraceError } from '../../errors.ts'
import { decodeEnvelopes } from '../envelope.ts'
import { checkEventType } from '../event-type.ts'
import { formMediaTypes, formOf } from '../media-type.ts'
import type { Protocol, RequestHead } from '../protocol.ts'
import { countsReply, problemReply } from '../reply.ts'
import { eventsOfType, scanEvents } from '../scan.ts'

export const native: Protocol = {
  title: 'Native',
  routes: [
    { methods: ['POST'], path: '/api/v1/events' },
    { methods: ['POST'], path: '/api/v1/events/:type' },
  ],
  key({ headers }) {
    const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
    const plain = headers['x-millrace-key']
    return bearer ?? (typeof plain === 'string' ? plain : undefined)
  },
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

function bodyForm({ headers }: RequestHead) {
  const form = formOf(headers['content-type'])
  if (form !== undefined) return form
  throw new MillraceError('unsupported_media_type', 'The Content-Type is missing or none that Millrace reads here', {
    hint: `Use one of ${formMediaTypes.join(', ')}.`,
  })
}
