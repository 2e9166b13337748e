/**
 * The intake, one request at a time: route, authenticate, limit, read, unpack, decode, stamp, append, reply.
 * It answers yes only when the log has the events durably, always answers, and holds a bounded amount of memory meanwhile.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { newId } from '@millrace/event/id'
import { limits } from '@millrace/event/limits'
import { JsonFault, type RecordScanner } from '@millrace/json/records'
import { openScanner } from '@millrace/json/scanner'
import { MillraceError } from '../errors.ts'
import { release } from '../heap.ts'
import type { InputDirectory, InputSnapshot } from '../inputs.ts'
import { openAccess, unauthenticated } from './access.ts'
import { Body, ClientGone, declaredLength, readBody, tooLarge } from './body.ts'
import { openBudget } from './budget.ts'
import { encodingOf, openUnpacker } from './encoding.ts'
import { type IdPlace, openAllEventIds } from './event-ids/all-event-ids.ts'
import type { IdBounds } from './event-ids/event-ids.ts'
import { openIdempotency, type RecentTag } from './idempotency.ts'
import { type MonthlyUsage, openMonthlyUsage } from './monthly-usage.ts'
import { checkOrigin, corsHeaders, isForPages, isPreflight, preflightReply } from './origins.ts'
import type { DecodedRequest, HttpReply, Outcome, Protocol, RequestHead } from './protocol.ts'
import { openRateLimits, RateExceeded } from './rate-limits.ts'
import { ReadRequest } from './read-request.ts'
import { type Candidate, openRouter, type RouteMatch } from './router.ts'
import { requestFaultOf } from './scan.ts'
import { sendRefusal, sendReply } from './send.ts'
import { nothingStored, openStoring, type StoringParts } from './storing.ts'

export interface IngestParts extends Omit<StoringParts, 'idempotency' | 'eventIds' | 'usage'> {
  /** By their names in the catalog, which are the types of their inputs. */
  readonly protocols: Readonly<Record<string, Protocol>>
  readonly inputs: InputDirectory
  /** Workspaces that take events already. */
  readonly workspaces: readonly string[]
  /** What the ids of a workspace's events are remembered by. */
  idPlace(workspace: string): IdPlace
  readonly idBounds: IdBounds
  /** Tags of all logs, appended at or after `since` (ms since 1970 UTC), of each log oldest first. */
  recentTags(since: number): AsyncIterable<RecentTag>
  /** Bytes of bodies that are being read or stored at one time. */
  readonly bytesInFlightMax?: number
}

export interface Ingest {
  /**
   * Answers a request of node:http; false, untouched, where it is not the intake's. Reads nothing of the body before length and,
   * where the head tells it, key are found good.
   */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** Stores events that came by another way than a request. @throws MillraceError Nothing is stored. */
  store(input: InputSnapshot, events: DecodedRequest): Promise<Outcome>
  /** What a workspace took in this month. */
  readonly usage: Pick<MonthlyUsage, 'of' | 'add'>
  /** Bytes of bodies under way. */
  readonly bytesInFlight: number
  /** Writes down what it has to remember of a workspace that is about to be closed. Safe to repeat. */
  closeWorkspace(workspace: string): Promise<void>
  /** Writes down what it has to remember. When nothing is under way any more. */
  close(): Promise<void>
}

const defaultBytesInFlightMax = 256 * 1024 * 1024
const unpackersMax = 8

