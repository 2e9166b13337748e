/** The restream queue: what could not go on, kept whole with the reason, to be sent through again or thrown away. */
import { setTimeout as delay } from 'node:timers/promises'
import { bodyOf, type Client, ClientError, pausesMs } from './client.ts'
import { listItems } from './lists.ts'
import type { components } from './openapi.ts'

export type RestreamCluster = components['schemas']['RestreamCluster']
export type RestreamRun = components['schemas']['RestreamRun']

/** Which entries; an empty filter means all of them. */
export interface RestreamFilter {
  /** Of a cluster. */
  readonly fingerprint?: string
  readonly code?: string
  readonly eventType?: string
  /** Label of an input. */
  readonly input?: string
  readonly offsets?: readonly string[]
}

export interface RestreamStatistics {
  /** Events that wait. */
  readonly events: number
  readonly bytes: number
  /** Those of them that are on their way again. */
  readonly sent: number
  /** Thrown away since the workspace was made. */
  readonly purged: number
  readonly eventsMax: number
  readonly bytesMax: number
  /** The pipeline is held while it is full. */
  readonly isFull: boolean
}

/** @throws ClientError */
export async function getRestreamStatistics(client: Client): Promise<RestreamStatistics> {
  const { restream } = await bodyOf(client.GET('/api/v1/status'))
  const { count, bytes, sent, purged, limits, isFull } = restream
  return { events: count, bytes, sent, purged, ...limits, isFull }
}

/** Events that wait. @throws ClientError */
export async function getRestreamSize(client: Client): Promise<number> {
  return (await getRestreamStatistics(client)).events
}

/** What failed for the same reason as one, the largest first. @throws ClientError */
export function getRestreamClusters(client: Client): Promise<RestreamCluster[]> {
  return listItems((query) => bodyOf(client.GET('/api/v1/restream/clusters', { params: { query } })))
}

export interface RestreamOptions extends RestreamFilter {
  /** As new events allow where missing. */
  readonly eventsPerSecondMax?: number
}

/** Sends entries through today's code and mapping, in the background; new events are not held up. @throws ClientError */
export function startRestream(client: Client, options: RestreamOptions = {}): Promise<RestreamRun> {
  return bodyOf(client.POST('/api/v1/restream/runs', { body: filterBody(options) }))
}

/** Ends a run, or all that go on where none is named; what they have not sent goes on waiting. Safe to repeat. @throws ClientError */
export async function stopRestream(client: Client, run?: string): Promise<RestreamRun[]> {
  const ids = run === undefined ? (await getRestreamRuns(client)).filter(isRunning).map(({ id }) => id) : [run]
  const stopped: RestreamRun[] = []
  for (const id of ids) {
    const params = { path: { run: Number(id) } }
    stopped.push(await bodyOf(client.POST('/api/v1/restream/runs/{run}/stop', { params })))
  }
  return stopped
}

/** The last hundred, the newest first. @throws ClientError */
export function getRestreamRuns(client: Client): Promise<RestreamRun[]> {
  return listItems((query) => bodyOf(client.GET('/api/v1/restream/runs', { params: { query } })))
}

/** Waits until a run has ended: what it sent is on its way then, and may not be loaded yet. @throws ClientError `not_found`. */
export async function restreamEnded(
  client: Client,
  { id }: Pick<RestreamRun, 'id'>,
  { signal }: { signal?: AbortSignal } = {},
): Promise<RestreamRun> {
  const pauses = pausesMs()
  for (;;) {
    const params = { path: { run: Number(id) } }
    const run = await bodyOf(client.GET('/api/v1/restream/runs/{run}', { params }))
    if (!isRunning(run)) return run
    await delay(pauses.next().value, undefined, { signal })
  }
}

/** How many events {@link purgeRestream} would throw away. @throws ClientError */
export async function countPurged(client: Client, filter: RestreamFilter = {}): Promise<number> {
  try {
    await client.POST('/api/v1/restream/purge', { body: filterBody(filter) })
  } catch (error) {
    const rightNumber = rightNumberOf(error)
    if (rightNumber !== undefined) return rightNumber
    throw error
  }
  throw new ClientError({ status: 0, code: 'unexpected_answer', detail: 'The server purged without being asked twice' })
}

const purgeTriesMax = 10

/**
 * Throws entries away for good, also those that a run has not reached yet. Gives how many.
 * @param confirm how many that are to be; whatever there is where it is missing
 * @throws ClientError `unconfirmed`: there are as many no more, and nothing was thrown away.
 */
export async function purgeRestream(client: Client, filter: RestreamFilter = {}, confirm?: number): Promise<number> {
  let count = confirm ?? (await countPurged(client, filter))
  for (let tries = 1; ; tries++) {
    try {
      const body = { ...filterBody(filter), confirm: count }
      return (await bodyOf(client.POST('/api/v1/restream/purge', { body }))).events
    } catch (error) {
      const rightNumber = rightNumberOf(error)
      // Events go on failing while we count.
      if (rightNumber === undefined || confirm !== undefined || tries === purgeTriesMax) throw error
      count = rightNumber
    }
  }
}

function rightNumberOf(error: unknown): number | undefined {
  const [field] = (error instanceof ClientError && error.code === 'unconfirmed' && error.fields) || []
  return field && Number(field.message)
}

function isRunning({ state }: RestreamRun): boolean {
  return state === 'RUNNING'
}

/** As the API takes it. */
export function filterBody<Filter extends RestreamFilter>({ offsets, ...filter }: Filter) {
  return { ...filter, ...(offsets && { offsets: [...offsets] }) }
}
