/** What an event is, from the moment it is drafted to the moment it is a row. */

/** A JSON value as `JSON.parse` gives it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** What happened, as its sender tells it; not yet stamped with what the intake knows. */
export interface EventDraft {
  /** The event type's name: see {@link isEventType}. */
  type: string
  data: { [key: string]: Json }
  /** The sender's own id, kept as it is; the same id twice means the same event. */
  id?: string
  /** When it happened, ms since 1970 UTC; the time of receipt where the sender does not say. */
  time?: number
}

/** An event: a draft that was received, with id, times and the input it came by. */
export interface Event extends EventDraft {
  id: string
  time: number
  /** When Millrace received it, ms since 1970 UTC. */
  receivedAt: number
  /** Label of the input it came by. */
  input: string
}

/**
 * Whether a name may be an event type: 1 to 128 characters, no control characters, no lone surrogates,
 * no white space at either end. Everything else is allowed: the mapper makes a fitting table name of it.
 */
export function isEventType(name: string): boolean {
  return name.length >= 1 && name.length <= 128 && name.trim() === name && name.isWellFormed() && !/\p{Cc}/u.test(name)
}