/** Opens the intake; reads from the log which idempotency keys it knows. */
export async function openIngest(parts: IngestParts): Promise<Ingest> {
  const { protocols, inputs, recentTags, clock, logger, counters } = parts
  const findRoute = openRouter(protocols)
  const accessOf = openAccess(protocols, inputs, clock)
  const scannerOf = openScanners()
  const budget = openBudget(parts.bytesInFlightMax ?? defaultBytesInFlightMax)
  const unpacker = openUnpacker({ concurrentMax: unpackersMax })
  const idempotency = await openIdempotency(recentTags, clock)
  const eventIds = await openAllEventIds({
    workspaces: parts.workspaces,
    place: (workspace) => parts.idPlace(workspace),
    bounds: parts.idBounds,
    clock,
    logger,
  })
  const usage = openMonthlyUsage({ place: parts.idPlace, clock, logger })
  const store = openStoring({ ...parts, idempotency, eventIds, usage })
  const rates = openRateLimits(clock.elapsed)

  /** @throws MillraceError, JsonFault, ClientGone: nothing is stored. */
  async function take(
    { type, protocol }: Candidate,
    head: RequestHead,
    request: IncomingMessage,
    onKnown: (input: InputSnapshot) => void,
  ): Promise<HttpReply> {
    const access = accessOf(type)
    const known = protocol.authenticate(head, access)
    if (known) onKnown(known)
    if (known && protocol.isForPages) checkOrigin(head, known)
    protocol.admit?.(head, known)
    const encoding = encodingOf(head.headers['content-encoding'])
    const idempotencyKey = idempotencyKeyOf(head.headers)
    const bytesMax = protocol.requestBytesMax ?? limits.requestBytesMax
    const length = declaredLength(request) ?? 0
    if (length > bytesMax) throw tooLarge(bytesMax)
    const reservation = budget.reserve(length)
    try {
      const sent = await readBody(request, bytesMax, reservation)
      protocol.verify?.({ ...head, sent: sent.whole }, access, known)
      const isPacked = encoding !== 'identity'
      const body = isPacked ? new Body([await unpacker.unpack(sent.whole, encoding, bytesMax)]) : sent
      reservation.grow(body.length)
      const scanner = scannerOf(protocol.requestEventsMax)
      const decoded = protocol.decode(new ReadRequest(head, body, { scanner, access, input: known }))
      const input = known ?? decoded.input
      if (input) onKnown(input)
      if (!known && input && protocol.isForPages) checkOrigin(head, input)
      const rate = input && rates.take(input, { events: decoded.starts.length, bytes: body.length })
      const outcome = await storeDecoded(input, decoded, idempotencyKey)
      const reply = decoded.reply?.(outcome) ?? protocol.reply(outcome)
      // It is in the log; where it is not, it may still be on its way.
      if (!sent.holds(decoded.payload) && !body.holds(decoded.payload)) release(decoded.payload)
      sent.release()
      body.release()
      return withHeaders(reply, rate)
    } finally {
      reservation.release()
    }
  }

  function storeDecoded(
    input: InputSnapshot | undefined,
    decoded: DecodedRequest,
    keyOfHead: string | undefined,
  ): Promise<Outcome> | Outcome {
    if (decoded.starts.length === 0 && decoded.bucket === undefined) return nothingStored
    if (input === undefined) throw unauthenticated()
    const isKeyedByHead = decoded.idempotencyKey === undefined && keyOfHead !== undefined
    return store(input, isKeyedByHead ? { ...decoded, idempotencyKey: keyOfHead } : decoded)
  }

  async function answer(
    match: RouteMatch,
    { candidate, head, speaker }: Meant,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const cors = head.headers.origin !== undefined && isForPages(speaker) ? corsHeaders : undefined
    let known: InputSnapshot | undefined
    try {
      if (match.isMalformed) throw malformedPath()
      if (candidate === undefined) throw methodNotAllowed(match)
      const reply = await take(candidate, head, request, (input) => {
        known = input
      })
      sendReply(response, withHeaders(reply, cors))
    } catch (error) {
      if (error instanceof ClientGone) return
      const refused = failureOf(error)
      const requestId = refused.status === 500 ? newId(clock.now()) : undefined
      if (requestId !== undefined) logger.error('intake failed', { requestId, path: match.path, error: error as Error })
      counters.refused(refused.code, known)
      const reply = speaker.protocol.refuse(refused, requestId)
      const allow = refused.code === 'method_not_allowed' ? { allow: [...match.candidates.keys()].join(', ') } : {}
      const rate = error instanceof RateExceeded ? error.headers : {}
      sendRefusal(request, response, { ...reply, headers: { ...reply.headers, ...allow, ...rate, ...cors } })
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
    store,
    usage,
    async closeWorkspace(workspace) {
      usage.closeOne(workspace)
      await eventIds.closeOne(workspace)
    },
    close() {
      usage.close()
      return eventIds.close()
    },
    get bytesInFlight() {
      return budget.bytes
    },
  }
}

function withHeaders(reply: HttpReply, more: HttpReply['headers'] | undefined): HttpReply {
  return more === undefined ? reply : { ...reply, headers: { ...reply.headers, ...more } }
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
