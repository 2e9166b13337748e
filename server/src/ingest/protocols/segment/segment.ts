/**
 * The HTTP API of Segment, which RudderStack's clients speak too: one message, or a batch of them. The write key comes as user name
 * of Basic authentication, as bearer, in the URL of a beacon, or in the body. Clients drop what is answered 400 to 499, 429 aside.
 */
import type { MillraceError } from '../../../errors.ts'
import { inputSettings } from '../../../inputs.ts'
import { bearerOf } from '../../bearer.ts'
import { originSettings } from '../../origins.ts'
import type { DecodedRequest, HttpReply, Protocol, RequestHead } from '../../protocol.ts'
import { analyticsSettings, rudderSource } from './configurations.ts'
import { batchEventsMax, type Kind } from './fields.ts'
import { readBatch, readMessage } from './request.ts'

/** By the last segment of the path; those of one letter are analytics.js's. Undefined: a batch. */
const kindByPath: Readonly<Record<string, Kind | undefined>> = {
  track: 'track',
  t: 'track',
  identify: 'identify',
  i: 'identify',
  page: 'page',
  p: 'page',
  screen: 'screen',
  s: 'screen',
  group: 'group',
  g: 'group',
  alias: 'alias',
  a: 'alias',
  batch: undefined,
  b: undefined,
  import: undefined,
}

const settingsPath = '/projects/:writeKey/settings'
const sourcePath = '/sourceConfig'

export const segment: Protocol = {
  title: 'Segment',
  settings: inputSettings(originSettings),
  keys: 'named',
  isForPages: true,
  credentials: (_, key) => ({ writeKey: key }),
  routes: [
    ...['/v1', '/segment/v1'].flatMap((prefix) => [
      ...Object.keys(kindByPath).map((name) => ({ methods: ['POST'], path: `${prefix}/${name}` })),
      { methods: ['GET'], path: prefix + settingsPath },
    ]),
    ...['', '/segment'].flatMap((prefix) => [
      { methods: ['POST'], path: `${prefix}/beacon/v1/batch` },
      { methods: ['GET'], path: prefix + sourcePath },
    ]),
  ],
  requestEventsMax: batchEventsMax,
  authenticate(head, access) {
    const key = keyOf(head)
    return key === undefined && head.method === 'POST' ? undefined : access.byKey(key)
  },
  decode(request) {
    if (request.route.endsWith(settingsPath)) return answerOf(analyticsSettings(keyOf(request)!, request.headers))
    if (request.route.endsWith(sourcePath)) return answerOf(rudderSource(keyOf(request)!, request.input!))
    const kind = kindByPath[request.route.slice(request.route.lastIndexOf('/') + 1)]
    const { writeKey, events } = kind === undefined ? readBatch(request) : readMessage(request, kind)
    return { ...events, input: request.input ?? request.access.byKey(writeKey) }
  },
  reply: () => jsonReply(200, { success: true }),
  refuse: refusal,
}

function keyOf({ headers, params, query }: RequestHead): string | undefined {
  return (
    params['writeKey'] ??
    basicUserOf(headers.authorization) ??
    bearerOf(headers) ??
    new URLSearchParams(query).get('writeKey') ??
    undefined
  )
}

/** Of RFC 7617; undefined of any other scheme. An empty one is a key too: a wrong one. */
function basicUserOf(authorization: string | undefined): string | undefined {
  const base64 = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization ?? '')?.[1]
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString().split(':', 1)[0]!
}

function answerOf(body: object): DecodedRequest {
  const none = new Uint32Array()
  return { types: [], starts: none, ends: none, payload: new Uint8Array(), reply: () => jsonReply(200, body) }
}

function refusal(error: MillraceError, requestId?: string): HttpReply {
  const { code, status, message, hint, retryAfterSeconds } = error
  const wait = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
  const more = { ...(hint === undefined ? {} : { hint }), ...(requestId === undefined ? {} : { requestId }) }
  return jsonReply(status, { success: false, code, message, ...more }, wait)
}

function jsonReply(status: number, body: object, headers: HttpReply['headers'] = {}): HttpReply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}
