/**
 * What a record of the log carries: a batch of events as it arrived, the payload's bytes untouched.
 *
 *   u32      length of the header, little endian like every number here
 *   header   JSON, UTF-8: everything but the places of the events; `count` says how many
 *            zeros up to a multiple of 4
 *   u32[n]   where each event's JSON object starts in the payload
 *   u32[n]   where it ends
 *   f64[n]   when each event was, where the header says `hasTimes`: of a batch whose events all say that
 *   payload  the bytes as received, decompressed
 *
 * The log frames and checksums it; a batch therefore has no checksum of its own.
 */
import { MillraceError } from './errors.ts'

export interface EventBatch {
  readonly input: { readonly id: string; readonly label: string; readonly type: string }
  /** ms since 1970 UTC. */
  readonly receivedAt: number
  /** 16 bytes: event i has the id `idAt(idBase, i)` unless `ids[i]` says otherwise. */
  readonly idBase: Uint8Array
  /** The event types that occur. */
  readonly types: readonly string[]
  /** Which of `types` each event has; absent where all have the first. */
  readonly typeIndex?: readonly number[]
  /** Ids chosen by the sender; null where Millrace's own counts. */
  readonly ids?: readonly (string | null)[]
  /** ms since 1970 UTC as the sender says; null where `receivedAt` counts. */
  readonly times?: readonly (number | null)[] | Float64Array
  /** Events that could not be read: they go to the restream queue with this reason. */
  readonly faults?: readonly EventFault[]
  /** What was changed in events so that they could be read. */
  readonly notes?: readonly EventNote[]
  /** Where a source fetched them by dates: for which days, and in which try of which job. */
  readonly fetchedFor?: readonly FetchedFor[]
  /** Which of `fetchedFor` each event has; absent where all have the first. */
  readonly fetchedForIndex?: readonly number[]
  /** Their rows wait aside until the replacement that they belong to has ended; or this is its end. */
  readonly replacement?: Replacement
  /** Present in a batch that the restream queue sent: one for each event. */
  readonly resent?: readonly ResentEvent[]
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  readonly payload: Uint8Array
}

export interface ResentEvent {
  /** Offset of the restream entry it was sent from, a decimal number. */
  readonly offset: string
  /** How often it was sent through again, this time included. */
  readonly count: number
  /** When it was first received, ms since 1970 UTC: what counts instead of the batch's `receivedAt`. */
  readonly receivedAt: number
}

export interface FetchedFor {
  /** `YYYY-MM-DD`; of events that say no day of their own the days of the job: `YYYY-MM-DD/YYYY-MM-DD`. */
  readonly days: string
  /** See {@link Replacement}. */
  readonly attempt: string
}

/**
 * Rows of a source and of some days take the place of those that are there, all at once: when the record comes that has `end`, whose
 * one event stands for itself and becomes nothing.
 */
export interface Replacement {
  /** Id of the job. */
  readonly job: string
  /** One try of the job: what another one left aside is thrown away. */
  readonly attempt: string
  /** Both days included, `YYYY-MM-DD`. */
  readonly end?: { readonly start: string; readonly end: string }
}

export interface EventFault {
  /** Which event of the batch. */
  readonly index: number
  /** A code of `errors.ts`. */
  readonly code: string
  readonly message: string
}

export interface EventNote {
  /** Which event of the batch. */
  readonly index: number
  readonly message: string
}

const notesByEvent = new WeakMap<EventBatch, ReadonlyMap<number, string>>()

/** What was changed in an event so that it could be read, in words. */
export function noteOf(batch: EventBatch, index: number): string | undefined {
  if (batch.notes === undefined || batch.notes.length === 0) return undefined
  const known = notesByEvent.get(batch) ?? new Map(batch.notes.map((note) => [note.index, note.message]))
  notesByEvent.set(batch, known)
  return known.get(index)
}

