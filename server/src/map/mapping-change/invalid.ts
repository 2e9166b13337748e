/** How a change is refused: all of its mistakes at once, each with the place it is at. */
import { type FieldError, MillraceError } from '../../errors.ts'

/** `fields` are all mistakes, at least one. */
export function invalidMapping(fields: readonly FieldError[]): MillraceError {
  const [{ field, message }] = fields as [FieldError]
  const more = fields.length > 1 ? ` (and ${fields.length - 1} more)` : ''
  return new MillraceError('invalid_mapping', `${field}: ${message}${more}`, {
    fields: fields.slice(0, shownMax),
    hint: 'Nothing was changed. Correct what `fields` names and send the whole mapping again.',
  })
}

const shownMax = 100
