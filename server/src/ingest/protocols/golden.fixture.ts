/**
 * Golden files of a protocol, `<operation>.json`: requests as clients send them, what is read from them and what is answered.
 * `UPDATE_GOLDEN=1` writes all but the requests anew.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { limits } from '@millrace/event/limits'
import { JsonFault } from '@millrace/json/records'
import { openScanner } from '@millrace/json/scanner'
import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../errors.ts'
import type { SigningKey } from '../../inputs.ts'
import type { HttpReply, Protocol, RequestHead } from '../protocol.ts'
import { openRouter } from '../router.ts'
import { requestFaultOf } from '../scan.ts'
import { accessTo, eventsOf, type ReadEvent, requestOf } from './request.fixture.ts'

export interface WireRequest {
  readonly method: string
  readonly url: string
  /** Names in lower case. */
  readonly headers?: IncomingHttpHeaders
  readonly body?: string
}

export interface WireOutcome {
  /** Id of the input whose events they are. */
  readonly input?: string | undefined
  readonly idempotencyKey?: string | undefined
  readonly bucket?: object | undefined
  readonly events?: readonly ReadEvent[]
  readonly notes?: readonly object[] | undefined
  readonly reply: { status: number; headers: object; body: unknown }
}

interface GoldenCase extends WireOutcome {
  readonly case: string
  readonly request: WireRequest
}

/** A test for each case of each file; every file of the folder is named for an operation of the contract. */
export function testGolden(folder: string, protocol: Protocol, keys: readonly SigningKey[]): void {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  describe.each(files)('%s', (name) => {
    const path = join(folder, name)
    const cases = JSON.parse(readFileSync(path, 'utf8')) as GoldenCase[]
    if (process.env['UPDATE_GOLDEN'] === '1') update(path, cases, protocol, keys)
    test.each(cases)('$case', ({ case: _, request, ...expected }) => {
      expect(plain(exchange(protocol, keys, request))).toEqual(expected)
    })
  })
}

/** What becomes of a request, as far as the protocol decides; `isNewBucket` where the request's bucket is a new one. */
export function exchange(
  protocol: Protocol,
  keys: readonly SigningKey[],
  { method, url, headers = {}, body = '' }: WireRequest,
  isNewBucket = false,
): WireOutcome {
  const match = openRouter({ it: protocol })(url)
  const query = url.split('?').slice(1).join('?')
  const head: RequestHead = { method, route: match?.path ?? '', params: match?.params ?? {}, query, headers }
  const isMeant = match?.candidates.get(method)?.some(({ route }) => route.accepts?.(head) ?? true)
  if (!isMeant) throw new Error(`${method} ${url} is not for ${protocol.title}`)
  try {
    const access = accessTo(keys)
    const input = protocol.authenticate(head, access)
    protocol.admit?.(head, input)
    const scanner = openScanner({ ...limits, requestEventsMax: protocol.requestEventsMax ?? limits.requestEventsMax })
    const decoded = protocol.decode({ ...requestOf(Buffer.from(body)), ...head, access, input, scanner })
    const { idempotencyKey, bucket, notes, faults = [], starts } = decoded
    const outcome = {
      accepted: starts.length - faults.length,
      restreamed: faults.length,
      duplicates: 0,
      faults,
      isNewBucket,
    }
    return {
      input: (input ?? decoded.input)?.id,
      idempotencyKey,
      bucket,
      events: eventsOf(decoded),
      notes,
      reply: shown(decoded.reply?.(outcome) ?? protocol.reply(outcome)),
    }
  } catch (error) {
    const failure = error instanceof JsonFault ? requestFaultOf(error) : error
    if (!(failure instanceof MillraceError)) throw error
    return { reply: shown(protocol.refuse(failure)) }
  }
}

function shown({ status, headers, body }: HttpReply) {
  const text = body.toString()
  return { status, headers, body: headers['content-type']?.endsWith('json') ? JSON.parse(text) : text }
}

function update(path: string, cases: GoldenCase[], protocol: Protocol, keys: readonly SigningKey[]): void {
  for (const [index, { case: name, request }] of cases.entries())
    cases[index] = { case: name, request, ...plain(exchange(protocol, keys, request)) }
  writeFileSync(path, `${JSON.stringify(cases, null, 2)}\n`)
}

/** As it is in a file. */
function plain(outcome: WireOutcome): WireOutcome {
  return JSON.parse(JSON.stringify(outcome))
}
