/**
 * The intake, one request at a time: route, authenticate, limit, read, unpack, decode, stamp, append, reply.
 * It answers yes only when the log has the events durably, always answers, and holds a bounded amount of memory meanwhile.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { newId, newIdBase } from '@millrace/event/id'
import { limits } from '@millrace/event/limits'
import { JsonFault, type RecordScanner } from '@millrace/json/records'
import { openScanner } from '@millrace/json/scanner'
import { encodeBatch } from '../batch.ts'
import { MillraceError } from '../errors.ts'
import type { InputDirectory, InputSnapshot } from '../inputs.ts'
import type { Logger } from '../telemetry.ts'
import { openAccess, unauthenticated } from './access.ts'
import { ClientGone, declaredLength, readBody, tooLarge } from './body.ts'
import { openBudget } from './budget.ts'
import type { Clock } from './clock.ts'
import { encodingOf, openUnpacker } from './encoding.ts'
import { type IdPlace, openAllEventIds } from './event-ids/all-event-ids.ts'
import type { Admission, IdBounds } from './event-ids/event-ids.ts'
import { openIdempotency, type RecentTag } from './idempotency.ts'
import { checkOrigin, corsHeaders, isForPages, isPreflight, preflightReply } from './origins.ts'
import type { StoredCounts } from './outcome-window.ts'
import type { Bucket, DecodedEvents, DecodedRequest, HttpReply, Outcome, Protocol, RequestHead } from './protocol.ts'
import { openRateLimits } from './rate-limits.ts'
import { type Candidate, openRouter, type RouteMatch } from './router.ts'
import { requestFaultOf } from './scan.ts'
import { sendRefusal, sendReply } from './send.ts'

export interface IngestParts {
  /** By their names in the catalog, which are the types of their inputs. */
  readonly protocols: Readonly<Record<string, Protocol>>
  readonly inputs: InputDirectory
  /** Resolves to the offset of its first event once the record is durable in the log of the workspace. */
  append(workspace: string, record: IngestRecord): Promise<bigint>
  /** Finds a bucket of an input, or makes it, durably. */
  findBucket(input: InputSnapshot, bucket: Bucket): Promise<FoundBucket>
  /** Workspaces that take events already. */
  readonly workspaces: readonly string[]
  /** What the ids of a workspace's events are remembered by. */
  idPlace(workspace: string): IdPlace
  readonly idBounds: IdBounds
  /** Tags of all logs, appended at or after `since` (ms since 1970 UTC), of each log oldest first. */
  recentTags(since: number): AsyncIterable<RecentTag>
  readonly clock: Clock
  readonly logger: Logger
  readonly counters: IngestCounters
  /** Bytes of bodies that are being read or stored at one time. */
  readonly bytesInFlightMax?: number
}

export interface FoundBucket {
  /** Of the events that are its values. */
  readonly eventType: string
  readonly isNew: boolean
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
   * Answers a request of node:http; false, untouched, where it is not the intake's. Reads nothing of the body before length and,
   * where the head tells it, key are found good.
   */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** Stores events that came by another way than a request. @throws MillraceError Nothing is stored. */
  store(input: InputSnapshot, events: DecodedRequest): Promise<Outcome>
  /** Bytes of bodies under way. */
  readonly bytesInFlight: number
  /** Writes down what it has to remember. When nothing is under way any more. */
  close(): Promise<void>
}

const defaultBytesInFlightMax = 256 * 1024 * 1024
const unpackersMax = 8
const nothingStored: Outcome = { accepted: 0, restreamed: 0, duplicates: 0, faults: [], isNewBucket: false }

