/** The event type that a path names. */
import { isEventType } from '@millrace/event/event'
import { limits } from '@millrace/event/limits'
import { MillraceError } from '../errors.ts'

export const eventTypeRule = `1 to ${limits.eventTypeCharsMax} characters without control characters and white space at its ends`

/** @throws MillraceError `invalid_event_type`. */
export function checkEventType(type: string): void {
  if (isEventType(type)) return
  throw new MillraceError('invalid_event_type', `The path names no event type: one has ${eventTypeRule}`)
}
