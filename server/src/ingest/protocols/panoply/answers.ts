/** SQS's answers in XML (API version 2012-11-05), for clients that read them; the SDK looks at the status only. */
import { createHash, hash } from 'node:crypto'
import type { ErrorCode, MillraceError } from '../../../errors.ts'
import type { HttpReply } from '../../protocol.ts'
import type { Attribute, SendMessage } from './form.ts'

/** Computed before the message is read, which changes it. */
export function receiptOf(message: Uint8Array, attributes: SendMessage['attributes']): HttpReply {
  const md5 = hash('md5', message)
  const ofAttributes = attributes.size > 0 ? element('MD5OfMessageAttributes', md5OfAttributes(attributes)) : ''
  return success(element('MD5OfMessageBody', md5) + ofAttributes, idOf(md5))
}

/** The same for who does not compare digests, which cost as much as all the rest. */
export function plainReceiptOf(message: Uint8Array): HttpReply {
  return success('', idOf(hash('md5', message.subarray(0, namedBytes))))
}

export function refusalOf({ code, status, message, retryAfterSeconds }: MillraceError, requestId: string): HttpReply {
  const [ownStatus, name] = errors[code] ?? [status, status < 500 ? 'InvalidParameterValue' : 'InternalFailure']
  const error =
    element('Type', ownStatus < 500 ? 'Sender' : 'Receiver') + element('Code', name) + element('Message', message)
  const wait = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
  const body = `<ErrorResponse xmlns="${namespace}"><Error>${error}</Error>${element('RequestId', requestId)}</ErrorResponse>`
  return reply(ownStatus, body, wait)
}

/** Status and code where they are not those that others of the same kind have. */
const errors: Partial<Record<ErrorCode, readonly [status: number, name: string]>> = {
  unauthenticated: [403, 'InvalidClientTokenId'],
  forbidden: [403, 'InvalidClientTokenId'],
  not_found: [400, 'AWS.SimpleQueueService.NonExistentQueue'],
  workspace_quota_exceeded: [402, 'OverLimit'],
  too_many_requests: [429, 'RequestThrottled'],
  overloaded: [503, 'ServiceUnavailable'],
  storage_full: [503, 'ServiceUnavailable'],
  log_stopped: [503, 'ServiceUnavailable'],
}

/** As SQS's documentation says: sorted by name; name, type and value with their lengths before them, a text after the byte 1. */
function md5OfAttributes(attributes: ReadonlyMap<string, Attribute>): string {
  const md5 = createHash('md5')
  const add = (text: string) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(Buffer.byteLength(text))
    md5.update(length).update(text)
  }
  for (const [name, { dataType, text }] of [...attributes].sort(([left], [right]) => (left < right ? -1 : 1))) {
    add(name)
    add(dataType)
    md5.update(Buffer.of(1))
    add(text)
  }
  return md5.digest('hex')
}

function idOf(hex: string): string {
  const part = (start: number, end: number) => hex.slice(start, end)
  return `${part(0, 8)}-${part(8, 12)}-${part(12, 16)}-${part(16, 20)}-${part(20, 32)}`
}

function element(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']|\p{Cc}/gu, (char) => entities[char] ?? '\ufffd')
}

function success(digests: string, id: string): HttpReply {
  const result = `<SendMessageResult>${digests}<MessageId>${id}</MessageId></SendMessageResult>`
  const metadata = `<ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata>`
  return reply(200, `<SendMessageResponse xmlns="${namespace}">${result}${metadata}</SendMessageResponse>`)
}

function reply(status: number, body: string, headers: HttpReply['headers'] = {}): HttpReply {
  return { status, headers: { 'content-type': 'text/xml', ...headers }, body }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}
/** So much of a message names it, for want of a digest. */
const namedBytes = 512
const namespace = 'http://queue.amazonaws.com/doc/2012-11-05/'
