/**
 * Messages of Segment's API as rows, by the bytes: what is in `properties` (of `identify` and `group`: in `traits`) stands beside the
 * message's own members, whose names are those that Segment's warehouses give them.
 *
 *   {"type":"track","event":"Sale","userId":"u","properties":{"total":1},"context":{…}}
 *   {"user_id":"u","event":"Sale","context":{…},"total":1}
 *
 * A property that has the name of a member stays where it was: `{"properties":{"event":…}}`. No two members of a row have one name.
 */
import type { FlatRows } from '@millrace/json/flattener'
import type { EventFault } from '../../../batch.ts'
import { releaseOwn } from '../../../heap.ts'
import { ByteWriter } from '../../byte-writer.ts'
import { readEventTime } from '../../event-time.ts'
import { eventTypeRule } from '../../event-type.ts'
import type { DecodedEvents } from '../../protocol.ts'
import type { ScannedEvents } from '../../scan.ts'
import { EventTypes } from './event-types.ts'
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
  /** The same, if it tells of all messages. */
  readonly #found: FlatRows | undefined
  #flatEnd = 0
  #message = 0
  /** The payload, once it has to be another than what the flattener wrote. */
  #out: ByteWriter | undefined
  #rows: RowWriter | undefined
  readonly #rowStarts: Uint32Array
  readonly #rowEnds: Uint32Array
  readonly #types: EventTypes
  readonly #typeIndex: number[]
  #ids: (string | null)[] | undefined
  /** NaN where a message does not say. */
  readonly #times: Float64Array
  #isTimeMissing = false
  readonly #faults: EventFault[] = []

  constructor(
    body: Buffer,
    starts: Uint32Array,
    ends: Uint32Array,
    envelope: Envelope,
    flat: FlatRows | undefined,
    count: number,
  ) {
    // Of messages that were left nothing is told.
    this.#found = flat?.leftCount === 0 ? flat : undefined
    this.#places = new MessagePlaces(body, starts, ends, envelope.kind, this.#found?.places)
    this.#messages = { body, places: this.#places, kind: envelope.kind, context: envelope.context }
    this.#body = body
    this.#types = new EventTypes(body, this.#found?.repeats)
    this.#starts = starts
    this.#ends = ends
    this.#envelope = envelope
    this.#flat = flat
    this.#rowStarts = new Uint32Array(count)
    this.#rowEnds = new Uint32Array(count)
    this.#typeIndex = new Array<number>(count)
    this.#times = new Float64Array(count).fill(Number.NaN)
  }

  events(): DecodedEvents {
    const payload = this.#out?.finish() ?? this.#flat?.rows ?? nothing
    if (this.#flat !== undefined && payload !== this.#flat.rows) releaseOwn(this.#flat.rows)
    return {
      types: this.#types.names,
      ...(this.#types.names.length > 1 ? { typeIndex: this.#typeIndex } : {}),
      ...(this.#ids === undefined ? {} : { ids: this.#ids }),
      times: this.#isTimeMissing ? Array.from(this.#times, (time) => (Number.isNaN(time) ? null : time)) : this.#times,
      ...(this.#faults.length === 0 ? {} : { faults: this.#faults }),
      starts: this.#rowStarts,
      ends: this.#rowEnds,
      payload,
    }
  }

  setAside(fault: EventFault, start: number, end: number, type: number = this.#types.indexOf('')): void {
    const { index } = fault
    this.#faults.push(fault)
    this.#isTimeMissing = true
    this.#typeIndex[index] = type
    if (this.#ids !== undefined) this.#ids[index] = null
    const out = this.#writer()
    this.#rowStarts[index] = out.length
    out.copy(this.#body, start, end)
    this.#rowEnds[index] = out.length
  }

  /** The next proved message, which is number `index` of all. */
  read(index: number): void {
    const message = this.#message++
    const kind = this.#envelope.kind ?? this.#kindOf(message)
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
    const type =
      kind === 'track'
        ? this.#types.of(message, this.#start(message, place.event), this.#end(message, place.event))
        : this.#types.indexOf(typeOfKind[kind])
    if (type === undefined) return noEvent
    this.#typeIndex[index] = type
    const time = this.#timeOf(message)
    if (time === undefined) return noTime
    if (time === null) this.#isTimeMissing = true
    else this.#times[index] = time
    const id = this.#places.idOf(message)
    if (id === null) return undefined
    this.#ids ??= new Array<string | null>(this.#rowStarts.length).fill(null)
    this.#ids[index] = id
    return undefined
  }

  #kindOf(message: number): Kind | undefined {
    return this.#found === undefined ? this.#places.kindOf(message) : kinds[this.#found.kinds[message]!]
  }

  /**
   * When it happened by our clock: the sender's may be wrong, but is as wrong when it sends. Null where it does not say, undefined
   * where that cannot be read.
   */
  #timeOf(message: number): number | null | undefined {
    const at = this.#end(message, place.originalTimestamp) === 0 ? place.timestamp : place.originalTimestamp
    const happenedAt = this.#timeAt(message, at)
    if (happenedAt === undefined || happenedAt === null) return happenedAt
    const sentAt = this.#timeAt(message, place.sentAt) ?? this.#envelope.sentAt
    const time = sentAt === undefined ? happenedAt : this.#envelope.now - (sentAt - happenedAt)
    return readEventTime(time) ?? happenedAt
  }

  #timeAt(message: number, at: number): number | null | undefined {
    const time = this.#found?.times[3 * message + (at - place.timestamp) / 2]
    if (time === undefined || time === Number.POSITIVE_INFINITY) return this.#places.timeAt(message, at)
    return Number.isFinite(time) ? time : null
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

const noKind: Reason = { code: 'invalid_request', message: `"type" has to be one of ${kinds.join(', ')}` }
const noEvent: Reason = { code: 'invalid_event_type', message: `"event" has to be a text of ${eventTypeRule}` }
const noTime: Reason = {
  code: 'invalid_event_time',
  message: '"timestamp" has to be an ISO 8601 text or ms since 1970, within the years 1 to 9999',
}
