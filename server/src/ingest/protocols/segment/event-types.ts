/** The event types that tracked events name: each name is read once, and not for each event. */
import { isEventType } from '@millrace/event/event'
import { QUOTE } from '@millrace/json/tokens'
import { decodeString } from '@millrace/json/walk'

export class EventTypes {
  /** Those that occur. */
  readonly names: string[] = []
  readonly #body: Buffer
  /** 1 for each message whose name is that of the message before, if that is known. */
  readonly #repeats: Uint32Array | undefined
  readonly #byToken = new Map<string, number>()
  /** Of which message the name was read last, where it stands, and its type: nearly always the next has the same. */
  #last = { message: -2, start: 0, end: 0, type: 0 }

  constructor(body: Buffer, repeats: Uint32Array | undefined) {
    this.#body = body
    this.#repeats = repeats
  }

  /** Of a message, by the name between these places; undefined where it is no name of an event type. */
  of(message: number, start: number, end: number): number | undefined {
    const last = this.#last
    if (last.message === message - 1 && this.#repeats?.[message] === 1) {
      last.message = message
      return last.type
    }
    if (this.#body[start] !== QUOTE || end - start > tokenBytesMax) return undefined
    const type = this.#isLast(start, end) ? last.type : this.#typeOf(start, end)
    if (type !== undefined) this.#last = { message, start, end, type }
    return type
  }

  indexOf(type: string): number {
    const known = this.names.indexOf(type)
    return known >= 0 ? known : this.names.push(type) - 1
  }

  #isLast(start: number, end: number): boolean {
    const last = this.#last
    if (end - start !== last.end - last.start) return false
    for (let at = start; at < end; at++) if (this.#body[at] !== this.#body[last.start + at - start]) return false
    return true
  }

  #typeOf(start: number, end: number): number | undefined {
    const token = this.#body.toString('latin1', start, end)
    const known = this.#byToken.get(token)
    if (known !== undefined) return known
    const name = decodeString(this.#body, start, end).trim()
    if (!isEventType(name)) return undefined
    const type = this.indexOf(name)
    this.#byToken.set(token, type)
    return type
  }
}

/** A name of 128 characters, each written in two escapes, and its quotes. */
const tokenBytesMax = 128 * 12 + 2
