/**
 * Initial State's HTTP protocol (its Python ISStreamer 2.0.0 and what is documented of others): values of series in buckets. A
 * client gives up what is answered 400 and sends everything else again, so 400 is only for what nobody could read.
 */
import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import { JsonFault } from '@millrace/json/records'
import { MillraceError } from '../../../errors.ts'
import { inputSettings } from '../../../inputs.ts'
import { bucketOf } from '../../bucket-names.ts'
import type { DecodedRequest, HttpReply, IngestRequest, Protocol, RequestHead } from '../../protocol.ts'
import { type PythonEvents, scanPythonEvents } from '../../python-json.ts'
import { scanBrokenArray } from './broken-array.ts'
import { readRows } from './rows.ts'

const bucketsPath = '/api/buckets'
const eventsPath = '/api/events'
const versionsPath = '/api/versions'

export const initialState: Protocol = {
  title: 'Initial State',
  settings: inputSettings({}),
  keys: 'named',
  credentials: (_, key) => ({ accessKey: key }),
  routes: [
    { methods: ['POST'], path: bucketsPath },
    { methods: ['POST'], path: eventsPath },
    { methods: ['GET'], path: versionsPath },
  ],
  requestEventsMax: 50_000,
  authenticate: ({ route, headers }, access) =>
    route === versionsPath ? undefined : access.byKey(accessKeyOf(headers)),
  admit({ route, headers }) {
    if (Number(headers['content-length'] ?? 0) > bodyBytesMax) throw tooLarge()
    if (route === eventsPath) bucketOf(bucketKeyOf(headers))
  },
  decode(request) {
    if (request.route === versionsPath) return { ...nothing, reply: () => jsonReply(200, ['0.0.4']) }
    if (request.body.length > bodyBytesMax) throw tooLarge()
    return request.route === bucketsPath ? decodeBucket(request) : decodeEvents(request)
  },
  reply: () => noContent,
  refuse({ code, status, message, retryAfterSeconds = 1 }) {
    const wait = status === 429 || status === 503 ? { 'retry-after': String(Math.ceil(retryAfterSeconds)) } : {}
    return jsonReply(status, { message: { error: { type: code.toUpperCase(), message } } }, wait)
  },
}

function decodeBucket({ body, headers }: IngestRequest): DecodedRequest {
  const { bucketKey = bucketKeyOf(headers), bucketName } = objectOf(body)
  const bucket = bucketOf(bucketKey, bucketName)
  return { ...nothing, bucket, reply: ({ isNewBucket }) => (isNewBucket ? jsonReply(201, { bucketKey }) : noContent) }
}

function decodeEvents({ body, headers, scanner, access }: IngestRequest): DecodedRequest {
  const found = scanEvents(scanner, body)
  if (found.starts.length === 0) return nothing
  return { types: [''], ...readRows(found, access.now), bucket: bucketOf(bucketKeyOf(headers)) }
}

/** @throws MillraceError, JsonFault Nothing of it can be read. */
function scanEvents(scanner: IngestRequest['scanner'], body: Buffer): PythonEvents {
  try {
    return scanPythonEvents(scanner, body, 'json')
  } catch (error) {
    if (error instanceof JsonFault) return scanBrokenArray(scanner, body, error)
    throw error
  }
}

/** @throws MillraceError `invalid_json`, `not_an_object`. */
function objectOf(body: Buffer): Readonly<Partial<Record<string, unknown>>> {
  let value: unknown
  try {
    value = JSON.parse(body.toString())
  } catch (cause) {
    throw new MillraceError('invalid_json', 'The body is no JSON', { cause })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new MillraceError('not_an_object', 'The body has to be an object with "bucketKey" and "bucketName"')
}

/** Under its name of today or its older one. */
function accessKeyOf(headers: IncomingHttpHeaders): string | undefined {
  return headerOf(headers, 'x-is-accesskey') ?? headerOf(headers, 'x-is-clientkey')
}

/** Texts in headers are Latin-1 by the book and UTF-8 of many clients. */
function bucketKeyOf(headers: RequestHead['headers']): string | undefined {
  const key = headerOf(headers, 'x-is-bucketkey')
  if (key === undefined) return undefined
  const bytes = Buffer.from(key, 'latin1')
  return isUtf8(bytes) ? bytes.toString() : key
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

function tooLarge(): MillraceError {
  return new MillraceError('request_too_large', `The body has more than ${bodyBytesMax} bytes`)
}

function jsonReply(status: number, body: object, headers: HttpReply['headers'] = {}): HttpReply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

const bodyBytesMax = 1024 * 1024
const noContent: HttpReply = { status: 204, headers: {}, body: '' }
const nothing = { types: [], starts: new Uint32Array(), ends: new Uint32Array(), payload: Buffer.alloc(0) }