/** The batch as the pieces of a record's body, none of them copied. */
export function encodeBatch(batch: EventBatch): Uint8Array[] {
  const { starts, ends, payload, times } = batch
  const numbers = numbersOf(times)
  const header = JSON.stringify(headerOf(batch, numbers !== undefined))
  const headerBytes = Buffer.byteLength(header)
  const head = Buffer.allocUnsafe(4 + Math.ceil(headerBytes / 4) * 4)
  head.writeUInt32LE(headerBytes, 0)
  head.write(header, 4)
  head.fill(0, 4 + headerBytes)
  return [head, bytesOf(starts), bytesOf(ends), ...(numbers === undefined ? [] : [bytesOf(numbers)]), payload]
}

/** Named one by one: what is given as a batch may hold more than belongs in one, and to leave that out of a copy costs more. */
function headerOf(
  batch: EventBatch,
  hasTimes: boolean,
): { [Name in keyof Required<Header>]: Header[Name] | undefined } {
  return {
    input: batch.input,
    receivedAt: batch.receivedAt,
    types: batch.types,
    typeIndex: batch.typeIndex,
    ids: batch.ids,
    times: hasTimes ? undefined : batch.times,
    faults: batch.faults,
    notes: batch.notes,
    fetchedFor: batch.fetchedFor,
    fetchedForIndex: batch.fetchedForIndex,
    replacement: batch.replacement,
    resent: batch.resent,
    hasTimes: hasTimes || undefined,
    idBase: Buffer.from(batch.idBase).toString('hex'),
    count: batch.starts.length,
  }
}

/** Undefined where an event says no time: JSON can tell that. */
function numbersOf(times: EventBatch['times']): Float64Array | undefined {
  if (times === undefined || times instanceof Float64Array) return times
  const numbers = new Float64Array(times.length)
  for (let index = 0; index < numbers.length; index++) {
    const time = times[index]
    if (time === null || time === undefined) return undefined
    numbers[index] = time
  }
  return numbers
}

/** The inverse of {@link encodeBatch}. The payload is a view of `body`. @throws MillraceError `log_corrupt`. */
export function decodeBatch(body: Uint8Array): EventBatch {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const headerBytes = body.length >= 4 ? view.getUint32(0, true) : Number.POSITIVE_INFINITY
  const placesAt = 4 + Math.ceil(headerBytes / 4) * 4
  if (!(placesAt <= body.length)) throw corrupt('its header is cut short')
  const { count, idBase, hasTimes = false, ...rest } = parseHeader(body.subarray(4, 4 + headerBytes))
  const payloadAt = placesAt + count * (hasTimes ? 16 : 8)
  if (!(payloadAt <= body.length)) throw corrupt('its list of events is cut short')
  const places = new Uint8Array(body.subarray(placesAt, payloadAt)) // a copy, so that the numbers in it are aligned
  return {
    ...rest,
    idBase: Buffer.from(idBase, 'hex'),
    starts: new Uint32Array(places.buffer, 0, count),
    ends: new Uint32Array(places.buffer, count * 4, count),
    ...(hasTimes ? { times: new Float64Array(places.buffer, count * 8, count) } : {}),
    payload: body.subarray(payloadAt),
  }
}

type Header = Omit<EventBatch, 'starts' | 'ends' | 'payload' | 'idBase'> & {
  count: number
  idBase: string
  hasTimes?: boolean
}

function parseHeader(bytes: Uint8Array): Header {
  let header: Header | null
  try {
    header = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as Header | null
  } catch (cause) {
    throw new MillraceError('log_corrupt', 'A batch of the log cannot be read: its header is not JSON', { cause })
  }
  if (!Number.isSafeInteger(header?.count) || typeof header?.idBase !== 'string')
    throw corrupt('its header is no batch')
  return header
}

function corrupt(reason: string): MillraceError {
  return new MillraceError('log_corrupt', `A batch of the log cannot be read: ${reason}`)
}

function bytesOf(values: Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
