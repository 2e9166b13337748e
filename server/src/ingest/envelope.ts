/**
 * Envelopes `{type, data, id?, time?}`: found by their bytes, never parsed but for the short scalars around `data`.
 * One that is none is a fault of its record alone, and what an envelope should not hold is a fault too: it would be lost silently.
 */
import { isEventType } from '@millrace/event/event'
import { limits } from '@millrace/event/limits'
import { openMemberFinder } from '@millrace/json/members'
import type { EventFault } from '../batch.ts'
import type { ErrorCode } from '../errors.ts'
import { readEventTime } from './event-time.ts'
import { eventTypeRule } from './event-type.ts'
import { plainText } from './plain-text.ts'
import type { DecodedEvents } from './protocol.ts'
import type { ScannedEvents } from './scan.ts'
import { readUsualTime } from './usual-time.ts'

const members = ['type', 'data', 'id', 'time'] as const
const [TYPE, DATA, ID, TIME] = [0, 1, 2, 3]
const finder = openMemberFinder(members)

/** The events in the envelopes that a scan found, each with the place of its `data`; a faulty one with the place of its whole. */
export function decodeEnvelopes(body: Buffer, { starts, ends, faults }: ScannedEvents): DecodedEvents {
  const faulty = new Set(faults.map(({ index }) => index))
  const isProved = (_: number, index: number) => !faulty.has(index)
  const places =
    faulty.size === 0
      ? finder.find(body, starts, ends)
      : finder.find(body, starts.filter(isProved), ends.filter(isProved))
  const envelopes = new EnvelopeReader(body, starts, ends, places)
  let known = 0
  for (let index = 0; index < starts.length; index++) {
    if (faults[known]?.index === index) envelopes.setAside(faults[known++]!)
    else envelopes.read(index)
  }
  return envelopes.events()
}

interface Reason {
  readonly code: ErrorCode
  readonly message: string
}

class EnvelopeReader {
  readonly #body: Buffer
  readonly #starts: Uint32Array
  readonly #ends: Uint32Array
  /** Start and end of every member of every proved record, `members.length` pairs a record; both 0 where it has none. */
  readonly #places: Uint32Array
  /** Where in `#places` the record begins that is read next. */
  #place = 0
  readonly #types: string[] = []
  readonly #typeIndex: number[] = []
  /** By the bytes as they stand in the body, so that a name is read once and not once for each event. */
  readonly #typeByToken = new Map<string, number>()
  #ids: (string | null)[] | undefined
  #times: (number | null)[] | undefined
  readonly #faults: EventFault[] = []

  constructor(body: Buffer, starts: Uint32Array, ends: Uint32Array, places: Uint32Array) {
    this.#body = body
    this.#starts = starts
    this.#ends = ends
    this.#places = places
  }

