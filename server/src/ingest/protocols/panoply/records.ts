/**
 * The records of a message: objects with blank lines between them, each with the name of its table in a member `__table`, which is
 * no part of the row. It is taken out where it stands: the SDK writes it last, so mostly the object just ends before it.
 */
import { isEventType } from '@millrace/event/event'
import { openMemberFinder } from '@millrace/json/members'
import type { RecordScanner } from '@millrace/json/records'
import { skipSpace } from '@millrace/json/tokens'
import type { EventFault } from '../../../batch.ts'
import { eventTypeRule } from '../../event-type.ts'
import type { DecodedEvents } from '../../protocol.ts'
import { type PythonEvents, scanPythonEvents } from '../../python-json.ts'

/** The events in a message, whose bytes are changed by it. */
export function readRecords(scanner: RecordScanner, message: Uint8Array): DecodedEvents {
  return eventsOf(scanPythonEvents(scanner, message, 'ndjson'))
}

/** The events of records, whose bytes are changed by it. */
export function eventsOf({ starts, ends, payload, faults: unreadable, notes }: PythonEvents): DecodedEvents {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  const types = new TypeNames()
  const tail = new Tail(bytes, types)
  const faults = new Map<number, EventFault>(unreadable.map((fault) => [fault.index, fault]))
  const typeIndex = new Array<number>(starts.length)
  const others: number[] = []
  for (let index = 0; index < starts.length; index++) {
    if (faults.size > 0 && faults.has(index)) typeIndex[index] = types.unknown()
    else if (tail.isAt(starts[index]!, ends[index]!)) {
      typeIndex[index] = tail.type
      ends[index] = tail.cut(ends[index]!)
    } else others.push(index)
  }
  const placesOf = (all: Uint32Array) => Uint32Array.from(others, (index) => all[index]!)
  const places = others.length === 0 ? new Uint32Array() : finder.find(bytes, placesOf(starts), placesOf(ends))
  for (const [nth, index] of others.entries()) {
    const [start, end] = [places[2 * nth]!, places[2 * nth + 1]!]
    const type = end === 0 ? undefined : types.of(bytes, start, end)
    typeIndex[index] = type ?? types.unknown()
    if (type === undefined) faults.set(index, { index, ...(end === 0 ? noTable : badTable) })
    else ends[index] = endWithout(bytes, start, end, ends[index]!)
  }
  return {
    types: types.names.length === 0 ? [''] : types.names,
    ...(types.names.length > 1 ? { typeIndex } : {}),
    ...(faults.size === 0 ? {} : { faults: [...faults.values()].sort((left, right) => left.index - right.index) }),
    ...(notes.length === 0 ? {} : { notes }),
    starts,
    ends,
    payload: bytes,
  }
}

interface KnownTail {
  readonly bytes: DataView
  /** The event type that it names. */
  readonly name: string
}

/** Of the message before: those of one sender end alike. */
let lastTail: KnownTail | undefined

/**
 * How the record before ended, from the comma before its `__table` on, for nearly all end alike. In a proved object what ends with
 * these bytes has that member last: its quotes are no escaped ones, since none of them follows a backslash.
 */
class Tail {
  /** Of the record that was looked at last. */
  type = 0
  readonly #bytes: Buffer
  readonly #types: TypeNames
  readonly #view: DataView
  #known = lastTail
  #isNamed = false

