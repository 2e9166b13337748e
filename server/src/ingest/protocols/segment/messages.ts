/**
 * Messages of Segment's API as rows, by the bytes: what is in `properties` (of `identify` and `group`: in `traits`) stands beside the
 * message's own members, whose names are those that Segment's warehouses give them.
 *
 *   {"type":"track","event":"Sale","userId":"u","properties":{"total":1},"context":{…}}
 *   {"user_id":"u","event":"Sale","context":{…},"total":1}
 *
 * A property that has the name of a member stays where it was: `{"properties":{"event":…}}`. No two members of a row have one name.
 */
import { isEventType } from '@millrace/event/event'
import type { FlatRows } from '@millrace/json/flattener'
import { QUOTE } from '@millrace/json/tokens'
import { decodeString } from '@millrace/json/walk'
import type { EventFault } from '../../../batch.ts'
import { releaseOwn } from '../../../heap.ts'
import { ByteWriter } from '../../byte-writer.ts'
import { readEventTime } from '../../event-time.ts'
import { eventTypeRule } from '../../event-type.ts'
import type { DecodedEvents } from '../../protocol.ts'
import type { ScannedEvents } from '../../scan.ts'
import { flattener, type Kind, kinds, place, typeOfKind } from './fields.ts'
import { MessagePlaces } from './places.ts'
import { type Messages, RowWriter } from './rows.ts'

/** What holds for all messages of a request. */
export interface Envelope {
  /** What they are, where the path tells; of a batch each message does. */
  readonly kind: Kind | undefined
  /** ms since 1970 UTC. */
  readonly now: number
  /** When they were sent, by the sender's clock; where a message does not say. ms since 1970 UTC. */
  readonly sentAt: number | undefined
  /** The inside of an object, without its braces, that is part of each message's `context`. */
  readonly context: Uint8Array
}

/** The rows of the messages that a scan found; what is none stays whole, with the reason. `flat`: null to do without the flattener. */
export function readMessages(
  body: Buffer,
  { starts, ends, faults }: ScannedEvents,
  envelope: Envelope,
  flat = flattener,
): DecodedEvents {
  const faulty = new Map(faults.map((fault) => [fault.index, fault]))
  const isProved = (_: number, index: number) => !faulty.has(index)
  const [provedStarts, provedEnds] =
    faulty.size === 0 ? [starts, ends] : [starts.filter(isProved), ends.filter(isProved)]
  const kind = envelope.kind === undefined ? undefined : kinds.indexOf(envelope.kind)
  const rows = envelope.context.length === 0 ? flat?.flatten(body, provedStarts, kind) : undefined
  const reader = new MessageReader(body, provedStarts, provedEnds, envelope, rows, starts.length)
  for (let index = 0; index < starts.length; index++) {
    const fault = faulty.size === 0 ? undefined : faulty.get(index)
    if (fault === undefined) reader.read(index)
    else reader.setAside(fault, starts[index]!, ends[index]!)
  }
  return reader.events()
}

class MessageReader {
  readonly #messages: Messages
  readonly #body: Buffer
  readonly #places: MessagePlaces
  readonly #starts: Uint32Array
  readonly #ends: Uint32Array
  readonly #envelope: Envelope
  /** What the flattener wrote, and up to where it is part of the payload. */
  readonly #flat: FlatRows | undefined
  #flatEnd = 0
  #message = 0
  /** The payload, once it has to be another than what the flattener wrote. */
  #out: ByteWriter | undefined
  #rows: RowWriter | undefined
  readonly #rowStarts: Uint32Array
  readonly #rowEnds: Uint32Array
  readonly #types: string[] = []
  readonly #typeByToken = new Map<string, number>()
  /** Where the event's name stands that was read last, and its type: nearly always the next has the same. */
  #last = { start: 0, end: 0, type: 0 }
  readonly #typeIndex: number[] = []
  readonly #ids: (string | null)[] = []
  #hasIds = false
  readonly #times: (number | null)[] = []
  readonly #faults: EventFault[] = []

  constructor(
    body: Buffer,
    starts: Uint32Array,
    ends: Uint32Array,
    envelope: Envelope,
    flat: FlatRows | undefined,
    count: number,
  ) {
    // Of messages that were left it is not told where their members are.
    const found = flat?.leftCount === 0 ? flat.places : undefined
    this.#places = new MessagePlaces(body, starts, ends, envelope.kind, found)
    this.#messages = { body, places: this.#places, kind: envelope.kind, context: envelope.context }
    this.#body = body
    this.#starts = starts
    this.#ends = ends
    this.#envelope = envelope
    this.#flat = flat
    this.#rowStarts = new Uint32Array(count)
    this.#rowEnds = new Uint32Array(count)
  }

