/** Samples: up to ten events of each type and status, as they arrived, before code and mapping. */
import { bodyOf, type Client } from './client.ts'
import type { components } from './openapi.ts'

export type Sample = components['schemas']['Sample']

export interface SampleFilter {
  readonly eventType?: string
  /** `VALID`, or codes of what went wrong. */
  readonly statuses?: readonly string[]
  readonly limit?: number
}

/** The newest first. Needs `samples:read`. @throws ClientError */
export async function getSamples(client: Client, { statuses, ...filter }: SampleFilter = {}): Promise<Sample[]> {
  const query = { ...filter, ...(statuses && { status: [...statuses] }) }
  return (await bodyOf(client.GET('/api/v1/samples', { params: { query } }))).items
}

/** How many samples there are: `{flight: {VALID: 10, transform_error: 3}}`. They are no counts of events. @throws ClientError */
export async function getSampleStatistics(client: Client): Promise<Record<string, Record<string, number>>> {
  const { items } = await bodyOf(client.GET('/api/v1/samples/stats'))
  const counts: Record<string, Record<string, number>> = {}
  for (const { eventType, status, count } of items) {
    counts[eventType] ??= {}
    counts[eventType][status] = count
  }
  return counts
}

/** What each status means. @throws ClientError */
export async function getSampleStatuses(client: Client): Promise<Record<string, string>> {
  const { items } = await bodyOf(client.GET('/api/v1/samples/statuses'))
  return Object.fromEntries(items.map(({ status, description }) => [status, description]))
}
