/** Changes of several mappings against all that there is, and against one another: their next versions, or every mistake in them. */
import { type FieldError, MillraceError } from '../../errors.ts'
import type { Mapping } from '../mapping.ts'
import { applyChange, type Surroundings } from './apply.ts'
import type { NamedChange } from './change.ts'
import { forgotten } from './forget.ts'
import { invalidMapping } from './invalid.ts'

/** @throws MillraceError `invalid_mapping`, its fields with the event type before them; `not_found`. */
export async function changeTogether(changes: readonly NamedChange[], around: Surroundings): Promise<Mapping[]> {
  const versions: Mapping[] = []
  const faults: FieldError[] = []
  const mappings = around.mappings.copy(async (mapping) => void versions.push(mapping))
  // What is removed makes room for what is set.
  const inOrder = changes.toSorted(([, one], [, other]) => Number(one !== null) - Number(other !== null))
  for (const [eventType, change] of inOrder) {
    try {
      const present = mappings.get(eventType)
      const next =
        change === null ? forgotten(eventType, present) : await applyChange(eventType, change, { ...around, mappings })
      if (next !== present) await mappings.put(next)
    } catch (error) {
      if (!(error instanceof MillraceError) || error.fields === undefined) throw error
      for (const { field, message } of error.fields) faults.push({ field: `${eventType}.${field}`, message })
    }
  }
  if (faults.length > 0) throw invalidMapping(faults)
  return versions
}
