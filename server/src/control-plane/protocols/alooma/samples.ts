/** Samples of events as they arrived (ALOOMA-41 to 43). */
import { statusDescriptions } from '../../../samples.ts'
import type { AloomaParts, AloomaRequest, On } from './route.ts'

export function sampleRoutes(on: On, { port }: AloomaParts): void {
  const list = async ({ caller, query }: AloomaRequest) => {
    const eventType = query.get('eventType')?.[0]
    const statuses = query.get('status') ?? []
    const samples = await port.samples(caller, { ...(eventType !== undefined && { eventType }), statuses })
    return samples.map(({ event, status, eventType, at }) => ({ sample: event, status, eventType, timestamp: at }))
  }
  on('GET', '/samples', 'samples:read', list)
  /** ALOOMA-Q1: a client that names statuses alone asks for the path `samples&status=A`. */
  on('GET', '/samples&*', 'samples:read', list)
  on('GET', '/samples/stats', 'samples:read', ({ caller }) => port.sampleCounts(caller))
  on('GET', '/status-types', 'samples:read', () => statusDescriptions)
}
