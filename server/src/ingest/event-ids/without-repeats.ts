/** A batch without some of its events: the places of the others stay, the payload is not touched. */
import type { EventFault } from '../../batch.ts'
import type { DecodedEvents } from '../protocol.ts'

/** Leaves out the events at these places. */
export function withoutRepeats(events: DecodedEvents, repeats: ReadonlySet<number>): DecodedEvents {
  if (repeats.size === 0) return events
  const kept = Array.from(events.starts.keys()).filter((place) => !repeats.has(place))
  const placeOf = new Map(kept.map((place, index) => [place, index]))
  const pick = <T>(values: ArrayLike<T> | undefined) => values && kept.map((place) => values[place]!)
  const move = <T extends { readonly index: number }>(notes: readonly T[] | undefined) =>
    notes?.flatMap((note) => (placeOf.has(note.index) ? [{ ...note, index: placeOf.get(note.index)! }] : []))
  return defined<DecodedEvents>({
    types: events.types,
    typeIndex: pick(events.typeIndex),
    ids: pick(events.ids),
    times: pick(events.times),
    faults: move(events.faults),
    notes: move(events.notes),
    starts: Uint32Array.from(kept, (place) => events.starts[place]!),
    ends: Uint32Array.from(kept, (place) => events.ends[place]!),
    payload: events.payload,
  })
}

/** Makes faults of the events at these places. */
export function withConflicts(events: DecodedEvents, conflicts: ReadonlySet<number>): DecodedEvents {
  if (conflicts.size === 0) return events
  const ids = events.ids!
  const told: EventFault[] = [...conflicts].map((index) => ({
    index,
    code: 'id_conflict',
    message: `Another event with the id ${JSON.stringify(ids[index])} was stored before`,
  }))
  const faults = [...(events.faults ?? []), ...told].sort((one, other) => one.index - other.index)
  return { ...events, faults }
}

function defined<T extends object>(value: { [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, inside]) => inside !== undefined)) as T
}