  events(): DecodedEvents {
    return {
      types: this.#types,
      ...(this.#types.length > 1 ? { typeIndex: this.#typeIndex } : {}),
      ...(this.#ids === undefined ? {} : { ids: this.#ids }),
      ...(this.#times === undefined ? {} : { times: this.#times }),
      ...(this.#faults.length === 0 ? {} : { faults: this.#faults }),
      starts: this.#starts,
      ends: this.#ends,
      payload: this.#body,
    }
  }

  /** Keeps an event whole, under the type it has where that much can be read. */
  setAside(fault: EventFault, type: number = this.#indexOf('')): void {
    this.#typeIndex.push(type)
    this.#faults.push(fault)
  }

  /** The next proved record, which is number `index` of all. */
  read(index: number): void {
    const type = this.#readType()
    const reason =
      (typeof type === 'number' ? undefined : type) ??
      this.#dataFault() ??
      this.#strayMember(this.#starts[index]!) ??
      this.#readId(index) ??
      this.#readTime(index)
    if (reason === undefined) {
      this.#typeIndex.push(type as number)
      this.#starts[index] = this.#start(DATA)
      this.#ends[index] = this.#end(DATA)
    } else this.setAside({ index, ...reason }, typeof type === 'number' ? type : undefined)
    this.#place += 2 * members.length
  }

  #readType(): number | Reason {
    const start = this.#start(TYPE)
    const end = this.#end(TYPE)
    if (end === 0) return invalid('"type" is missing: every envelope names the type of its event')
    if (end - start > tokenBytesMax) return noType
    const token = this.#body.toString('latin1', start, end)
    const known = this.#typeByToken.get(token)
    if (known !== undefined) return known
    const name = this.#scalar(start, end)
    if (typeof name !== 'string' || !isEventType(name)) return noType
    const type = this.#indexOf(name)
    this.#typeByToken.set(token, type)
    return type
  }

  #indexOf(type: string): number {
    const known = this.#types.indexOf(type)
    return known >= 0 ? known : this.#types.push(type) - 1
  }

  #dataFault(): Reason | undefined {
    if (this.#end(DATA) === 0) return invalid('"data" is missing: every envelope holds the data of its event')
    if (this.#body[this.#start(DATA)] === OPEN_BRACE) return undefined
    return { code: 'not_an_object', message: '"data" has to be an object' }
  }

  #readId(index: number): Reason | undefined {
    const id = this.#optional(ID)
    if (id === null) return undefined
    if (typeof id !== 'string' || id.length < 1 || id.length > limits.eventIdCharsMax || !id.isWellFormed())
      return invalid(`"id" has to be a text of 1 to ${limits.eventIdCharsMax} characters`)
    this.#ids ??= new Array<string | null>(this.#starts.length).fill(null)
    this.#ids[index] = id
    return undefined
  }

  #readTime(index: number): Reason | undefined {
    const usual = readUsualTime(this.#body, this.#start(TIME), this.#end(TIME))
    const value = usual ?? this.#optional(TIME)
    if (value === null) return undefined
    const time = usual ?? readEventTime(value)
    if (time === undefined) return noTime
    this.#times ??= new Array<number | null>(this.#starts.length).fill(null)
    this.#times[index] = time
    return undefined
  }

  /** A short scalar, or null where there is none or it says null; undefined where it is no short scalar. */
  #optional(member: number): string | number | boolean | null | undefined {
    const end = this.#end(member)
    return end === 0 ? null : this.#scalar(this.#start(member), end)
  }

  #scalar(start: number, end: number): string | number | boolean | null | undefined {
    const first = this.#body[start]
    if (end - start > tokenBytesMax || first === OPEN_BRACE || first === OPEN_BRACKET) return undefined
    const plain = first === QUOTE ? plainText(this.#body, start, end) : undefined
    if (plain !== undefined) return plain
    const token = this.#body.toString('utf8', start, end)
    if (first === QUOTE) return JSON.parse(token) as string
    return first! <= NINE ? Number(token) : (JSON.parse(token) as boolean | null)
  }

  /**
   * A member that an envelope has not, or has twice. The record is proved JSON and the places of its members' values are known,
   * so that all between them is keys, and only the key of a value at an unknown place needs a look.
   */
  #strayMember(start: number): Reason | undefined {
    const body = this.#body
    let at = this.#space(start + 1)
    while (body[at] !== CLOSE_BRACE) {
      const keyEnd = stringEnd(body, at)
      const value = this.#space(this.#space(keyEnd) + 1)
      const end = this.#endOfValueAt(value)
      if (end === undefined) return strayReason(body.toString('utf8', at, keyEnd))
      at = this.#space(end)
      if (body[at] === COMMA) at = this.#space(at + 1)
    }
    return undefined
  }

  #endOfValueAt(at: number): number | undefined {
    for (let member = 0; member < members.length; member++) {
      if (this.#start(member) === at && this.#end(member) !== 0) return this.#end(member)
    }
    return undefined
  }

  #space(at: number): number {
    while (this.#body[at]! <= SPACE) at++
    return at
  }

  #start(member: number): number {
    return this.#places[this.#place + 2 * member]!
  }

  #end(member: number): number {
    return this.#places[this.#place + 2 * member + 1]!
  }
}

/** Behind the closing quote of the text that opens at `at`. */
function stringEnd(body: Buffer, at: number): number {
  for (at++; body[at] !== QUOTE; at++) if (body[at] === BACKSLASH) at++
  return at + 1
}

function strayReason(keyToken: string): Reason {
  const key = JSON.parse(keyToken) as string
  if ((members as readonly string[]).includes(key)) return invalid(`The envelope has "${key}" twice`)
  const shown = key.length > 40 ? `${key.slice(0, 40)}…` : key
  return invalid(`An envelope has no member ${JSON.stringify(shown)}: what belongs to the event stands in "data"`)
}

function invalid(message: string): Reason {
  return { code: 'invalid_request', message }
}

/** Longest token of a scalar: each of 128 characters may be written in 6, in quotes. */
const tokenBytesMax = 6 * limits.eventIdCharsMax + 2

const noType: Reason = {
  code: 'invalid_event_type',
  message: `"type" has to be a text of ${eventTypeRule}`,
}
const noTime: Reason = {
  code: 'invalid_event_time',
  message: '"time" has to be an ISO 8601 text or ms since 1970, within the years 1 to 9999',
}

const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const NINE = 0x39
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
