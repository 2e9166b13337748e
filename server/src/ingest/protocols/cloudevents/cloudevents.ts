/**
 * CloudEvents 1.0 over HTTP: structured, binary and batched, JSON format (HTTP protocol binding and JSON event format 1.0.2), and the
 * handshake by which a sender asks whether it may deliver (HTTP webhooks §4). The key is a bearer, or in the path.
 */
import { OPEN_BRACE, skipSpace } from '@millrace/json/tokens'
import { z } from 'zod'
import { type ErrorCode, MillraceError } from '../../../errors.ts'
import { type InputSnapshot, inputSettings } from '../../../inputs.ts'
import { scanArray, wholeScanner } from '../../array-scan.ts'
import { bearerOf } from '../../bearer.ts'
import { mediaTypeOf } from '../../media-type.ts'
import type { DecodedEvents, DecodedRequest, IngestRequest, Protocol, RequestHead } from '../../protocol.ts'
import { countsReply, problemReply } from '../../reply.ts'
import { scanEvents } from '../../scan.ts'
import { isBinary, structuredOf } from './binary.ts'
import { readCloudEvents } from './events.ts'

export const cloudevents: Protocol = {
  title: 'CloudEvents',
  settings: inputSettings({
    webhookOrigins: z
      .array(z.string())
      .optional()
      .describe('Origins of senders that are told they may deliver, where they ask; all where none is named'),
  }),
  keys: 'named',
  routes: ['/cloudevents', '/cloudevents/:key'].flatMap((path) => [
    { methods: ['POST'], path },
    { methods: ['OPTIONS'], path, accepts: ({ headers }) => headers['webhook-request-origin'] !== undefined },
  ]),
  authenticate: ({ headers, params }, access) => access.byKey(params['key'] ?? bearerOf(headers)),
  admit: (head) => {
    if (head.method === 'POST') modeOf(head)
  },
  decode(request) {
    if (request.method === 'OPTIONS') return handshakeOf(request, request.input!)
    const mode = modeOf(request)
    if (mode === 'batch') return readBatch(request)
    return readOne(request, mode === 'binary' ? structuredOf(request.headers, request.body) : request.body)
  },
  reply: countsReply,
  refuse: problemReply,
}

function modeOf({ headers }: RequestHead): 'structured' | 'batch' | 'binary' {
  const mediaType = mediaTypeOf(headers['content-type'])
  if (mediaType === 'application/cloudevents+json') return 'structured'
  if (mediaType === 'application/cloudevents-batch+json') return 'batch'
  if (!mediaType.startsWith('application/cloudevents') && isBinary(headers)) return 'binary'
  throw new MillraceError('unsupported_media_type', 'The request is no CloudEvent that Millrace reads', {
    hint: 'Send application/cloudevents+json, application/cloudevents-batch+json, or any data with its attributes in headers "ce-*".',
  })
}

/** One event alone that is none is a bad request, since there is no neighbour to save. */
function readOne({ scanner }: IngestRequest, event: Buffer): DecodedEvents {
  const scanned = scanEvents(scanner, event, 'json')
  if (firstOf(event) !== OPEN_BRACE) throw new MillraceError('not_an_object', 'A CloudEvent is a JSON object')
  const events = readCloudEvents(event, scanned)
  const fault = events.faults?.[0]
  if (fault !== undefined) throw new MillraceError(fault.code as ErrorCode, fault.message)
  return events
}

function readBatch({ body, scanner }: IngestRequest): DecodedEvents {
  if (firstOf(body) === OPEN_BRACE) throw new MillraceError('invalid_request', 'A batch is an array of CloudEvents')
  wholeScanner.scan(body, 'json')
  return readCloudEvents(body, scanArray(scanner, body))
}

function firstOf(body: Buffer): number | undefined {
  return body[skipSpace(body, body[0] === 0xef ? 3 : 0)]
}

/** Who knows the key may deliver, at any rate; an origin that is not let in is answered without saying so. */
function handshakeOf({ headers }: IngestRequest, { settings }: InputSnapshot): DecodedRequest {
  const [origin, rate] = [headers['webhook-request-origin'], headers['webhook-request-rate']].map(String)
  const allowed = settings['webhookOrigins'] as readonly string[] | undefined
  const isAllowed = allowed?.includes(origin!) ?? true
  const answer = {
    ...(isAllowed ? { 'webhook-allowed-origin': origin! } : {}),
    ...(isAllowed && /^\d+$/.test(rate!) ? { 'webhook-allowed-rate': rate! } : {}),
    allow: 'POST',
  }
  const none = new Uint32Array()
  return {
    types: [],
    starts: none,
    ends: none,
    payload: new Uint8Array(),
    reply: () => ({ status: 200, headers: answer, body: '' }),
  }
}
