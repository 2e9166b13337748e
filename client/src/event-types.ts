/** Event types: what kinds of events were seen, in which fields, and how to forget or discard them. */
import { bodyOf, type Client } from './client.ts'
import { listItems } from './lists.ts'
import { withEventsDiscarded } from './mapping.ts'
import { getMapping, type SetMapping, setMapping } from './mappings.ts'
import type { components } from './openapi.ts'

export type EventType = components['schemas']['EventType']

/** By name. @throws ClientError */
export function getEventTypes(client: Client): Promise<EventType[]> {
  return listItems((query) => bodyOf(client.GET('/api/v1/event-types', { params: { query } })))
}

/** What was seen in the fields of an event type, as a tree. Times are ms since 1970 UTC, of receipt. */
export type SeenFields = components['schemas']['SeenFields']
export type SeenField = components['schemas']['SeenField']

/** Needs `samples:read`. @throws ClientError `not_found`. */
export function getFields(client: Client, eventType: string): Promise<SeenFields> {
  const params = { path: { name: eventType } }
  return bodyOf(client.GET('/api/v1/event-types/{name}/fields', { params }))
}

/** Begins to count anew; the mapping stays. @throws ClientError `not_found`. */
export async function clearFields(client: Client, eventType: string): Promise<void> {
  await client.DELETE('/api/v1/event-types/{name}/fields', { params: { path: { name: eventType } } })
}

/** Later events are discarded, and counted as such; the mapping and the table stay. Safe to repeat. @throws ClientError `not_found`. */
export async function discardEventType(client: Client, eventType: string): Promise<SetMapping> {
  return setMapping(client, eventType, withEventsDiscarded(await getMapping(client, eventType)))
}

/** Forgets the mapping. The table stays with its rows, and new events bring the type back. @throws ClientError `not_found`. */
export async function deleteEventType(client: Client, eventType: string): Promise<void> {
  await client.DELETE('/api/v1/event-types/{name}', { params: { path: { name: eventType } } })
}

/** One after the other. Gives the names of those that are gone. @throws ClientError */
export async function deleteAllEventTypes(client: Client): Promise<string[]> {
  const names = (await getEventTypes(client)).map(({ name }) => name)
  for (const name of names) await deleteEventType(client, name)
  return names
}
