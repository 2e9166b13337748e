/** Where the members of messages are, and what is read of them on the spot. */
import { hash } from 'node:crypto'
import { limits } from '@millrace/event/limits'
import { openMemberFinder } from '@millrace/json/members'
import { CLOSE_BRACE, OPEN_BRACE, QUOTE, skipSpace } from '@millrace/json/tokens'
import { decodeString } from '@millrace/json/walk'
import { readEventTime } from '../../event-time.ts'
import { type Member, membersOf } from '../../members.ts'
import { plainText } from '../../plain-text.ts'
import { readUsualTime } from '../../usual-time.ts'
import { fieldFinder, fields, type Kind, kinds, place, placesPerMessage } from './fields.ts'

export class MessagePlaces {
  readonly #body: Buffer
  readonly #starts: Uint32Array
  readonly #ends: Uint32Array
  /** Of every message: a start and an end for each of `fields`. */
  readonly #places: Uint32Array
  /** Messages whose traits are those of their context. */
  readonly #borrowers = new Set<number>()

  /** `kind`: of all messages, where the path tells. `found`: where their members are, none of them borrowed, if that is known already. */
  constructor(
    body: Buffer,
    starts: Uint32Array,
    ends: Uint32Array,
    kind: Kind | undefined,
    found: Uint32Array | undefined,
  ) {
    this.#body = body
    this.#starts = starts
    this.#ends = ends
    this.#places = found ?? fieldFinder.find(body, starts, ends)
    if (found !== undefined) return
    for (let message = 0; message < starts.length; message++)
      if ((kind ?? this.kindOf(message)) === 'identify' && this.#hasNoTraits(message)) this.#borrowTraits(message)
  }

  get count(): number {
    return this.#starts.length
  }

  start(message: number, at: number): number {
    return this.#places[message * placesPerMessage + at]!
  }

  /** 0 where there is no such member. */
  end(message: number, at: number): number {
    return this.#places[message * placesPerMessage + at + 1]!
  }

  isHollow(objectStart: number): boolean {
    return this.#body[skipSpace(this.#body, objectStart + 1)] === CLOSE_BRACE
  }

  kindOf(message: number): Kind | undefined {
    const [start, end] = [this.start(message, place.type), this.end(message, place.type)]
    if (isToken(this.#body, start, end, trackToken)) return 'track' // nearly all of them
    return end - start > kindBytesMax ? undefined : kindByToken.get(this.#body.toString('latin1', start, end))
  }

  /** An id too long to be one is still told apart by its hash; the column has it whole. */
  idOf(message: number): string | null {
    const [start, end] = [this.start(message, place.messageId), this.end(message, place.messageId)]
    if (this.#body[start] !== QUOTE || end - start <= 2) return null
    const id = plainText(this.#body, start, end) ?? decodeString(this.#body, start, end).toWellFormed()
    return id.length <= limits.eventIdCharsMax ? id : hash('sha256', id)
  }

  /** ms since 1970 UTC; null where the message does not say, undefined where that cannot be read. */
  timeAt(message: number, at: number): number | null | undefined {
    const [start, end] = [this.start(message, at), this.end(message, at)]
    const first = this.#body[start]
    if (end === 0 || first === LOWER_N) return null
    const usual = readUsualTime(this.#body, start, end)
    if (usual !== undefined) return usual
    if (end - start > timeBytesMax) return undefined
    if (first !== QUOTE) return readEventTime(Number(this.#body.toString('latin1', start, end)))
    return readEventTime(this.#body.toString('latin1', start + 1, end - 1))
  }

  /**
   * Members that are not known by name. Known ones are written next to each other by nearly all clients, with nothing in between, so
   * that their lengths tell at once that there is nothing else.
   */
  strays(message: number): Member[] {
    let length = 1
    for (const { name, place: at } of fields) {
      const end = this.end(message, at)
      if (end !== 0) length += name.length + 4 + end - this.start(message, at) // two quotes, a colon, and a comma or the last brace
    }
    const [start, end] = [this.#starts[message]!, this.#ends[message]!]
    if (length === end - start && !this.#borrowers.has(message)) return []
    return membersOf(this.#body, start, end).filter(({ key }) => !knownNames.has(key))
  }

  #hasNoTraits(message: number): boolean {
    const start = this.start(message, place.traits)
    if (this.end(message, place.traits) === 0 || this.#body[start] === LOWER_N) return true
    return this.#body[start] === OPEN_BRACE && this.isHollow(start)
  }

  /** RudderStack's clients for pages and apps tell a user's traits in the context alone. */
  #borrowTraits(message: number): void {
    const [start, end] = [this.start(message, place.context), this.end(message, place.context)]
    if (end === 0 || this.#body[start] !== OPEN_BRACE) return
    const [from, to] = traitsFinder.find(this.#body, Uint32Array.of(start), Uint32Array.of(end))
    if (!to || this.#body[from!] !== OPEN_BRACE) return
    this.#places.set([from!, to], message * placesPerMessage + place.traits)
    this.#borrowers.add(message)
  }
}

function isToken(body: Uint8Array, start: number, end: number, token: Uint8Array): boolean {
  if (end - start !== token.length) return false
  for (let offset = 0; offset < token.length; offset++) if (body[start + offset] !== token[offset]) return false
  return true
}

const knownNames: ReadonlySet<string> = new Set(fields.map(({ name }) => name))
const trackToken = Buffer.from('"track"')
const kindByToken: ReadonlyMap<string, Kind> = new Map(kinds.map((kind) => [JSON.stringify(kind), kind]))
const kindBytesMax = 32
const timeBytesMax = 66
const LOWER_N = 0x6e
const traitsFinder = openMemberFinder(['traits'])
