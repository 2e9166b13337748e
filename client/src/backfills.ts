/** Back-fills: columns that were mapped late, filled from the events that the log still has. */
import { setTimeout as delay } from 'node:timers/promises'
import { bodyOf, type Client, pausesMs } from './client.ts'
import type { components } from './openapi.ts'

export type Backfill = components['schemas']['Backfill']

/**
 * Begins one, of all columns that the mapping fills where none are named. Safe to repeat once it has ended.
 * @throws ClientError `not_found`, `invalid_request`; `conflict`: another one of the workspace is under way, or there is no table yet.
 */
export function startBackfill(client: Client, eventType: string, columns?: readonly string[]): Promise<Backfill> {
  const params = { path: { name: eventType } }
  const body = columns === undefined ? {} : { columns: [...columns] }
  return bodyOf(client.POST('/api/v1/event-types/{name}/backfills', { params, body }))
}

/** The last ones since the server was started, newest first. @throws ClientError */
export async function listBackfills(client: Client, eventType: string): Promise<Backfill[]> {
  const params = { path: { name: eventType } }
  return (await bodyOf(client.GET('/api/v1/event-types/{name}/backfills', { params }))).items
}

/** Resolves when it has ended; what it has filled stays. @throws ClientError `not_found`. */
export function stopBackfill(client: Client, eventType: string, id: string): Promise<Backfill> {
  const params = { path: { name: eventType, id } }
  return bodyOf(client.POST('/api/v1/event-types/{name}/backfills/{id}/stop', { params }))
}

/** Follows one until it has ended, however it ended. @throws ClientError; what `signal` was aborted with. */
export async function backfillEnded(
  client: Client,
  started: Backfill,
  { onProgress = () => {}, signal }: { onProgress?: (backfill: Backfill) => void; signal?: AbortSignal } = {},
): Promise<Backfill> {
  const params = { path: { name: started.eventType, id: started.id } }
  const pauses = pausesMs()
  let backfill = started
  while (backfill.state === 'RUNNING') {
    onProgress(backfill)
    await delay(pauses.next().value, undefined, signal && { signal })
    backfill = await bodyOf(client.GET('/api/v1/event-types/{name}/backfills/{id}', { params }))
  }
  return backfill
}
