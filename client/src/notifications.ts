/** What somebody should know: listed by time, kept for 30 days. */
import { bodyOf, type Client } from './client.ts'
import { listItems } from './lists.ts'
import type { components } from './openapi.ts'

export type Notification = components['schemas']['Notification']

/** Those that last happened since then, ascending; all that are kept where nothing is said. @throws ClientError */
export function getNotifications(client: Client, since?: Date): Promise<Notification[]> {
  const sinceWhen = since === undefined ? {} : { since: since.toISOString() }
  return listItems((page) =>
    bodyOf(client.GET('/api/v1/notifications', { params: { query: { ...page, ...sinceWhen } } })),
  )
}

/** Of severity `error` alone. @throws ClientError */
export async function getErrors(client: Client, since?: Date): Promise<Notification[]> {
  return (await getNotifications(client, since)).filter(({ severity }) => severity === 'error')
}
