/**
 * The intake, one request at a time: route, authenticate, limit, read, unpack, decode, stamp, append, reply.
 * It answers yes only when the log has the events durably, always answers, and holds a bounded amount of memory meanwhile.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { newId, newIdBase } from '@millrace/event/id'
import { limits } from '@millrace/event/limits'
import { JsonFault } from '@millrace/json/records'
import { openScanner } from '@millrace/json/scanner'
import { encodeBatch } from '../batch.ts'
import { MillraceError } from '../errors.ts'
import type { FindInput, InputSnapshot } from '../inputs.ts'
import type { Logger } from '../telemetry.ts'
import { ClientGone, declaredLength, readBody, tooLarge } from './body.ts'
import { openBudget } from './budget.ts'
import type { Clock } from './clock.ts'
import { encodingOf, openUnpacker } from './encoding.ts'
import { openIdempotency, type RecentTag } from './idempotency.ts'
import type { DecodedEvents, HttpReply, Outcome, Protocol, RequestHead } from './protocol.ts'
import { openRouter, type RouteMatch } from './router.ts'
import { requestFaultOf } from './scan.ts'
import { sendRefusal, sendReply } from './send.ts'

export interface IngestParts {
  readonly protocols: readonly Protocol[]
  readonly findInput: FindInput
  /** Resolves once the record is durable in the log of the workspace. */
  append(workspace: string, record: IngestRecord): Promise<unknown>
  /** Tags of all logs, appended at or after `since` (ms since 1970 UTC), of each log oldest first. */
  recentTags(since: number): AsyncIterable<RecentTag>
  readonly clock: Clock
  readonly logger: Logger
  readonly counters: IngestCounters
  /** Bytes of bodies that are being read or stored at one time. */
  readonly bytesInFlightMax?: number
}

export interface IngestRecord {
  readonly count: number
  readonly body: Uint8Array[]
  readonly tag?: Uint8Array
}

export interface IngestCounters {
  /** A request's events are in the log: `events` good ones and `unreadable` ones. `bytes` after decompression. */
  ingested(request: { workspace: string; input: string; events: number; unreadable: number; bytes: number }): void
  /** A request was refused whole, for a reason of `errors.ts`. */
  refused(code: string): void
}

export interface Ingest {
  /**
   * Answers a request of node:http; false, untouched, where its path is not the intake's. Reads nothing of the body before key and
   * length are found good.
   */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** Bytes of bodies under way. */
  readonly bytesInFlight: number
}

const defaultBytesInFlightMax = 256 * 1024 * 1024
const unpackersMax = 8