/** Opens the intake; reads from the log which idempotency keys it knows. */
export async function openIngest(parts: IngestParts): Promise<Ingest> {
  const { protocols, inputs, append, findBucket, recentTags, clock, logger, counters } = parts
  const findRoute = openRouter(protocols)
  const accessOf = openAccess(protocols, inputs, clock)
  const scannerOf = openScanners()
  const budget = openBudget(parts.bytesInFlightMax ?? defaultBytesInFlightMax)
  const unpacker = openUnpacker({ bytesMax: limits.requestBytesMax, concurrentMax: unpackersMax })
  const idempotency = await openIdempotency(recentTags, clock)
  const eventIds = await openAllEventIds({
    workspaces: parts.workspaces,
    place: (workspace) => parts.idPlace(workspace),
    bounds: parts.idBounds,
    clock,
    logger,
  })
  const rates = openRateLimits(clock.elapsed)

  /** @throws MillraceError, JsonFault, ClientGone: nothing is stored. */
  async function take({ type, protocol }: Candidate, head: RequestHead, request: IncomingMessage): Promise<HttpReply> {
    const access = accessOf(type)
    const known = protocol.authenticate(head, access)
    if (known && protocol.isForPages) checkOrigin(head, known)
    protocol.admit?.(head, known)
    const encoding = encodingOf(head.headers['content-encoding'])
    const idempotencyKey = idempotencyKeyOf(head.headers)
    const length = declaredLength(request) ?? 0
    if (length > limits.requestBytesMax) throw tooLarge(limits.requestBytesMax)
    const reservation = budget.reserve(length)
    try {
      const sent = await readBody(request, limits.requestBytesMax, reservation)
      protocol.verify?.({ ...head, sent }, access, known)
      const body = await unpacker.unpack(sent, encoding)
      reservation.grow(body.length)
      const scanner = scannerOf(protocol.requestEventsMax)
      const decoded = protocol.decode({ ...head, body, scanner, access, input: known })
      const input = known ?? decoded.input
      if (!known && input && protocol.isForPages) checkOrigin(head, input)
      const rate = input && rates.take(input, { events: decoded.starts.length, bytes: body.length })
      const outcome = await storeDecoded(input, decoded, decoded.idempotencyKey ?? idempotencyKey)
      const reply = decoded.reply?.(outcome) ?? protocol.reply(outcome)
      return { ...reply, headers: { ...reply.headers, ...rate } }
    } finally {
      reservation.release()
    }
  }

  async function storeDecoded(
    input: InputSnapshot | undefined,
    events: DecodedRequest,
    idempotencyKey: string | undefined,
  ): Promise<Outcome> {
    const hasNothing = events.starts.length === 0 && events.bucket === undefined
    if (hasNothing) return nothingStored
    if (input === undefined) throw unauthenticated()
    return store(input, events, idempotencyKey)
  }

  async function store(
    input: InputSnapshot,
    { input: _, reply: __, bucket, idempotencyKey: ___, ...decoded }: DecodedRequest,
    key: string | undefined,
  ): Promise<Outcome> {
    const found = bucket === undefined ? undefined : await findBucket(input, bucket)
    const isNewBucket = found?.isNew ?? false
    if (decoded.starts.length === 0) return { ...nothingStored, isNewBucket }
    const brought = found === undefined ? decoded : { ...decoded, types: [found.eventType] }
    const admission = await eventIds.admit(input.workspace, input.id, brought)
    try {
      const { stored, ...outcome } = await storeAdmitted(input, admission, key)
      if (!stored) admission.forget()
      return { ...outcome, isNewBucket }
    } catch (error) {
      admission.forget()
      throw error
    }
  }

  async function storeAdmitted(
    input: InputSnapshot,
    { events, duplicates, faults, stored }: Admission,
    key: string | undefined,
  ): Promise<Omit<Outcome, 'isNewBucket'> & { stored: boolean }> {
    const restreamed = events.faults?.length ?? 0
    const counts = { accepted: events.starts.length - restreamed, restreamed }
    const append = async (tag?: Uint8Array) => stored(await appendEvents(input, events, counts, tag))
    if (events.starts.length === 0) {
      stored(0n)
      return { ...counts, duplicates, faults, stored: true }
    }
    if (key === undefined) {
      await append()
      return { ...counts, duplicates, faults, stored: true }
    }
    const once = await idempotency.once(input.id, { key, content: events.payload, counts }, append)
    const { isRepeat, accepted } = once
    if (isRepeat) return { accepted, restreamed: once.restreamed, duplicates: 0, faults: [], stored: false }
    return { ...counts, duplicates, faults, stored: true }
  }

  /** Returns the log's next offset. */
  async function appendEvents(
    { id, label, type, workspace }: InputSnapshot,
    events: DecodedEvents,
    { accepted, restreamed }: StoredCounts,
    tag: Uint8Array | undefined,
  ): Promise<bigint> {
    const receivedAt = clock.now()
    const count = events.starts.length
    const batch = { input: { id, label, type }, receivedAt, idBase: newIdBase(receivedAt), ...events }
    const offset = await append(workspace, { count, body: encodeBatch(batch), ...(tag === undefined ? {} : { tag }) })
    const bytes = events.payload.length
    counters.ingested({ workspace, input: label, events: accepted, unreadable: restreamed, bytes })
    logger.debug('events ingested', { workspace, input: label, eventCount: count, faultCount: restreamed, bytes })
    return offset + BigInt(count)
  }

  async function answer(
    match: RouteMatch,
    { candidate, head, speaker }: Meant,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const cors = head.headers.origin !== undefined && isForPages(speaker) ? corsHeaders : {}
    try {
      if (match.isMalformed) throw malformedPath()
      if (candidate === undefined) throw methodNotAllowed(match)
      const reply = await take(candidate, head, request)
      sendReply(response, { ...reply, headers: { ...reply.headers, ...cors } })
    } catch (error) {
      if (error instanceof ClientGone) return
      const refused = failureOf(error)
      const requestId = refused.status === 500 ? newId(clock.now()) : undefined
      if (requestId !== undefined) logger.error('intake failed', { requestId, path: match.path, error: error as Error })
      counters.refused(refused.code)
      const reply = speaker.protocol.refuse(refused, requestId)
      const allow = refused.code === 'method_not_allowed' ? { allow: [...match.candidates.keys()].join(', ') } : {}
      sendRefusal(request, response, { ...reply, headers: { ...reply.headers, ...allow, ...cors } })
    }
  }

  return {
    handle(request, response) {
      const match = findRoute(request.url ?? '/')
      const head = match && headOf(match, request)
      const preflight = head && isPreflight(head) ? preflightReply(match!, head) : undefined
      if (preflight !== undefined) {
        sendReply(response, preflight)
        return true
      }
      const meant = head && meantBy(match!, head)
      if (meant === undefined) return false
      void answer(match!, meant, request, response)
      return true
    },
    store: (input, events) => store(input, events, events.idempotencyKey),
    close: () => eventIds.close(),
    get bytesInFlight() {
      return budget.bytes
    },
  }
}

