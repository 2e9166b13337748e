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
import { CLOSE_BRACE, COMMA, OPEN_BRACE, QUOTE } from '@millrace/json/tokens'
import { decodeString } from '@millrace/json/walk'
import type { EventFault } from '../../../batch.ts'
import { ByteWriter } from '../../byte-writer.ts'
import { readEventTime } from '../../event-time.ts'
import { eventTypeRule } from '../../event-type.ts'
import { type Member, membersOf } from '../../members.ts'
import type { DecodedEvents } from '../../protocol.ts'
import type { ScannedEvents } from '../../scan.ts'
import { fields, type Kind, kinds, place, takenNameFinder, takenNames, typeOfKind } from './fields.ts'
import { MessagePlaces } from './places.ts'

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

/** The rows of the messages that a scan found; what is none stays whole, with the reason. */
export function readMessages(body: Buffer, { starts, ends, faults }: ScannedEvents, envelope: Envelope): DecodedEvents {
  const faulty = new Map(faults.map((fault) => [fault.index, fault]))
  const isProved = (_: number, index: number) => !faulty.has(index)
  const [provedStarts, provedEnds] = [starts.filter(isProved), ends.filter(isProved)]
  const rows = new RowWriter(body, provedStarts, provedEnds, envelope, starts.length)
  for (let index = 0; index < starts.length; index++) {
    const fault = faulty.get(index)
    if (fault === undefined) rows.write(index)
    else rows.setAside(fault, starts[index]!, ends[index]!)
  }
  return rows.events()
}

class RowWriter {
  readonly #body: Buffer
  readonly #starts: Uint32Array
  readonly #ends: Uint32Array
  readonly #envelope: Envelope
  /** Of every proved message. */
  readonly #places: MessagePlaces
  /** Of every message that has any, in their order: where those of its properties are that have a taken name. */
  readonly #takenPlaces: Uint32Array
  #taken = 0
  #message = 0
  readonly #out: ByteWriter
  readonly #rowStarts: Uint32Array
  readonly #rowEnds: Uint32Array
  readonly #types: string[] = []
  readonly #typeByToken = new Map<string, number>()
  readonly #typeIndex: number[] = []
  readonly #ids: (string | null)[] = []
  readonly #times: (number | null)[] = []
  readonly #faults: EventFault[] = []

  constructor(body: Buffer, starts: Uint32Array, ends: Uint32Array, envelope: Envelope, count: number) {
    this.#body = body
    this.#starts = starts
    this.#ends = ends
    this.#envelope = envelope
    this.#places = new MessagePlaces(body, starts, ends, envelope.kind)
    this.#takenPlaces = this.#findTaken()
    this.#out = new ByteWriter(body.length + count * (addedBytes + envelope.context.length))
    this.#rowStarts = new Uint32Array(count)
    this.#rowEnds = new Uint32Array(count)
  }

