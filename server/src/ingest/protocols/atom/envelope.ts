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
import {
  BACKSLASH,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
} from '@millrace/json/tokens'
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

/** Those of an object whose `data` is a text and all else are scalars; undefined where the body is anything else, be it JSON or not. */
function readMembers(body: Buffer, texts: TextReader | null): Members | undefined {
  const start = startOfData(body)
  if (start === undefined) return undefined
  const found = texts === null ? unescaper.string(body, start) : texts.string(start)
  const scalars = found && scalarsAround(body, start, found.end)
  return scalars && { data: { bytes: found!.text, isText: true, isHeld: texts !== null }, scalars }
}

/** Where the text of the first `data` that has one begins. */
function startOfData(body: Buffer): number | undefined {
  let at = skipSpace(body, startOf(body))
  if (body[at] !== OPEN_BRACE) return undefined
  do {
    const key = skipSpace(body, at + 1)
    const keyEnd = scalarEnd(body, key)
    const colon = skipSpace(body, keyEnd)
    if (body[colon] !== COLON) return undefined
    const value = skipSpace(body, colon + 1)
    if (body[value] === QUOTE && isText(body, key, keyEnd, '"data"')) return value
    at = skipSpace(body, scalarEnd(body, value))
  } while (body[at] === COMMA)
  return undefined
}

function isText(body: Buffer, start: number, end: number, text: string): boolean {
  return end - start === text.length && body.toString('latin1', start, end) === text
}

/** The byte after the text, number or word at `start`, as if it were one; the body's end where it is very long. */
function scalarEnd(body: Buffer, start: number): number {
  const endMax = Math.min(body.length, start + scalarsBytesMax)
  let end = start
  if (body[start] === QUOTE) {
    do end += body[end] === BACKSLASH ? 2 : 1
    while (end < endMax && body[end] !== QUOTE)
    end++
  } else while (end < endMax && isOfWord[body[end]!]) end++
  return end < endMax ? end : body.length
}

/** The members of the object but for the text from `start` to `end`; undefined if one is no scalar, or `data` too. */
function scalarsAround(body: Buffer, start: number, end: number): Members['scalars'] | undefined {
  if (start + body.length - end > scalarsBytesMax) return undefined
  const behind = body.toString('utf8', end)
  if (behind.includes('"data"') || behind.includes('\\')) return undefined
  try {
    const members = JSON.parse(`${body.toString('utf8', startOf(body), start)}0${behind}`) as Members['scalars']
    return Object.values(members).some((value) => typeof value === 'object' && value !== null) ? undefined : members
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
    if (token.length === 0) return undefined
    return token[0] === OPEN_BRACE || token[0] === OPEN_BRACKET ? {} : JSON.parse(token.toString())
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

/** More than a stream's name of 128 characters takes, each written as two escapes, and all that is beside it and the events. */
const scalarsBytesMax = 4096

/** Whether a byte is part of a number, of `true`, `false` or `null`. */
const isOfWord = Array.from({ length: 256 }, (_, byte) => /[-+.\w]/.test(String.fromCharCode(byte)))

const notAnObject = new MillraceError('invalid_request', 'The envelope has to be a JSON object with "table" and "data"')
