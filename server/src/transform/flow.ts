/** Events on their way through the users' code: what crosses the border of a sandbox, and from which event of the log each comes. */
import { createHash } from 'node:crypto'
import { idsAfter } from '@millrace/event/id'
import type { EventBatch } from '../batch.ts'
import { type PackedRequest, packRequest } from './guest.ts'

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
  /** Its JSON lies between these bytes of the payload. Of many events it is one and the same, and a view of each costs more than its copy. */
  readonly payload: Uint8Array
  readonly start: number
  readonly end: number
}

/** Each event of an input that is not skipped. */
export function eventsOf({ batch, skip }: FlowInput, input: number): FlowEvent[] {
  const { starts, ends, payload, types, typeIndex, ids, idBase, times } = batch
  const idOf = idsAfter(idBase)
  const events: FlowEvent[] = []
  for (let event = 0; event < starts.length; event++) {
    if (skip?.has(event)) continue
    events.push({
      input,
      event,
      id: ids?.[event] ?? idOf(event),
      parent: null,
      type: types[typeIndex?.[event] ?? 0]!,
      time: times?.[event] ?? null,
      payload,
      start: starts[event]!,
      end: ends[event]!,
    })
  }
  return events
}

/** Bytes of its JSON. */
export function lengthOf({ start, end }: FlowEvent): number {
  return end - start
}

/** The id of an event that was split off another: the same each time, a UUID of version 8 (RFC 9562 §5.8) made of the parent's id and the child's place. */
export function childId(parent: string, place: number): string {
  const hash = createHash('sha256').update(`${place} ${parent}`).digest()
  hash[6] = (hash[6]! & 0x0f) | 0x80
  hash[8] = (hash[8]! & 0x3f) | 0x80
  const hex = hash.toString('hex', 0, 16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** What a guest is told of events beside their data. The text is put together here: to make objects for it first took twice as long. */
export function requestOf(events: readonly FlowEvent[], inputs: readonly FlowInput[], careful: boolean): PackedRequest {
  const origins = new Numbered<EventBatch['input']>()
  const types = new Numbered<string>()
  const places = events.map(({ id, type, time, parent, input, event }) => {
    const { batch } = inputs[input]!
    const resent = batch.resent?.[event]
    const receivedAt = resent?.receivedAt ?? batch.receivedAt
    const about = `${origins.of(batch.input)},${types.of(type)},${receivedAt},${time ?? receivedAt},${resent?.count ?? 0}`
    return `[${quoted(id)},${about},${parent === null ? 0 : quoted(parent)}]`
  })
  const json = packRequest({ careful, inputs: origins.values, types: types.values, events: [] }).json
  return { careful, count: events.length, json: `${json.slice(0, -2)}${places.join()}]}` } // before the end of the empty list
}

function quoted(id: string): string {
  return isPlain.test(id) ? `"${id}"` : JSON.stringify(id)
}

const isPlain = /^[\w-]*$/

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
  const lines = Buffer.allocUnsafeSlow(events.reduce((sum, event) => sum + lengthOf(event) + 1, 0))
  let length = 0
  for (let first = 0, next = 1; first < events.length; first = next, next++) {
    const { payload, start } = events[first]!
    while (follows(events[next - 1]!, events[next])) next++
    const { end } = events[next - 1]! // they are one a line already
    lines.set(payload.subarray(start, end), length)
    length += end - start
    lines[length++] = lineFeed
  }
  replaceBreaks(lines, events)
  return lines
}

function follows({ payload, end }: FlowEvent, next: FlowEvent | undefined): boolean {
  return next?.payload === payload && next.start === end + 1 && payload[end] === lineFeed
}

/** By a space, where they are not ends of events. */
function replaceBreaks(lines: Buffer, events: readonly FlowEvent[]): void {
  for (let at = lines.indexOf(carriageReturn); at >= 0; at = lines.indexOf(carriageReturn, at + 1)) lines[at] = space
  let end = -1
  for (let at = -1, place = 0; place < events.length; place++) {
    end += lengthOf(events[place]!) + 1
    for (at = lines.indexOf(lineFeed, at + 1); at < end; at = lines.indexOf(lineFeed, at + 1)) lines[at] = space
  }
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
  const typeIndex = events.map(({ type }) => types.of(type))
  const { typeIndex: _, types: __, times: ___, notes: ____, faults: _____, resent, fetchedForIndex, ...rest } = batch
  const made: EventBatch = {
    ...rest,
    types: types.values,
    ...(types.values.length > 1 && { typeIndex }),
    ids: events.map(({ id }) => id),
    ...(events.some(({ time }) => time !== null) && { times: events.map(({ time }) => time) }),
    ...(fetchedForIndex && { fetchedForIndex: events.map(({ event }) => fetchedForIndex[event]!) }),
    ...(resent && { resent: events.map(({ event }) => resent[event]!) }),
    ...payloadOf(events),
  }
  const hasParents = events.some(({ parent }) => parent !== null)
  return {
    batch: made,
    firstOffset,
    origins: Uint32Array.from(events, ({ event }) => event),
    ...(hasParents && { parents: events.map(({ parent }) => parent) }),
  }
}

/** Of the payload that they share, or of one that is made for them. */
function payloadOf(events: readonly FlowEvent[]): Pick<EventBatch, 'payload' | 'starts' | 'ends'> {
  const payload = sharedPayload(events) ?? linesOf(events)
  const isShared = payload === events[0]?.payload
  const starts = new Uint32Array(events.length)
  const ends = new Uint32Array(events.length)
  const before = isShared ? events[0]!.start : 0
  for (let place = 0, next = 0; place < events.length; place++) {
    const event = events[place]!
    starts[place] = isShared ? event.start - before : next
    ends[place] = starts[place]! + lengthOf(event)
    next = ends[place]! + 1
  }
  return { payload: isShared ? payload.subarray(before, events.at(-1)!.end) : payload, starts, ends }
}

/** What guests make of one chunk is held together for as long. */
function sharedPayload(events: readonly FlowEvent[]): Uint8Array | undefined {
  const payload = events[0]?.payload
  return events.every((event) => event.payload === payload) ? payload : undefined
}
