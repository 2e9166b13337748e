/**
 * Events on their way through the users' code, by columns: from which event of the log each comes, and what of it the code has changed.
 * There is no object for each event, since to make and to collect them costs as much as the code itself.
 */
import { createHash } from 'node:crypto'
import { idAt, idsAfter } from '@millrace/event/id'
import type { EventBatch } from '../batch.ts'
import { type PackedRequest, packRequest } from './guest.ts'
import type { EventRun } from './guest-protocol.ts'

/** The events of one log record. */
export interface FlowInput {
  readonly batch: EventBatch
  /** Offset of its first event. */
  readonly firstOffset: bigint
  /** Events that the code does not see: unreadable or duplicate ones. */
  readonly skip?: ReadonlySet<number>
}

/** In the order of the log; what was split off one event is one after the other. */
export interface FlowEvents {
  readonly inputs: readonly FlowInput[]
  readonly count: number
  /** Which of the inputs each comes from, and which event of it. */
  readonly input: Uint32Array
  readonly event: Uint32Array
  /** Where the JSON is that code made of them; absent for events as they arrived. */
  readonly made?: Texts
  /** By place, of those alone that are called otherwise than the event that they come from. */
  readonly heads?: ReadonlyMap<number, FlowHead>
}

/** Event i is what lies between bytes `starts[i]` and `ends[i]`. */
export interface Texts {
  readonly payload: Uint8Array
  readonly starts: Uint32Array
  readonly ends: Uint32Array
}

/** What is known of an event beside its JSON. */
export interface FlowHead {
  readonly id: string
  /** Id of the event that it was split off, if it was. */
  readonly parent: string | null
  readonly type: string
  /** ms since 1970 UTC; null where the time of receipt counts. */
  readonly time: number | null
}

/** Whatever an event is called. */
export function headOf({ inputs, input, event, heads }: FlowEvents, place: number): FlowHead {
  return heads?.get(place) ?? arrivedHead(inputs[input[place]!]!, event[place]!)
}

function arrivedHead({ batch: { ids, idBase, types, typeIndex, times } }: FlowInput, event: number): FlowHead {
  return {
    id: ids?.[event] ?? ownId(idBase, event),
    parent: null,
    type: types[typeIndex?.[event] ?? 0]!,
    time: times?.[event] ?? null,
  }
}

let ownIds: { base: Uint8Array; at: (event: number) => string } = { base: new Uint8Array(), at: () => '' }

/** Of one batch many are asked for, one after the other. */
function ownId(base: Uint8Array, event: number): string {
  if (ownIds.base !== base) ownIds = { base, at: idsAfter(base) }
  return ownIds.at(event)
}

/** Where the JSON of the events of an input is. */
export function textsOf({ inputs, made }: FlowEvents, input: number): Texts {
  return made ?? inputs[input]!.batch
}

/** Bytes of an event's JSON. */
export function lengthOf({ inputs, input, event, made }: FlowEvents, place: number): number {
  if (made) return made.ends[place]! - made.starts[place]!
  const { starts, ends } = inputs[input[place]!]!.batch
  return ends[event[place]!]! - starts[event[place]!]!
}

/** Whether two events are, or were split off, one of the log. */
export function isSameOrigin({ input, event }: FlowEvents, place: number, other: number): boolean {
  return input[place] === input[other] && event[place] === event[other]
}

/** Neighbours, from `start` up to `end`. */
export function sliceOf(events: FlowEvents, start: number, end: number): FlowEvents {
  if (start === 0 && end === events.count) return events
  const { inputs, input, event, made, heads } = events
  const own = new Map<number, FlowHead>()
  for (let place = start; heads && place < end; place++) if (heads.has(place)) own.set(place - start, heads.get(place)!)
  return {
    inputs,
    count: end - start,
    input: input.subarray(start, end),
    event: event.subarray(start, end),
    ...(made && { made: { ...made, starts: made.starts.subarray(start, end), ends: made.ends.subarray(start, end) } }),
    ...(own.size > 0 && { heads: own }),
  }
}

/** Those alone of which `isKept` holds, by place. */
export function filteredEvents(events: FlowEvents, isKept: (place: number) => boolean): FlowEvents {
  const kept = Array.from(events.input.keys()).filter(isKept)
  if (kept.length === events.count) return events
  const { inputs, made, heads } = events
  const pick = (values: Uint32Array) => Uint32Array.from(kept, (place) => values[place]!)
  const own =
    heads && new Map(kept.flatMap((place, at) => (heads.has(place) ? [[at, heads.get(place)!] as const] : [])))
  return {
    inputs,
    count: kept.length,
    input: pick(events.input),
    event: pick(events.event),
    ...(made && { made: { payload: made.payload, starts: pick(made.starts), ends: pick(made.ends) } }),
    ...(own && own.size > 0 && { heads: own }),
  }
}

/** The id of an event that was split off another: the same each time, a UUID of version 8 (RFC 9562 §5.8) made of the parent's id and the child's place. */
export function childId(parent: string, place: number): string {
  const hash = createHash('sha256').update(`${place} ${parent}`).digest()
  hash[6] = (hash[6]! & 0x0f) | 0x80
  hash[8] = (hash[8]! & 0x3f) | 0x80
  const hex = hash.toString('hex', 0, 16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** What a guest is told of events beside their data: neighbours that differ in their ids alone at once. */
export function requestOf(flow: FlowEvents, careful: boolean): PackedRequest {
  const origins = new Numbered<EventBatch['input']>()
  const types = new Numbered<string>()
  const events: (EventRun | [string, number, number, number, number, number, string | 0])[] = []
  for (let place = 0, end = 0; place < flow.count; place = end) {
    const { batch } = flow.inputs[flow.input[place]!]!
    end = endOfRun(flow, place)
    if (end > place) {
      const [prefix, first] = idsFrom(batch.idBase, flow.event[place]!)
      const type = types.of(batch.types[0]!)
      events.push([end - place, prefix, first, origins.of(batch.input), type, batch.receivedAt, batch.receivedAt])
      continue
    }
    end = place + 1
    const { id, parent, type, time } = headOf(flow, place)
    const resent = batch.resent?.[flow.event[place]!]
    const receivedAt = resent?.receivedAt ?? batch.receivedAt
    const about = [origins.of(batch.input), types.of(type), receivedAt, time ?? receivedAt, resent?.count ?? 0] as const
    events.push([id, ...about, parent ?? 0])
  }
  return { ...packRequest({ careful, inputs: origins.values, types: types.values, events }), count: flow.count }
}

/** The end of those from `place` on that follow one another in a batch of which all events are alike; `place` where it is not. */
function endOfRun({ inputs, input, event, count, heads }: FlowEvents, place: number): number {
  const { types, ids, times, resent } = inputs[input[place]!]!.batch
  if (heads || types.length > 1 || ids || times || resent) return place
  let end = place + 1
  while (end < count && input[end] === input[place] && event[end] === event[place]! + (end - place)) end++
  return end
}

/** The id of an event as the text that it shares with those after it, and the number that is the rest of it. */
function idsFrom(idBase: Uint8Array, event: number): [prefix: string, first: number] {
  const id = idAt(idBase, event)
  return [id.slice(0, -8), Number.parseInt(id.slice(-8), 16)]
}

/** Values by the order in which they were first met. */
export class Numbered<T> {
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
