/** Rows of one event type on their way to a table: which event of which log record each is, and the bytes that stand for it. */
import type { ExtractionPart } from '@millrace/json/extraction'
import type { EventBatch } from '../batch.ts'
import { rowsPerBatchMax } from '../rows.ts'

/** The events of one log record. */
export interface MapInput {
  readonly batch: EventBatch
  /** Offset of its first event. */
  readonly firstOffset: bigint
  /** Events that do not become rows: unreadable or duplicate ones. */
  readonly skip?: ReadonlySet<number>
  /** Version of the users' code that made these events, where any did: `_transform_version`. */
  readonly transformVersion?: number
  /** Ids of the events that these were split off from, null for one that was not: `_parent_id`. */
  readonly parents?: readonly (string | null)[]
}

/** At most `rowsPerBatchMax` rows, in the order of their events. */
export interface EventRows {
  readonly inputs: readonly MapInput[]
  /** Which of `inputs` each row comes from, ascending. */
  readonly input: Uint32Array
  /** Which event of its batch each row is. */
  readonly event: Uint32Array
  /** JSON that replaces an event's own, by row. */
  readonly rewritten: Map<number, Uint8Array>
  /** What of an event has no column: an object as `_rest` holds it, by row. */
  readonly rests: Map<number, Uint8Array>
}

/** All rows by their event types, in parts of at most `rowsPerBatchMax`. */
export function groupRows(inputs: readonly MapInput[]): Map<string, EventRows[]> {
  const groups = new Map<string, RowList>()
  for (const [place, input] of inputs.entries()) {
    const { batch, skip } = input
    const lists = batch.types.map((type) => {
      const list = groups.get(type) ?? new RowList()
      groups.set(type, list)
      return list
    })
    if (batch.typeIndex === undefined && !skip?.size) lists[0]?.addAll(place, batch.starts.length)
    else addEach(lists, place, input)
  }
  const grouped = [...groups].map(([type, list]): [string, EventRows[]] => [type, list.split(inputs)])
  return new Map(grouped.filter(([, parts]) => parts.length > 0))
}

function addEach(lists: readonly RowList[], place: number, { batch, skip }: MapInput): void {
  for (let event = 0; event < batch.starts.length; event++) {
    if (skip?.has(event)) continue
    lists[batch.typeIndex?.[event] ?? 0]!.add(place, event)
  }
}

class RowList {
  #input = new Uint32Array(16)
  #event = new Uint32Array(16)
  #length = 0

  add(input: number, event: number): void {
    if (this.#length === this.#input.length) {
      this.#input = doubled(this.#input)
      this.#event = doubled(this.#event)
    }
    this.#input[this.#length] = input
    this.#event[this.#length] = event
    this.#length++
  }

  /** The first so many events of an input. */
  addAll(input: number, count: number): void {
    while (this.#length + count > this.#input.length) {
      this.#input = doubled(this.#input)
      this.#event = doubled(this.#event)
    }
    this.#input.fill(input, this.#length, this.#length + count)
    for (let event = 0; event < count; event++) this.#event[this.#length + event] = event
    this.#length += count
  }

  split(inputs: readonly MapInput[]): EventRows[] {
    const parts: EventRows[] = []
    for (let start = 0; start < this.#length; start += rowsPerBatchMax) {
      const end = Math.min(this.#length, start + rowsPerBatchMax)
      const [input, event] = [this.#input.subarray(start, end), this.#event.subarray(start, end)]
      parts.push({ inputs, input, event, rewritten: new Map(), rests: new Map() })
    }
    return parts
  }
}

function doubled(values: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(values.length * 2)
  larger.set(values)
  return larger
}

/** Neighbouring rows `start` to `end` that come from one log record. */
export interface Run {
  readonly source: MapInput
  readonly start: number
  readonly end: number
}

export function* runsOf({ inputs, input }: EventRows): Generator<Run> {
  for (let start = 0, end = 0; start < input.length; start = end) {
    while (end < input.length && input[end] === input[start]) end++
    yield { source: inputs[input[start]!]!, start, end }
  }
}

/** The rows as an extractor takes them. */
export function partsOf(rows: EventRows): ExtractionPart[] {
  const rewrittenAt = Uint32Array.from(rows.rewritten.keys()).sort()
  let next = 0
  return Array.from(runsOf(rows), (run) => {
    const { source, start, end } = run
    const first = next
    while (next < rewrittenAt.length && rewrittenAt[next]! < end) next++
    if (next > first) return gathered(rows, run)
    const { payload, starts, ends } = source.batch
    return { payload, starts, ends, rows: rows.event.subarray(start, end) }
  })
}

/** A payload of its own for rows some of which are rewritten: an extractor may look at a whole payload for each part of it. */
function gathered(rows: EventRows, { start, end }: Run): ExtractionPart {
  return payloadOf(Array.from({ length: end - start }, (_, index) => bytesOf(rows, start + index)))
}

/** JSON objects as one payload. */
export function payloadOf(pieces: readonly Uint8Array[]): ExtractionPart {
  const starts = new Uint32Array(pieces.length)
  const ends = new Uint32Array(pieces.length)
  let length = 0
  for (const [place, piece] of pieces.entries()) {
    starts[place] = length
    length += piece.length
    ends[place] = length
  }
  return { payload: Buffer.concat(pieces, length), starts, ends }
}

/** A row's JSON. */
export function bytesOf(rows: EventRows, row: number): Uint8Array {
  return rows.rewritten.get(row) ?? originalBytes(rows, row)
}

/** A row's JSON as it came. */
export function originalBytes({ inputs, input, event }: EventRows, row: number): Uint8Array {
  const { payload, starts, ends } = inputs[input[row]!]!.batch
  return payload.subarray(starts[event[row]!]!, ends[event[row]!]!)
}

/** The rows but some. */
export function without(rows: EventRows, leftOut: ReadonlyMap<number, unknown>): EventRows {
  if (leftOut.size === 0) return rows
  const kept = Array.from(rows.input.keys()).filter((row) => !leftOut.has(row))
  const places = new Map(kept.map((row, place) => [row, place]))
  const pick = (values: Uint32Array) => Uint32Array.from(kept, (row) => values[row]!)
  const move = (texts: ReadonlyMap<number, Uint8Array>) =>
    new Map([...texts].filter(([row]) => places.has(row)).map(([row, text]) => [places.get(row)!, text]))
  return {
    inputs: rows.inputs,
    input: pick(rows.input),
    event: pick(rows.event),
    rewritten: move(rows.rewritten),
    rests: move(rows.rests),
  }
}