/** Who is asked. */
interface Meant {
  readonly head: RequestHead
  /** Undefined where nobody takes the method. */
  readonly candidate: Candidate | undefined
  /** In whose words a refusal is told. */
  readonly speaker: Candidate
}

function headOf({ path, params }: RouteMatch, { url = '/', method = '', headers }: IncomingMessage): RequestHead {
  const queryAt = url.indexOf('?')
  return { method, route: path, params, query: queryAt < 0 ? '' : url.slice(queryAt + 1), headers }
}

/** Undefined where all that share the path decline. */
function meantBy(match: RouteMatch, head: RequestHead): Meant | undefined {
  const sharers = match.candidates.get(head.method)
  if (sharers !== undefined) {
    const candidate = sharers.find(({ route }) => route.accepts?.(head) ?? true)
    return candidate && { head, candidate, speaker: candidate }
  }
  const all = [...match.candidates.values()].flat()
  if (all.every(({ route }) => route.accepts !== undefined)) return undefined
  return { head, candidate: undefined, speaker: all[0]! }
}

/** A scanner for each limit on the events of a request. */
function openScanners(): (requestEventsMax: number | undefined) => RecordScanner {
  const scanners = new Map<number, RecordScanner>()
  return (requestEventsMax = limits.requestEventsMax) => {
    const known = scanners.get(requestEventsMax)
    if (known !== undefined) return known
    const scanner = openScanner({ ...limits, requestEventsMax })
    scanners.set(requestEventsMax, scanner)
    return scanner
  }
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

function methodNotAllowed({ candidates }: RouteMatch): MillraceError {
  return new MillraceError('method_not_allowed', `This path takes ${[...candidates.keys()].join(' and ')} only`)
}

function failureOf(error: unknown): MillraceError {
  if (error instanceof MillraceError) return error
  if (error instanceof JsonFault) return requestFaultOf(error)
  return new MillraceError('internal', 'Something went wrong on our side; the log of the server says more', {
    cause: error,
  })
}