  constructor(bytes: Buffer, types: TypeNames) {
    this.#bytes = bytes
    this.#types = types
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** Whether the record at these places ends with a member `__table` that names an event type. */
  isAt(start: number, end: number): boolean {
    const { bytes, name } = this.#known ?? {}
    if (bytes === undefined || name === undefined || !this.#isThere(bytes, start, end)) return this.#learn(start, end)
    if (!this.#isNamed) this.type = this.#types.add(name)
    this.#isNamed = true
    return true
  }

  /** Ends the record in the place of the comma. */
  cut(end: number): number {
    const comma = end - this.#known!.bytes.byteLength
    this.#bytes[comma] = CLOSE_BRACE
    return comma + 1
  }

  #isThere(tail: DataView, start: number, end: number): boolean {
    const comma = end - tail.byteLength
    if (comma <= start) return false
    let at = tail.byteLength
    do {
      at = Math.max(0, at - 4) // the first four bytes may be partly those that were compared
      if (this.#view.getUint32(comma + at) !== tail.getUint32(at)) return false
    } while (at > 0)
    return true
  }

  #learn(start: number, end: number): boolean {
    const match = this.#tailWithin(shortTailBytes, start, end) ?? this.#tailWithin(tailBytesMax, start, end)
    if (match === null) return false
    const type = this.#types.of(this.#bytes, end - 1 - match[2]!.length, end - 1)
    if (type === undefined) return false
    this.type = type
    this.#isNamed = true
    const bytes = new DataView(Uint8Array.from(match[0], (char) => char.charCodeAt(0)).buffer)
    lastTail = { bytes, name: this.#types.names[type]! }
    this.#known = lastTail
    return true
  }

  #tailWithin(bytes: number, start: number, end: number): RegExpExecArray | null {
    const text = this.#bytes.toString('latin1', Math.max(start, end - bytes), end)
    return /, ?("__table": ?)("[^"\\]*")\}$/.exec(text)
  }
}

/** Names of event types by the bytes that they were written as, so that each is read once and not once for each event. */
class TypeNames {
  readonly names: string[] = []
  readonly #indexOf = new Map<string, number>()
  #lastToken = ''
  #last: number | undefined

  /** Of the member's value at these places; undefined where it is no name of an event type. */
  of(bytes: Buffer, start: number, end: number): number | undefined {
    if (bytes[start] !== QUOTE || end - start > tokenBytesMax) return undefined
    const token = bytes.toString('latin1', start, end)
    if (token === this.#lastToken) return this.#last
    const name = JSON.parse(bytes.toString('utf8', start, end)) as string
    this.#lastToken = token
    this.#last = isEventType(name) ? this.add(name) : undefined
    return this.#last
  }

  /** Of events whose type cannot be read. */
  unknown(): number {
    return this.add('')
  }

  /** Its place among the names. */
  add(name: string): number {
    const known = this.#indexOf.get(name)
    if (known !== undefined) return known
    this.#indexOf.set(name, this.names.length)
    return this.names.push(name) - 1
  }
}

/** Takes the member whose value is at these places out of the object that ends at `objectEnd`, and returns where it ends now. */
function endWithout(bytes: Buffer, start: number, end: number, objectEnd: number): number {
  const after = skipSpace(bytes, end)
  const key = keyBefore(bytes, start)
  if (bytes[after] === COMMA) {
    bytes.fill(SPACE, key, after + 1)
    return objectEnd
  }
  let before = key - 1
  while (bytes[before]! <= SPACE) before--
  const brace = bytes[before] === COMMA ? before : before + 1 // in the place of the comma, or behind the one that opens
  bytes[brace] = CLOSE_BRACE
  return brace + 1
}

/** Where the key begins of the value at `start`; in this key no quote is escaped. */
function keyBefore(bytes: Buffer, start: number): number {
  const closing = bytes.lastIndexOf(QUOTE, start - 1)
  return bytes.lastIndexOf(QUOTE, closing - 1)
}

const finder = openMemberFinder(['__table'])

/** A name of 128 characters, each written as two escapes, in quotes. */
const tokenBytesMax = 128 * 12 + 2

/** Nearly all tails are shorter. */
const shortTailBytes = 64
/** Longer than any tail that names an event type in plain characters. */
const tailBytesMax = 600

const noTable = {
  code: 'invalid_request',
  message: '"__table" is missing: every record names the table of its row',
} as const
const badTable = { code: 'invalid_event_type', message: `"__table" has to be a text of ${eventTypeRule}` } as const

const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const CLOSE_BRACE = 0x7d