/** Opens the intake; reads from the log which idempotency keys it knows. */
export async function openIngest(parts: IngestParts): Promise<Ingest> {
  const { protocols, findInput, append, recentTags, clock, logger, counters } = parts
  const findRoute = openRouter(protocols)
  const scanner = openScanner(limits)
  const budget = openBudget(parts.bytesInFlightMax ?? defaultBytesInFlightMax)
  const unpacker = openUnpacker({ bytesMax: limits.requestBytesMax, concurrentMax: unpackersMax })
  const idempotency = await openIdempotency(recentTags, clock)

  /** @throws MillraceError, JsonFault, ClientGone: nothing is stored. */
  async function take(protocol: Protocol, head: RequestHead, request: IncomingMessage): Promise<HttpReply> {
    const input = authenticate(findInput, protocol.key(head))
    protocol.admit(head)
    const encoding = encodingOf(head.headers['content-encoding'])
    const idempotencyKey = idempotencyKeyOf(head.headers)
    const length = declaredLength(request) ?? 0
    if (length > limits.requestBytesMax) throw tooLarge(limits.requestBytesMax)
    const reservation = budget.reserve(length)
    try {
      const raw = await readBody(request, limits.requestBytesMax, reservation)
      const body = await unpacker.unpack(raw, encoding)
      reservation.grow(body.length)
      const events = protocol.decode({ ...head, body, scanner })
      return protocol.reply(await store(input, events, idempotencyKey))
    } finally {
      reservation.release()
    }
  }

  async function store(input: InputSnapshot, events: DecodedEvents, key: string | undefined): Promise<Outcome> {
    const count = events.starts.length
    const faults = events.faults ?? []
    const counts = { accepted: count - faults.length, restreamed: faults.length }
    if (count === 0) return { ...counts, faults }
    const appendEvents = async (tag?: Uint8Array) => {
      const { id, label, type, workspace } = input
      const receivedAt = clock.now()
      const batch = { input: { id, label, type }, receivedAt, idBase: newIdBase(receivedAt), ...events }
      await append(workspace, { count, body: encodeBatch(batch), ...(tag === undefined ? {} : { tag }) })
      const bytes = events.payload.length
      counters.ingested({ workspace, input: label, events: counts.accepted, unreadable: counts.restreamed, bytes })
      logger.debug('events ingested', { workspace, input: label, eventCount: count, faultCount: faults.length, bytes })
    }
    if (key === undefined) {
      await appendEvents()
      return { ...counts, faults }
    }
    const { isRepeat, accepted, restreamed } = await idempotency.once(input.id, key, counts, appendEvents)
    return { accepted, restreamed, faults: isRepeat ? [] : faults }
  }

  async function answer(match: RouteMatch, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const protocol = match.protocols.get(request.method ?? '')
    try {
      if (match.isMalformed) throw malformedPath()
      if (protocol === undefined) throw methodNotAllowed(match)
      sendReply(response, await take(protocol, { params: match.params, headers: request.headers }, request))
    } catch (error) {
      if (error instanceof ClientGone) return
      const refused = failureOf(error)
      const requestId = refused.status === 500 ? newId(clock.now()) : undefined
      if (requestId !== undefined) logger.error('intake failed', { requestId, path: match.path, error: error as Error })
      counters.refused(refused.code)
      const speaker = protocol ?? match.protocols.values().next().value!
      const reply = speaker.refuse(refused, requestId)
      const allow = refused.code === 'method_not_allowed' ? { allow: [...match.protocols.keys()].join(', ') } : {}
      sendRefusal(request, response, { ...reply, headers: { ...reply.headers, ...allow } })
    }
  }

  return {
    handle(request, response) {
      const match = findRoute(request.url ?? '/')
      if (match === undefined) return false
      void answer(match, request, response)
      return true
    },
    get bytesInFlight() {
      return budget.bytes
    },
  }
}

/** Every key that lets nothing in, and none at all, get one answer. */
function authenticate(findInput: FindInput, key: string | undefined): InputSnapshot {
  const input = key === undefined ? undefined : findInput(key)
  if (input !== undefined) return input
  throw new MillraceError('unauthenticated', 'The request has no key of an input that takes events', {
    hint: 'Send the key of an enabled input, as "Authorization: Bearer <key>" where the protocol has no place of its own.',
  })
}

function idempotencyKeyOf(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key === 'string' && key.length >= 1 && key.length <= limits.idempotencyKeyCharsMax) return key
  throw new MillraceError(
    'invalid_request',
    `An Idempotency-Key has 1 to ${limits.idempotencyKeyCharsMax} characters, and a request has one of them`,
  )
}

function malformedPath(): MillraceError {
  return new MillraceError(
    'invalid_request',
    'The path is malformed: a "%" has to be followed by the code of UTF-8 text',
  )
}

function methodNotAllowed({ protocols }: RouteMatch): MillraceError {
  return new MillraceError('method_not_allowed', `This path takes ${[...protocols.keys()].join(' and ')} only`)
}

function failureOf(error: unknown): MillraceError {
  if (error instanceof MillraceError) return error
  if (error instanceof JsonFault) return requestFaultOf(error)
  return new MillraceError('internal', 'Something went wrong on our side; the log of the server says more', {
    cause: error,
  })
}
