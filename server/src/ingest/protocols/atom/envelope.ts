/**
 * The envelope of a request, `{"table", "data", "auth", "bulk"}`: nearly all of it is one text in `data`, which is unescaped by its
 * bytes and never made a string. Its signature is over exactly that text; where `data` is an array itself, over the array as it is written.
 */
import { isUtf8 } from 'node:buffer'
import { limits } from '@millrace/event/limits'
import { openMemberFinder } from '@millrace/json/members'
import { openScanner } from '@millrace/json/scanner'
import type { TextReader } from '@millrace/json/text-reader'
import { openTextReader } from '@millrace/json/texts'
import { skipSpace } from '@millrace/json/tokens'
import { openUnescaper } from '@millrace/json/unescape'
import { MillraceError } from '../../../errors.ts'
import type { IngestRequest } from '../../protocol.ts'

export const bulkEventsMax = 10_000

/** Null where this machine has none: to do without it. */
export const textReader = openTextReader({ ...limits, requestEventsMax: bulkEventsMax })

export interface Envelope {
  readonly table: string
  /** UTF-8. */
  readonly data: Uint8Array
  /** `data` came as a text, or else as an array. */
  readonly isText: boolean
  /**
   * The reader of texts holds `data` as the text that it read last, with room before it: it is to be used, or copied, before another
   * envelope is read.
   */
  readonly isHeld: boolean
  /** Undefined where the request is not signed. */
  readonly auth: string | undefined
  readonly isBulk: boolean
}

/** May change the body. @throws MillraceError, JsonFault It is none. */
export function readEnvelope(request: Pick<IngestRequest, 'body' | 'pieces'>, texts = textReader): Envelope {
  const body = texts === null ? request.body : bufferOf(texts.hold(request.pieces))
  if (!isUtf8(body)) throw new MillraceError('invalid_utf8', 'The body is not UTF-8')
  const { data, scalars } = readMembers(body, texts) ?? findMembers(texts === null ? body : Buffer.from(body))
  const { table, auth, bulk } = scalars
  if (typeof table !== 'string' || table === '') throw invalid('table', 'names the stream: a text that is not empty')
  if (data === undefined || data.bytes.length === 0) throw invalid('data', 'holds the events: a text that is not empty')
  const { bytes, isText, isHeld = false } = data
  return { table, data: bytes, isText, isHeld, auth: signatureOf(auth), isBulk: bulk === true }
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

export function invalid(field: string, message: string): MillraceError {
  return new MillraceError('invalid_request', `"${field}" ${message}`, { fields: [{ field, message }] })
}

interface Members {
  readonly data: { readonly bytes: Uint8Array; readonly isText: boolean; readonly isHeld?: boolean } | undefined
  readonly scalars: Readonly<Partial<Record<string, unknown>>>
}

/** Those of an object of texts and other scalars; undefined where the body is anything else, be it JSON or not. */
function readMembers(body: Buffer, texts: TextReader | null): Members | undefined {
  const scalars: Record<string, unknown> = Object.create(null)
  let data: Members['data']
  let at = skipSpace(body, startOf(body))
  if (body[at] !== OPEN_BRACE) return undefined
  do {
    const key = readScalar(body, skipSpace(body, at + 1))
    if (typeof key?.value !== 'string') return undefined
    const colon = skipSpace(body, key.end)
    if (body[colon] !== COLON) return undefined
    const start = skipSpace(body, colon + 1)
    if (key.value === 'data' && body[start] === QUOTE) {
      const found = texts === null ? unescaper.string(body, start) : texts.string(start)
      if (found === undefined) return undefined
      data = { bytes: found.text, isText: true, isHeld: texts !== null }
      at = skipSpace(body, found.end)
    } else {
      const found = readScalar(body, start)
      if (found === undefined) return undefined
      if (key.value === 'data') data = undefined
      scalars[key.value] = found.value
      at = skipSpace(body, found.end)
    }
  } while (body[at] === COMMA)
  return body[at] === CLOSE_BRACE && skipSpace(body, at + 1) === body.length ? { data, scalars } : undefined
}

function readScalar(body: Buffer, start: number): { value: unknown; end: number } | undefined {
  const isScalarByte = body[start] === QUOTE ? undefined : /[-+.\w]/
  const endMax = Math.min(body.length, start + tokenBytesMax)
  let end = start
  if (isScalarByte === undefined) {
    do end += body[end] === BACKSLASH ? 2 : 1
    while (end < endMax && body[end] !== QUOTE)
    end++
  } else while (end < endMax && isScalarByte.test(String.fromCharCode(body[end]!))) end++
  try {
    return { value: JSON.parse(body.toString('utf8', start, end)), end }
  } catch {
    return undefined
  }
}

/** Those of any object, or the reason why the body is none. */
function findMembers(body: Buffer): Members {
  const { starts, ends, faults } = scanner.scan(body, 'json')
  if (starts.length !== 1 || body[skipSpace(body, startOf(body))] !== OPEN_BRACE) throw notAnObject
  if (faults[0] !== undefined)
    throw new MillraceError('invalid_request', `The envelope cannot be read: ${faults[0].message}`)
  const places = finder.find(body, starts, ends)
  const tokenOf = (member: number) => body.subarray(places[2 * member], places[2 * member + 1])
  const scalarOf = (member: number) => {
    const token = tokenOf(member)
    const isScalar = token.length > 0 && token[0] !== OPEN_BRACE && token[0] !== OPEN_BRACKET
    return isScalar ? JSON.parse(token.toString()) : undefined
  }
  const [table, auth, bulk] = [TABLE, AUTH, BULK].map(scalarOf)
  return { data: dataOf(tokenOf(DATA)), scalars: { table, auth, bulk } }
}

function dataOf(token: Buffer): Members['data'] {
  if (token[0] === QUOTE) return { bytes: unescaper.string(token, 0)!.text, isText: true }
  if (token[0] !== OPEN_BRACKET) return undefined
  return { bytes: token[skipSpace(token, 1)] === CLOSE_BRACKET ? token.subarray(0, 0) : token, isText: false }
}

/** What is no text signs nothing: null as if it were not there, anything else as a wrong signature. */
function signatureOf(auth: unknown): string | undefined {
  if (auth === undefined || auth === null || auth === '') return undefined
  return typeof auth === 'string' ? auth : 'none'
}

function startOf(body: Buffer): number {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0
}

const unescaper = openUnescaper()
const finder = openMemberFinder(['table', 'data', 'auth', 'bulk'])
const [TABLE, DATA, AUTH, BULK] = [0, 1, 2, 3]

/** Of an envelope: around the events are an object and an array more. */
const scanner = openScanner({
  ...limits,
  eventBytesMax: limits.requestBytesMax,
  depthMax: limits.depthMax + 2,
  requestEventsMax: 1,
})

/** A stream's name of 128 characters, each written as two escapes, and its quotes; all other texts are shorter. */
const tokenBytesMax = 128 * 12 + 2

const notAnObject = new MillraceError('invalid_request', 'The envelope has to be a JSON object with "table" and "data"')

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