  events(): DecodedEvents {
    const payload = this.#out?.finish() ?? this.#flat?.rows ?? nothing
    if (this.#flat !== undefined && payload !== this.#flat.rows) releaseOwn(this.#flat.rows)
    return {
      types: this.#types,
      ...(this.#types.length > 1 ? { typeIndex: this.#typeIndex } : {}),
      ...(this.#hasIds ? { ids: this.#ids } : {}),
      times: this.#times,
      ...(this.#faults.length === 0 ? {} : { faults: this.#faults }),
      starts: this.#rowStarts,
      ends: this.#rowEnds,
      payload,
    }
  }

  setAside(fault: EventFault, start: number, end: number, type: number = this.#indexOf('')): void {
    const { index } = fault
    this.#faults.push(fault)
    this.#typeIndex[index] = type
    this.#ids[index] = null
    this.#times[index] = null
    const out = this.#writer()
    this.#rowStarts[index] = out.length
    out.copy(this.#body, start, end)
    this.#rowEnds[index] = out.length
  }

  /** The next proved message, which is number `index` of all. */
  read(index: number): void {
    const message = this.#message++
    const kind = this.#envelope.kind ?? this.#places.kindOf(message)
    const reason = this.#readHead(index, message, kind)
    if (reason !== undefined) {
      this.setAside({ index, ...reason }, this.#starts[message]!, this.#ends[message]!, this.#typeIndex[index])
    } else this.#takeRow(index, message, kind!)
  }

  #takeRow(index: number, message: number, kind: Kind): void {
    const start = message === 0 ? 0 : (this.#flat?.ends[message - 1] ?? 0)
    const end = this.#flat?.ends[message] ?? 0
    const isWritten = start !== end
    if (isWritten && this.#out === undefined) {
      this.#rowStarts[index] = start
      this.#rowEnds[index] = this.#flatEnd = end
      return
    }
    const out = this.#writer()
    this.#rowStarts[index] = out.length
    if (isWritten) out.copy(this.#flat!.rows, start, end)
    else {
      this.#rows ??= new RowWriter(this.#messages, out)
      this.#rows.write(message, kind)
    }
    this.#rowEnds[index] = out.length
  }

  /** Of all rows from here on; those before are copied. */
  #writer(): ByteWriter {
    if (this.#out !== undefined) return this.#out
    this.#out = new ByteWriter(
      this.#body.length + this.#rowStarts.length * (addedBytes + this.#envelope.context.length),
    )
    if (this.#flatEnd > 0) this.#out.copy(this.#flat!.rows, 0, this.#flatEnd)
    return this.#out
  }

  #readHead(index: number, message: number, kind: Kind | undefined): Reason | undefined {
    if (kind === undefined) return noKind
    const type = kind === 'track' ? this.#trackType(message) : this.#indexOf(typeOfKind[kind])
    if (type === undefined) return noEvent
    this.#typeIndex[index] = type
    const time = this.#timeOf(message)
    if (time === undefined) return noTime
    this.#times[index] = time
    const id = this.#places.idOf(message)
    this.#ids[index] = id
    if (id !== null) this.#hasIds = true
    return undefined
  }

  #trackType(message: number): number | undefined {
    const [start, end] = [this.#start(message, place.event), this.#end(message, place.event)]
    if (this.#body[start] !== QUOTE || end - start > tokenBytesMax) return undefined
    if (this.#isLast(start, end)) return this.#last.type
    const token = this.#body.toString('latin1', start, end)
    const type = this.#typeByToken.get(token) ?? this.#newType(token, start, end)
    if (type !== undefined) this.#last = { start, end, type }
    return type
  }

  #isLast(start: number, end: number): boolean {
    const last = this.#last
    if (end - start !== last.end - last.start) return false
    for (let at = start; at < end; at++) if (this.#body[at] !== this.#body[last.start + at - start]) return false
    return true
  }

  #newType(token: string, start: number, end: number): number | undefined {
    const name = decodeString(this.#body, start, end).trim()
    if (!isEventType(name)) return undefined
    const type = this.#indexOf(name)
    this.#typeByToken.set(token, type)
    return type
  }

  #indexOf(type: string): number {
    const known = this.#types.indexOf(type)
    return known >= 0 ? known : this.#types.push(type) - 1
  }

  /**
   * When it happened by our clock: the sender's may be wrong, but is as wrong when it sends. Null where it does not say, undefined
   * where that cannot be read.
   */
  #timeOf(message: number): number | null | undefined {
    const at = this.#end(message, place.originalTimestamp) === 0 ? place.timestamp : place.originalTimestamp
    const happenedAt = this.#places.timeAt(message, at)
    if (happenedAt === undefined || happenedAt === null) return happenedAt
    const sentAt = this.#places.timeAt(message, place.sentAt) ?? this.#envelope.sentAt
    const time = sentAt === undefined ? happenedAt : this.#envelope.now - (sentAt - happenedAt)
    return readEventTime(time) ?? happenedAt
  }

  #start(message: number, at: number): number {
    return this.#places.start(message, at)
  }

  #end(message: number, at: number): number {
    return this.#places.end(message, at)
  }
}

type Reason = Pick<EventFault, 'code' | 'message'>

const nothing = Buffer.of()

/** What a row is longer than its message: names with `_` instead of a capital. */
const addedBytes = 32
/** A name of 128 characters, each written in two escapes, and its quotes. */
const tokenBytesMax = 128 * 12 + 2

const noKind: Reason = { code: 'invalid_request', message: `"type" has to be one of ${kinds.join(', ')}` }
const noEvent: Reason = { code: 'invalid_event_type', message: `"event" has to be a text of ${eventTypeRule}` }
const noTime: Reason = {
  code: 'invalid_event_time',
  message: '"timestamp" has to be an ISO 8601 text or ms since 1970, within the years 1 to 9999',
}
