/**
 * Tables that people make before events fill them. The mapper knows columns by mappings alone, and would give a field of the same name
 * another type: so they are first mapped for an event type that no event can have, forgotten at once, which leaves them behind.
 */

/** No event's type begins with white space. */
const prefix = ' table '

export function eventTypeOfMade(table: string): string {
  return `${prefix}${table}`
}

/** Whether a mapping is there only for a table that was made. */
export function isOfMade(eventType: string): boolean {
  return eventType.startsWith(prefix)
}
