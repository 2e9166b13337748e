/** Sources, and jobs of all kinds: ranges processed, planned, run again, followed until they have ended, and what they retrieved. */
import { setTimeout as delay } from 'node:timers/promises'
import { bodyOf, type Client } from './client.ts'
import { listItems } from './lists.ts'
import type { components, paths } from './openapi.ts'

export type Source = components['schemas']['Source']
export type SourceJob = components['schemas']['SourceJob']
/** A job of a source, or a run of a scheduled query or a consolidation: `kind` tells. */
export type Job = components['schemas']['Job']
export type SourcePlan = components['schemas']['SourcePlan']
/** Days, `YYYY-MM-DD`, both ends included; how they are cut; and whether what today's quota cannot hold may wait for the days after. */
export type ProcessRequest = paths['/api/v1/sources/{id}/process']['post']['requestBody']['content']['application/json']
export type SourceLimits = paths['/api/v1/sources/{id}/limits']['patch']['requestBody']['content']['application/json']

/** @throws ClientError */
export function listSources(client: Client): Promise<Source[]> {
  return listItems((page) => bodyOf(client.GET('/api/v1/sources', { params: { query: page } })))
}

/** Queues the jobs of a range; the answer has all of them. @throws ClientError `invalid_request`, `quota_exceeded`, `conflict`. */
export async function processSource(client: Client, source: string, request: ProcessRequest): Promise<SourceJob[]> {
  const params = { path: { id: source } }
  return (await bodyOf(client.POST('/api/v1/sources/{id}/process', { params, body: request }))).items
}

/** What processing would take; queues nothing. @throws ClientError `invalid_request`, `quota_exceeded`. */
export function planSource(client: Client, source: string, request: ProcessRequest): Promise<SourcePlan> {
  return bodyOf(client.POST('/api/v1/sources/{id}/plan', { params: { path: { id: source } }, body: request }))
}

/** As {@link planSource}, of many. */
export async function planSources(
  client: Client,
  sources: readonly string[],
  request: ProcessRequest,
): Promise<SourcePlan[]> {
  return (await bodyOf(client.POST('/api/v1/sources/plan', { body: { ...request, sources: [...sources] } }))).items
}

/** Changes what is given; null: the default, or none. @throws ClientError `invalid_request`. */
export function limitSource(client: Client, source: string, limits: SourceLimits): Promise<Source> {
  return bodyOf(client.PATCH('/api/v1/sources/{id}/limits', { params: { path: { id: source } }, body: limits }))
}

/** Queues again each range whose newest job failed, or each that has one that ended. @throws ClientError */
export async function rerunSource(client: Client, source: string, which: 'failed' | 'ended'): Promise<SourceJob[]> {
  const params = { path: { id: source } }
  return (await bodyOf(client.POST('/api/v1/sources/{id}/rerun', { params, body: { which } }))).items
}

/** New jobs with the same ranges. @throws ClientError `not_found`: one of them; `conflict`: one is no source's. */
export async function rerunJobs(client: Client, ids: readonly string[]): Promise<SourceJob[]> {
  return (await bodyOf(client.POST('/api/v1/jobs/rerun', { body: { ids: [...ids] } }))).items
}

export type WhichJobs = { readonly ids: readonly string[] } | { readonly source: string }

/**
 * Jobs by their ids, or all of a source that are open; those that were, as they are now. Runs of scheduled queries can be cancelled.
 * @throws ClientError `not_found`; `conflict`: one is a run of a scheduled query, and is to be paused or resumed.
 */
export async function changeJobs(
  client: Client,
  what: 'cancel' | 'pause' | 'resume',
  which: WhichJobs,
): Promise<Job[]> {
  const body = 'ids' in which ? { ids: [...which.ids] } : { source: which.source }
  return (await bodyOf(client.POST(`/api/v1/jobs/${what}`, { body }))).items
}

/** Newest first. @throws ClientError */
export function listJobs(
  client: Client,
  filter: { kind?: Job['kind']; source?: string; query?: string; state?: Job['state'] } = {},
  jobsMax = Number.POSITIVE_INFINITY,
): Promise<Job[]> {
  return listItems((page) => bodyOf(client.GET('/api/v1/jobs', { params: { query: { ...page, ...filter } } })), jobsMax)
}

export interface JobsProgress {
  readonly elapsedMs: number
  readonly ended: number
  readonly total: number
  /** 0 to 100. */
  readonly percent: number
  /** ms that are left at the pace so far; null where nobody knows yet. */
  readonly etaMs: number | null
}

export interface Following {
  readonly onProgress?: (progress: JobsProgress, jobs: readonly Job[]) => void
  readonly signal?: AbortSignal
  readonly everyMs?: number
}

/** Follows jobs until all have ended, well or not; in the order given. @throws ClientError; what `signal` was aborted with. */
export async function jobsEnded<T extends Job>(
  client: Client,
  jobs: readonly T[],
  { onProgress = () => {}, signal, everyMs = 500 }: Following = {},
): Promise<T[]> {
  const startedAt = performance.now()
  const now = new Map(jobs.map((job) => [job.id, job]))
  for (;;) {
    for (const { id, endedAt } of now.values())
      if (endedAt === null)
        now.set(id, (await bodyOf(client.GET('/api/v1/jobs/{id}', { params: { path: { id } } }))) as T)
    const all = [...now.values()]
    onProgress(progressOf(all, performance.now() - startedAt), all)
    if (all.every(({ endedAt }) => endedAt !== null)) return all
    await delay(everyMs, undefined, signal && { signal })
  }
}

function progressOf(jobs: readonly Job[], elapsedMs: number): JobsProgress {
  const total = jobs.length
  const ended = jobs.filter(({ endedAt }) => endedAt !== null).length
  const parts = jobs.map((job) => {
    if (job.endedAt !== null) return 1
    return job.kind === 'source' && job.total ? Math.min(1, (job.loaded ?? 0) / job.total) : 0
  })
  const done = parts.reduce((sum, part) => sum + part, 0)
  const etaMs = done === 0 ? null : Math.round((elapsedMs * (total - done)) / done)
  return { elapsedMs, ended, total, percent: total === 0 ? 100 : (100 * done) / total, etaMs }
}

/** What a job retrieved, in memory. @throws ClientError `not_found`. */
export async function downloadJob(client: Client, id: string, format: 'zip' | 'csv'): Promise<Uint8Array> {
  return new Uint8Array(await new Response(await streamJob(client, id, format)).arrayBuffer())
}

/** The same as it comes, however large it is. @throws ClientError `not_found`; the stream, where the connection breaks off. */
export async function streamJob(
  client: Client,
  id: string,
  format: 'zip' | 'csv',
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const params = { path: { id }, query: { format } }
  const body = await bodyOf(client.GET('/api/v1/jobs/{id}/download', { params, parseAs: 'stream' }))
  return body as unknown as ReadableStream<Uint8Array<ArrayBuffer>>
}