  events(): DecodedEvents {
    return {
      types: this.#types,
      ...(this.#types.length > 1 ? { typeIndex: this.#typeIndex } : {}),
      ids: this.#ids,
      times: this.#times,
      ...(this.#faults.length === 0 ? {} : { faults: this.#faults }),
      starts: this.#rowStarts,
      ends: this.#rowEnds,
      payload: this.#out.finish(),
    }
  }

  setAside(fault: EventFault, start: number, end: number, type: number = this.#indexOf('')): void {
    const { index } = fault
    this.#faults.push(fault)
    this.#typeIndex[index] = type
    this.#ids[index] = null
    this.#times[index] = null
    this.#rowStarts[index] = this.#out.length
    this.#out.copy(this.#body, start, end)
    this.#rowEnds[index] = this.#out.length
  }

  /** The next proved message, which is number `index` of all. */
  write(index: number): void {
    const message = this.#message++
    const kind = this.#envelope.kind ?? this.#places.kindOf(message)
    const hasTaken = this.#propertiesStart(message, kind) !== 0
    const reason = this.#writeRow(index, message, kind)
    if (hasTaken) this.#taken += 2 * takenNames.length
    if (reason === undefined) return
    this.setAside({ index, ...reason }, this.#starts[message]!, this.#ends[message]!, this.#typeIndex[index])
  }

  #writeRow(index: number, message: number, kind: Kind | undefined): Reason | undefined {
    if (kind === undefined) return noKind
    const type = kind === 'track' ? this.#trackType(message) : this.#indexOf(typeOfKind[kind])
    if (type === undefined) return noEvent
    this.#typeIndex[index] = type
    const time = this.#timeOf(message)
    if (time === undefined) return noTime
    this.#times[index] = time
    this.#ids[index] = this.#places.idOf(message)
    this.#rowStarts[index] = this.#out.length
    this.#out.byte(OPEN_BRACE)
    this.#writeFields(message, kind)
    this.#writeProperties(message, kind, this.#places.strays(message))
    this.#out.byte(CLOSE_BRACE)
    this.#rowEnds[index] = this.#out.length
    return undefined
  }

  #trackType(message: number): number | undefined {
    const [start, end] = [this.#start(message, place.event), this.#end(message, place.event)]
    if (this.#body[start] !== QUOTE || end - start > tokenBytesMax) return undefined
    const token = this.#body.toString('latin1', start, end)
    const known = this.#typeByToken.get(token)
    if (known !== undefined) return known
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

  #writeFields(message: number, kind: Kind): void {
    for (const { name, place: at, rowName } of fields) {
      const end = this.#end(message, at)
      if (name === 'context') this.#writeContext(message)
      else if (end !== 0 && this.#isWritten(message, kind, at, rowName))
        this.#writeMember(prefixes[at]!, this.#start(message, at), end)
    }
  }

  /** What would be flattened but is no object is kept under its own name. */
  #isWritten(message: number, kind: Kind, at: number, rowName: string | undefined): boolean {
    if (rowName !== undefined) return true
    if (at !== place.properties && at !== place.traits) return false
    return at !== flattenedOf(kind) || !this.#isEmptyOrObject(this.#start(message, at))
  }

  #isEmptyOrObject(start: number): boolean {
    return this.#body[start] === OPEN_BRACE || this.#body[start] === LOWER_N
  }

  #writeContext(message: number): void {
    const [start, end] = [this.#start(message, place.context), this.#end(message, place.context)]
    const shared = this.#envelope.context
    if (shared.length === 0 || (end !== 0 && !this.#isEmptyOrObject(start))) {
      if (end !== 0) this.#writeMember(prefixes[place.context]!, start, end)
      return
    }
    this.#comma()
    this.#out.add(prefixes[place.context]!)
    this.#out.byte(OPEN_BRACE)
    this.#out.add(shared)
    if (this.#body[start] === OPEN_BRACE && !this.#places.isHollow(start)) {
      this.#out.byte(COMMA) // where both have a member, the last counts, which is the message's own
      this.#out.copy(this.#body, start + 1, end - 1)
    }
    this.#out.byte(CLOSE_BRACE)
  }

  #writeProperties(message: number, kind: Kind, strays: readonly Member[]): void {
    const start = this.#propertiesStart(message, kind)
    const isHollow = start === 0 || this.#places.isHollow(start)
    const end = this.#end(message, flattenedOf(kind))
    if (strays.length > 0 || (!isHollow && this.#hasTakenName(message, kind))) {
      const names = this.#namesOf(message, kind)
      const properties = isHollow ? [] : membersOf(this.#body, start, end)
      this.#writeOneByOne([...strays, ...properties], flattenedOf(kind), names)
    } else if (!isHollow) this.#writeMember(nothing, start + 1, end - 1)
  }

  /** `names`: those that are in the row already, with their values. */
  #writeOneByOne(members: readonly Member[], at: number, names: Map<string, Buffer>): void {
    const kept: Member[] = []
    for (const member of members) {
      const value = this.#body.subarray(member.start, member.end)
      const other = names.get(member.key)
      if (other === undefined) {
        names.set(member.key, value)
        this.#writeMember(nothing, member.keyStart, member.end)
      } else if (!other.equals(value)) kept.push(member)
    }
    if (kept.length === 0) return
    this.#comma()
    this.#out.add(prefixes[at]!)
    this.#out.byte(OPEN_BRACE)
    for (const { keyStart, end } of kept) this.#writeMember(nothing, keyStart, end)
    this.#out.byte(CLOSE_BRACE)
  }

  #namesOf(message: number, kind: Kind): Map<string, Buffer> {
    const names = new Map<string, Buffer>([[flattenedOf(kind) === place.traits ? 'traits' : 'properties', Buffer.of()]])
    for (const { name, place: at, rowName } of fields) {
      const end = this.#end(message, at)
      if (end !== 0 && this.#isWritten(message, kind, at, rowName))
        names.set(rowName ?? name, this.#body.subarray(this.#start(message, at), end))
    }
    if (this.#envelope.context.length > 0) names.set('context', Buffer.of())
    return names
  }

  #hasTakenName(message: number, kind: Kind): boolean {
    for (let index = 0; index < takenNames.length; index++) {
      if (this.#takenPlaces[this.#taken + 2 * index + 1] === 0) continue
      if (this.#namesOf(message, kind).has(takenNames[index]!)) return true
    }
    return false
  }

  #findTaken(): Uint32Array {
    const [starts, ends]: [number[], number[]] = [[], []]
    for (let message = 0; message < this.#starts.length; message++) {
      const kind = this.#envelope.kind ?? this.#places.kindOf(message)
      const start = this.#propertiesStart(message, kind)
      if (start === 0) continue
      starts.push(start)
      ends.push(this.#end(message, flattenedOf(kind!)))
    }
    return takenNameFinder.find(this.#body, Uint32Array.from(starts), Uint32Array.from(ends))
  }

  /** Of the object that is flattened; 0 if there is none. */
  #propertiesStart(message: number, kind: Kind | undefined): number {
    if (kind === undefined) return 0
    const start = this.#start(message, flattenedOf(kind))
    return start !== 0 && this.#body[start] === OPEN_BRACE ? start : 0
  }

  #writeMember(prefix: Uint8Array, start: number, end: number): void {
    this.#comma()
    this.#out.add(prefix)
    this.#out.copy(this.#body, start, end)
  }

  #comma(): void {
    if (this.#out.last !== OPEN_BRACE) this.#out.byte(COMMA)
  }

  #start(message: number, at: number): number {
    return this.#places.start(message, at)
  }

  #end(message: number, at: number): number {
    return this.#places.end(message, at)
  }
}

type Reason = Pick<EventFault, 'code' | 'message'>

function flattenedOf(kind: Kind): number {
  return kind === 'identify' || kind === 'group' ? place.traits : place.properties
}

/** By the place of a field: its name in a row, and the colon. */
const prefixes: Readonly<Record<number, Buffer>> = Object.fromEntries(
  fields.map(({ name, place, rowName }) => [place, Buffer.from(`"${rowName ?? name}":`)]),
)
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

const LOWER_N = 0x6e
