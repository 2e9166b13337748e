/**
 * An image of one pixel, for mails and pages that can do no more than show one: the event is in the query, as texts by their names, or
 * as base64url of a JSON object. The image comes whatever the status is, so that nobody sees a broken one.
 */
import { isEventType } from '@millrace/event/event'
import { CLOSE_BRACE, OPEN_BRACE } from '@millrace/json/tokens'
import { z } from 'zod'
import { MillraceError } from '../../errors.ts'
import { type InputSnapshot, inputSettings } from '../../inputs.ts'
import { eventTypeRule } from '../event-type.ts'
import { membersOf } from '../members.ts'
import type { DecodedRequest, HttpReply, IngestRequest, Protocol, RequestHead } from '../protocol.ts'
import { eventsOfType, scanEvents } from '../scan.ts'

export const pixel: Protocol = {
  title: 'Pixel',
  settings: inputSettings({
    keepReferer: z.boolean().default(true).describe('Keep the header Referer as the column referer'),
    keepUserAgent: z.boolean().default(true).describe('Keep the header User-Agent as the column user_agent'),
  }),
  keys: 'named',
  routes: [{ methods: ['GET', 'HEAD'], path: '/pixel.gif' }],
  authenticate: ({ query }, access) => {
    if (query.length > queryCharsMax)
      throw new MillraceError('uri_too_long', `The query has more than ${queryCharsMax} characters`)
    return access.byKey(parametersOf(query).get('k')?.[0])
  },
  decode(request) {
    if (request.method === 'HEAD') return nothing // asks what a GET would answer, and nobody has seen anything
    const parameters = parametersOf(request.query)
    const type = parameters.get('t')?.[0] ?? 'pixel'
    if (!isEventType(type))
      throw new MillraceError('invalid_event_type', `"t" names no event type: one has ${eventTypeRule}`)
    const event = withHeaders(dataOf(request, parameters), request)
    return eventsOfType(type, event, scanEvents(request.scanner, event, 'json'))
  },
  reply: () => image(200),
  refuse: ({ status, code, retryAfterSeconds }) =>
    image(status, {
      'x-millrace-error': code,
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    }),
}

type Parameters = ReadonlyMap<string, readonly string[]>

/** By name, all of each. @throws MillraceError `invalid_request`. */
function parametersOf(query: string): Parameters {
  const parameters = new Map<string, string[]>()
  for (const part of query.split('&')) {
    if (part === '') continue
    const at = part.indexOf('=')
    const name = textOf(at < 0 ? part : part.slice(0, at))
    const text = at < 0 ? '' : textOf(part.slice(at + 1))
    const others = parameters.get(name)
    if (others === undefined) parameters.set(name, [text])
    else others.push(text)
  }
  return parameters
}

function textOf(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '))
  } catch (cause) {
    throw new MillraceError('invalid_request', 'In the query a "%" has to be followed by the code of UTF-8 text', {
      cause,
    })
  }
}

/** One JSON object, proved to be one. */
function dataOf({ scanner }: IngestRequest, parameters: Parameters): Buffer {
  const names = [...parameters.keys()].filter((name) => !['k', 't', 'data', '_'].includes(name))
  const data = parameters.get('data')
  if (data === undefined) {
    const entries = names.map((name) => [name, parameters.get(name)!] as const)
    const members = entries.map(([name, texts]) => `${quoted(name)}:${quoted(texts.length === 1 ? texts[0]! : texts)}`)
    return Buffer.from(`{${members.join(',')}}`)
  }
  if (names.length > 0 || data.length > 1)
    throw new MillraceError('invalid_request', 'Beside "data" a pixel has only "k", "t" and "_"')
  if (!/^[A-Za-z0-9_-]+={0,2}$/.test(data[0]!))
    throw new MillraceError('invalid_request', '"data" has to be a JSON object in base64url')
  const json = Buffer.from(data[0]!, 'base64url')
  const { starts, ends } = scanEvents(scanner, json, 'json')
  if (starts.length !== 1 || json[starts[0]!] !== OPEN_BRACE || json.subarray(0, starts[0]).includes(OPEN_BRACKET))
    throw new MillraceError('not_an_object', '"data" has to be one JSON object')
  return json.subarray(starts[0], ends[0])
}

/** What the event says itself counts. */
function withHeaders(event: Buffer, { headers, input }: RequestHead & { input: InputSnapshot | undefined }): Buffer {
  const { keepReferer, keepUserAgent } = input?.settings ?? {}
  const own = membersOf(event, 0, event.length)
  const more = [
    ...(keepReferer ? [['referer', headers.referer] as const] : []),
    ...(keepUserAgent ? [['user_agent', headers['user-agent']] as const] : []),
  ].flatMap(([name, text]) => {
    const isSaid = text === undefined || own.some(({ key }) => key === name)
    return isSaid ? [] : [`${quoted(name)}:${quoted(text)}`]
  })
  if (more.length === 0) return event
  const separator = own.length === 0 ? '' : ','
  return Buffer.concat([event.subarray(0, -1), Buffer.from(separator + more.join(',')), Buffer.of(CLOSE_BRACE)])
}

function quoted(value: string | readonly string[]): string {
  return JSON.stringify(value)
}

function image(status: number, headers: HttpReply['headers'] = {}): HttpReply {
  return {
    status,
    headers: { 'content-type': 'image/gif', 'cache-control': 'no-store, private', ...headers },
    body: gif,
  }
}

const nothing: DecodedRequest = {
  types: [],
  starts: new Uint32Array(),
  ends: new Uint32Array(),
  payload: new Uint8Array(),
}

/** One transparent pixel. */
const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')
const queryCharsMax = 8 * 1024
const OPEN_BRACKET = 0x5b
