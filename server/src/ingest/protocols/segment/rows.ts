/**
 * Rows of messages written member by member, in JavaScript: of those that the flattener leaves, and of all where there is none. What it
 * writes is what the flattener has to write.
 */
import { CLOSE_BRACE, COMMA, OPEN_BRACE } from '@millrace/json/tokens'
import type { ByteWriter } from '../../byte-writer.ts'
import { type Member, membersOf } from '../../members.ts'
import { fields, flattenedOf, type Kind, place, takenNameFinder, takenNames } from './fields.ts'
import type { MessagePlaces } from './places.ts'

export interface Messages {
  readonly body: Buffer
  readonly places: MessagePlaces
  /** What all of them are, where it is not said by each. */
  readonly kind: Kind | undefined
  /** The inside of an object, without its braces, that is part of each message's `context`. */
  readonly context: Uint8Array
}

export class RowWriter {
  readonly #messages: Messages
  readonly #body: Buffer
  readonly #places: MessagePlaces
  readonly #out: ByteWriter
  /** By message, where in `#takenPlaces`; nothing of one that has nothing to flatten. */
  readonly #taken: Uint32Array
  /** Of every message that has something to flatten: where those of its properties are that have a taken name. */
  readonly #takenPlaces: Uint32Array

  constructor(messages: Messages, out: ByteWriter) {
    this.#messages = messages
    this.#body = messages.body
    this.#places = messages.places
    this.#out = out
    this.#taken = new Uint32Array(messages.places.count)
    this.#takenPlaces = this.#findTaken()
  }

  write(message: number, kind: Kind): void {
    this.#out.byte(OPEN_BRACE)
    this.#writeFields(message, kind)
    this.#writeProperties(message, kind, this.#places.strays(message))
    this.#out.byte(CLOSE_BRACE)
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
    const shared = this.#messages.context
    if (shared.length === 0 || (end !== 0 && !this.#isEmptyOrObject(start))) {
      if (end !== 0) this.#writeMember(prefixes[place.context]!, start, end)
      return
    }
    this.#comma()
    this.#out.add(prefixes[place.context]!)
    this.#out.byte(OPEN_BRACE)
    this.#out.add(shared)
    if (end !== 0 && this.#body[start] === OPEN_BRACE && !this.#places.isHollow(start)) {
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
    if (this.#messages.context.length > 0) names.set('context', Buffer.of())
    return names
  }

  #hasTakenName(message: number, kind: Kind): boolean {
    for (let index = 0; index < takenNames.length; index++) {
      if (this.#takenPlaces[this.#taken[message]! + 2 * index + 1] === 0) continue
      if (this.#namesOf(message, kind).has(takenNames[index]!)) return true
    }
    return false
  }

  #findTaken(): Uint32Array {
    const [starts, ends]: [number[], number[]] = [[], []]
    for (let message = 0; message < this.#taken.length; message++) {
      const kind = this.#messages.kind ?? this.#places.kindOf(message)
      const start = this.#propertiesStart(message, kind)
      if (start === 0) continue
      this.#taken[message] = 2 * takenNames.length * starts.length
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

/** By the place of a field: its name in a row, and the colon. */
const prefixes: Readonly<Record<number, Buffer>> = Object.fromEntries(
  fields.map(({ name, place, rowName }) => [place, Buffer.from(`"${rowName ?? name}":`)]),
)
const nothing = Buffer.of()
const LOWER_N = 0x6e
