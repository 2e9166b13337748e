/** Events on their way through the users' code: what crosses the border of a sandbox, and from which event of the log each comes. */
import { createHash } from 'node:crypto'
import { idsAfter } from '@millrace/event/id'
import type { EventBatch } from '../batch.ts'
import { type PackedRequest, packRequest } from './guest.ts'
import type { RunRequest } from './guest-protocol.ts'

/** The events of one log record. */
export interface FlowInput {
  readonly batch: EventBatch
  /** Offset of its first event. */
  readonly firstOffset: bigint
  /** Events that the code does not see: unreadable or duplicate ones. */
  readonly skip?: ReadonlySet<number>
}

export interface FlowEvent {
  /** Which of the inputs it comes from, and which event of it. */
  readonly input: number
  readonly event: number
  readonly id: string
  /** Id of the event that it was split off, if it was. */
  readonly parent: string | null
  readonly type: string
  /** ms since 1970 UTC; null where the time of receipt counts. */
  readonly time: number | null
  readonly bytes: Uint8Array
}

/** Each event of an input that is not skipped. */
export function* eventsOf({ batch, skip }: FlowInput, input: number): Generator<FlowEvent> {
  const { starts, ends, payload, types, typeIndex, ids, idBase, times } = batch
  const idOf = idsAfter(idBase)
  for (let event = 0; event < starts.length; event++) {
    if (skip?.has(event)) continue
    yield {
      input,
      event,
      id: ids?.[event] ?? idOf(event),
      parent: null,
      type: types[typeIndex?.[event] ?? 0]!,
      time: times?.[event] ?? null,
      bytes: payload.subarray(starts[event], ends[event]),
    }
  }
}

/** What one event became: the event itself, or events split off it, whose ids are the same each time. */
export function childOf(event: FlowEvent, place: number, count: number): Pick<FlowEvent, 'id' | 'parent'> {
  if (count === 1) return event
  return { id: childId(event.id, place), parent: event.parent ?? event.id } // what an earlier stage made of it is nowhere
}

/** A UUID of version 8 (RFC 9562 §5.8) made of the parent's id and the child's place. */
function childId(parent: string, place: number): string {
  const hash = createHash('sha256').update(`${place} ${parent}`).digest()
  hash[6] = (hash[6]! & 0x0f) | 0x80
  hash[8] = (hash[8]! & 0x3f) | 0x80
  const hex = hash.toString('hex', 0, 16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** What a guest is told of events beside their data. */
export function requestOf(events: readonly FlowEvent[], inputs: readonly FlowInput[], careful: boolean): PackedRequest {
  const origins = new Numbered<EventBatch['input']>()
  const types = new Numbered<string>()
  const places = events.map(({ id, type, time, parent, input, event }): RunRequest['events'][number] => {
    const { batch } = inputs[input]!
    const resent = batch.resent?.[event]
    const receivedAt = resent?.receivedAt ?? batch.receivedAt
    const count = resent?.count ?? 0
    return [id, origins.of(batch.input), types.of(type), receivedAt, time ?? receivedAt, count, parent ?? 0]
  })
  return packRequest({ careful, inputs: origins.values, types: types.values, events: places })
}

/** Values by the order in which they were first met. */
class Numbered<T> {
  readonly values: T[] = []
  readonly #places = new Map<T, number>()

  of(value: T): number {
    let place = this.#places.get(value)
    if (place === undefined) {
      place = this.values.push(value) - 1
      this.#places.set(value, place)
    }
    return place
  }
}

const [lineFeed, carriageReturn, space] = [0x0a, 0x0d, 0x20]

/** The events' JSON, one a line. A line break inside of an event is white space between tokens, since a string holds none. */
export function linesOf(events: readonly FlowEvent[]): Uint8Array {
  const lines = new Uint8Array(events.reduce((sum, { bytes }) => sum + bytes.length + 1, 0))
  let length = 0
  for (const { bytes } of events) {
    lines.set(bytes, length)
    const line = lines.subarray(length, length + bytes.length)
    for (const breaking of [lineFeed, carriageReturn])
      for (let at = line.indexOf(breaking); at >= 0; at = line.indexOf(breaking, at + 1)) line[at] = space
    length += bytes.length
    lines[length++] = lineFeed
  }
  return lines
}

/** What became of an input: events as the code made them, in the shape of a batch of the log. */
export interface TransformedInput extends FlowInput {
  /** Which event of the input each event of the batch comes from, ascending; absent where the code did not see them. */
  readonly origins?: Uint32Array
  /** Ids of the events that each was split off. */
  readonly parents?: readonly (string | null)[]
  /** Version of the code that made them. */
  readonly transformVersion?: number
}

/** Events of one input, in order, as a batch of their own. */
export function batchOf({ batch, firstOffset }: FlowInput, events: readonly FlowEvent[]): TransformedInput {
  const types = new Numbered<string>()
  const starts = new Uint32Array(events.length)
  const ends = new Uint32Array(events.length)
  let length = 0
  for (const [place, { bytes }] of events.entries()) {
    starts[place] = length
    length += bytes.length
    ends[place] = length
  }
  const { input, receivedAt, idBase, resent, notes: _, faults: __, ...rest } = batch
  const made: EventBatch = {
    ...rest,
    input,
    receivedAt,
    idBase,
    typeIndex: events.map(({ type }) => types.of(type)),
    types: types.values,
    ids: events.map(({ id }) => id),
    times: events.map(({ time }) => time),
    ...(resent && { resent: events.map(({ event }) => resent[event]!) }),
    starts,
    ends,
    payload: Buffer.concat(
      events.map(({ bytes }) => bytes),
      length,
    ),
  }
  const hasParents = events.some(({ parent }) => parent !== null)
  return {
    batch: made,
    firstOffset,
    origins: Uint32Array.from(events, ({ event }) => event),
    ...(hasParents && { parents: events.map(({ parent }) => parent) }),
  }
}
