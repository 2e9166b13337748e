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
import { scanPythonEvents } from '../../python-json.ts'

/** The events in a message, whose bytes are changed by it. */
export function readRecords(scanner: RecordScanner, message: Uint8Array): DecodedEvents {
  const { starts, ends, payload, faults: unreadable, notes } = scanPythonEvents(scanner, message, 'ndjson')
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  const faulty = new Set(unreadable.map(({ index }) => index))
  const isProved = (_: number, index: number) => !faulty.has(index)
  const places =
    faulty.size === 0
      ? finder.find(bytes, starts, ends)
      : finder.find(bytes, starts.filter(isProved), ends.filter(isProved))
  const types = new TypeNames()
  const typeIndex = new Array<number>(starts.length)
  const faults = new Map<number, EventFault>(unreadable.map((fault) => [fault.index, fault]))
  let place = 0
  for (let index = 0; index < starts.length; index++) {
    if (faulty.size > 0 && faulty.has(index)) {
      typeIndex[index] = types.unknown()
      continue
    }
    const [start, end] = [places[place]!, places[place + 1]!]
    place += 2
    const type = end === 0 ? undefined : types.of(bytes, start, end)
    typeIndex[index] = type ?? types.unknown()
    if (type === undefined) faults.set(index, { index, ...(end === 0 ? noTable : badTable) })
    else ends[index] = cutMember(bytes, start, end, ends[index]!)
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
    this.#last = isEventType(name) ? this.#add(name) : undefined
    return this.#last
  }

  /** Of events whose type cannot be read. */
  unknown(): number {
    return this.#add('')
  }

  #add(name: string): number {
    const known = this.#indexOf.get(name)
    if (known !== undefined) return known
    this.#indexOf.set(name, this.names.length)
    return this.names.push(name) - 1
  }
}

/** Takes the member whose value is at these places out of the object that ends at `objectEnd`, and returns where it ends now. */
function cutMember(bytes: Buffer, start: number, end: number, objectEnd: number): number {
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

const noTable = {
  code: 'invalid_request',
  message: '"__table" is missing: every record names the table of its row',
} as const
const badTable = { code: 'invalid_event_type', message: `"__table" has to be a text of ${eventTypeRule}` } as const

const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const CLOSE_BRACE = 0x7d
