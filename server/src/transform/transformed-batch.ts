/** What the users' code made of the events of one log record, as a batch like those of the log. */
import { type EventBatch, type EventNote, noteOf } from '../batch.ts'
import { type FlowEvents, type FlowInput, headOf, Numbered, type Texts } from './flow.ts'
import { joinedTexts } from './lines.ts'

/** What became of an input: events as the code made them, in the shape of a batch of the log. */
export interface TransformedInput extends FlowInput {
  /** Which event of the input each event of the batch comes from, ascending; absent where the code did not see them. */
  readonly origins?: Uint32Array
  /** Ids of the events that each was split off. */
  readonly parents?: readonly (string | null)[]
  /** Version of the code that made them. */
  readonly transformVersion?: number
}

/** What the code made of one input, in parts, as a batch of its own. */
export function batchOf(input: FlowInput, parts: readonly FlowEvents[]): TransformedInput {
  const { batch, firstOffset } = input
  const origins = originsOf(parts)
  const texts = batchTexts(parts)
  const isWhole = parts.every(({ heads }) => heads === undefined) && isEach(origins, batch.starts.length)
  const { faults: _, ...rest } = batch
  if (isWhole) return { batch: { ...rest, ...texts }, firstOffset, origins }
  return { firstOffset, origins, ...called(input, parts, origins, texts) }
}

function originsOf(parts: readonly FlowEvents[]): Uint32Array {
  if (parts.length === 1) return parts[0]!.event
  const origins = new Uint32Array(parts.reduce((sum, { count }) => sum + count, 0))
  let at = 0
  for (const { event, count } of parts) {
    origins.set(event, at)
    at += count
  }
  return origins
}

/** Each of so many once. */
function isEach(origins: Uint32Array, count: number): boolean {
  if (origins.length !== count) return false
  for (let place = 0; place < count; place++) if (origins[place] !== place) return false
  return true
}

/** Events that are called otherwise than those of the input, or are not all of them. */
function called(
  { batch }: FlowInput,
  parts: readonly FlowEvents[],
  origins: Uint32Array,
  texts: Texts,
): Pick<TransformedInput, 'batch' | 'parents'> {
  const heads = parts.flatMap((part) => Array.from(part.event, (_, place) => headOf(part, place)))
  const types = new Numbered<string>()
  const typeIndex = heads.map(({ type }) => types.of(type))
  const { typeIndex: _, types: __, times: ___, notes: ____, faults: _____, resent, fetchedForIndex, ...rest } = batch
  const hasParents = heads.some(({ parent }) => parent !== null)
  return {
    batch: {
      ...rest,
      types: types.values,
      ...(types.values.length > 1 && { typeIndex }),
      ids: heads.map(({ id }) => id),
      ...(heads.some(({ time }) => time !== null) && { times: heads.map(({ time }) => time) }),
      ...(fetchedForIndex && { fetchedForIndex: Array.from(origins, (origin) => fetchedForIndex[origin]!) }),
      ...(batch.notes && { notes: notesOf(batch, origins) }),
      ...(resent && { resent: Array.from(origins, (origin) => resent[origin]!) }),
      ...texts,
    },
    ...(hasParents && { parents: heads.map(({ parent }) => parent) }),
  }
}

/** What was changed in an event holds for all that the code made of it. */
function notesOf(batch: EventBatch, origins: Uint32Array): EventNote[] {
  return Array.from(origins, (origin, index) => ({ index, message: noteOf(batch, origin) })).flatMap(
    ({ index, message }) => (message === undefined ? [] : [{ index, message }]),
  )
}

/** Of the payload that they share, or of one that is made for them. */
function batchTexts(parts: readonly FlowEvents[]): Texts {
  const [part] = parts
  if (parts.length !== 1 || !part!.made) return joinedTexts(parts)
  const { payload, starts, ends } = part!.made!
  const before = starts[0]!
  const shifted = (places: Uint32Array) => (before === 0 ? places : places.map((place) => place - before))
  return { payload: payload.subarray(before, ends[part!.count - 1]), starts: shifted(starts), ends: shifted(ends) }
}
