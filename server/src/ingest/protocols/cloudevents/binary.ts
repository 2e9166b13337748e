/**
 * Binary mode: the body is the data, the attributes are headers `ce-*` (HTTP protocol binding §3.1). It is written as the structured
 * event that says the same, and read as that.
 */
import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import { OPEN_BRACE, OPEN_BRACKET, skipSpace } from '@millrace/json/tokens'
import { MillraceError } from '../../../errors.ts'
import { wholeScanner } from '../../array-scan.ts'
import { mediaTypeOf } from '../../media-type.ts'

export function isBinary(headers: IncomingHttpHeaders): boolean {
  return headers['ce-specversion'] !== undefined || headers['ce-id'] !== undefined
}

/** @throws MillraceError, JsonFault The data is not what its Content-Type says. */
export function structuredOf(headers: IncomingHttpHeaders, body: Buffer): Buffer {
  const attributes = Object.entries(headers).flatMap(([header, value]) => {
    const name = /^ce-(.+)$/.exec(header)?.[1]
    return name === undefined || isData(name) ? [] : [member(name, textOf(String(value)))]
  })
  const contentType = headers['content-type']
  const type = contentType === undefined ? [] : [member('datacontenttype', contentType)]
  const inside = [...attributes, ...type, ...dataOf(mediaTypeOf(contentType), body)]
  return Buffer.concat([
    Buffer.from('{'),
    ...inside.flatMap((piece, index) => (index === 0 ? piece : [comma, piece])),
    Buffer.from('}'),
  ])
}

function member(name: string, value: string): Buffer {
  return Buffer.from(`${JSON.stringify(name)}:${JSON.stringify(value)}`)
}

function isData(name: string): boolean {
  return name === 'data' || name === 'data_base64' || name === 'datacontenttype'
}

function dataOf(mediaType: string, body: Buffer): Buffer[] {
  if (body.length === 0) return []
  if (mediaType === '' || isJson(mediaType)) {
    checkJson(body)
    return [Buffer.concat([Buffer.from('"data":'), body])]
  }
  return [isUtf8(body) ? member('data', body.toString()) : member('data_base64', body.toString('base64'))]
}

export function isJson(mediaType: string): boolean {
  return /^[^/]+\/(?:[^/]+\+)?json$/.test(mediaType)
}

/** One value and nothing behind it, since other bytes are to follow. */
function checkJson(body: Buffer): void {
  const first = body[skipSpace(body, 0)]
  if (first === OPEN_BRACE || first === OPEN_BRACKET) {
    wholeScanner.scan(body, 'json')
    return
  }
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body))
  } catch (cause) {
    throw new MillraceError('invalid_json', 'The data is not the JSON that its Content-Type says', { cause })
  }
}

/** §3.1.3.2: perhaps in quotes, and what is no printable ASCII in percent-encoding. */
function textOf(header: string): string {
  const bare = /^"(.*)"$/s.exec(header)?.[1]?.replace(/\\(.)/gs, '$1') ?? header
  return bare.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => Buffer.from(escapes.replaceAll('%', ''), 'hex').toString())
}

const comma = Buffer.from(',')
