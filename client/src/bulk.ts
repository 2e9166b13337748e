/** Bulk operations: one thing done to many sources, in the background of the server, with a result for each. */
import { setTimeout as delay } from 'node:timers/promises'
import { bodyOf, type Client, ClientError } from './client.ts'
import { listItems } from './lists.ts'
import type { components, paths } from './openapi.ts'

export type BulkOperation = components['schemas']['BulkOperation']
export type BulkItem = components['schemas']['BulkItem']

/** What is done, and with which parameters; those of an item go before. */
export type BulkWork =
  | { readonly kind: 'process'; readonly parameters?: BulkRange }
  | {
      readonly kind: 'rerun'
      readonly parameters?: { readonly which: 'failed' | 'ended' } | { readonly jobs: string[] }
    }
  /** `{label}` stands for the label there is, `{type}` for the type, `{n}` for the place among the items. */
  | { readonly kind: 'rename'; readonly parameters?: { readonly label: string } }
  /** Over the settings there are; null takes one back to its default. */
  | { readonly kind: 'patch'; readonly parameters?: { readonly settings: Readonly<Record<string, unknown>> } }
  | { readonly kind: 'enable' | 'disable' | 'delete' }

/** Days, both included: 2026-01-31. */
export interface BulkRange {
  readonly start: string
  readonly end: string
  readonly daysPerJob?: number
  /** What today’s quota cannot hold waits for the days after; else it is refused. */
  readonly spread?: boolean
}

export type BulkSources =
  | { readonly ids: readonly (string | BulkSource)[] }
  | { readonly filter: BulkFilter }
  /** A header with `source`, perhaps `workspace`, and parameters; then a line for each source. */
  | { readonly csv: string }

export interface BulkSource {
  readonly id: string
  readonly workspace?: string
  readonly parameters?: Readonly<Record<string, unknown>>
}

/** Sources as they are when it is asked, that match all that it says. */
export interface BulkFilter {
  readonly workspaces?: 'all' | readonly string[]
  readonly types?: readonly string[]
  /** `*` stands for any text, `?` for one character. */
  readonly label?: string
  readonly isEnabled?: boolean
  readonly lastJob?: 'QUEUED' | 'RUNNING' | 'SUCCESS' | 'FAILURE' | 'CANCELLED' | 'NONE'
}

export type BulkRequest = BulkWork & {
  readonly sources: BulkSources
  /** Says of each source what would be done, and changes nothing. */
  readonly dryRun?: boolean
  /** A fresh UUIDv7, by which the same request is known when it is made again. */
  readonly id?: string
}

const triesMax = 3

export interface BulkProgress {
  readonly id: string
  readonly done: number
  readonly total: number
  readonly failed: number
  /** 0 to 100. */
  readonly percent: number
  readonly elapsedMs: number
  /** Null where it cannot be told yet. */
  readonly etaMs: number | null
}

/** A result without anything nested: fit for data frames, and for `toCsv`. */
export interface BulkResult {
  readonly position: number
  readonly workspace: string
  /** Id. */
  readonly source: string
  readonly label: string | null
  /** Of the CSV. */
  readonly line: number | null
  readonly state: BulkItem['state']
  readonly errorCode: string | null
  readonly error: string | null
  /** What was done, or would be, as JSON. */
  readonly detail: string | null
}

/**
 * Asked for again where no answer comes, by the same id, so that nothing is begun twice. Safe to repeat with an `id` of one's own.
 * @throws ClientError `invalid_request`: nothing is begun; `forbidden`; `conflict`: the id is of another operation.
 */
export async function startBulk(client: Client, request: BulkRequest): Promise<BulkOperation> {
  const { kind, sources, dryRun = false, id = uuidOf(Date.now()) } = request
  const parameters = 'parameters' in request ? { ...request.parameters } : {}
  const body = { id, kind, parameters, sources: sources as Body['sources'], dryRun }
  for (let tries = 1; ; tries++) {
    try {
      return await bodyOf(client.POST('/api/v1/bulk', { body }))
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== 'unreachable' || tries >= triesMax) throw error
      await delay(tries * 500)
    }
  }
}

/** A UUIDv7 (RFC 9562 §5.7). `now`: ms since 1970 UTC. */
function uuidOf(now: number): string {
  const time = now.toString(16).padStart(12, '0')
  const [a, b, c, d, e] = crypto.randomUUID().split('-') as [string, string, string, string, string]
  return `${time.slice(0, 8)}-${time.slice(8)}-7${c.slice(1)}-${d}-${e.slice(0, 4)}${a.slice(0, 4)}${b}`
}

/** The same, but for what is read-only here. */
type Body = paths['/api/v1/bulk']['post']['requestBody']['content']['application/json']

/** Those one asked for, the newest first. @throws ClientError */
export function getBulks(client: Client): Promise<BulkOperation[]> {
  return listItems((query) => bodyOf(client.GET('/api/v1/bulk', { params: { query } })))
}

/** @throws ClientError `not_found`. */
export function getBulk(client: Client, id: string): Promise<BulkOperation> {
  return bodyOf(client.GET('/api/v1/bulk/{id}', { params: { path: { id } } }))
}

/** What is done stays done. Safe to repeat. @throws ClientError `not_found`. */
export function cancelBulk(client: Client, id: string): Promise<BulkOperation> {
  return bodyOf(client.POST('/api/v1/bulk/{id}/cancel', { params: { path: { id } } }))
}

/** Also while it goes on; of one state where one is given. @throws ClientError `not_found`. */
export async function getBulkResults(client: Client, id: string, state?: BulkItem['state']): Promise<BulkResult[]> {
  const items = await listItems((page) => {
    const params = { path: { id }, query: { ...page, ...(state && { state }) } }
    return bodyOf(client.GET('/api/v1/bulk/{id}/results', { params }))
  })
  return items.map(({ error, detail, ...item }) => ({
    ...item,
    errorCode: error?.code ?? null,
    error: error?.message ?? null,
    detail: detail && JSON.stringify(detail),
  }))
}

interface WaitOptions {
  readonly onProgress?: (progress: BulkProgress) => void
  /** Ends the waiting, not the operation. */
  readonly signal?: AbortSignal
}

/** From the first pause to the last, ever longer: a token makes no more than so many calls a minute. */
const askEveryMs = { first: 250, last: 3_000 } as const

/** Waits until an operation has ended. @throws ClientError `not_found`; the signal's reason. */
export async function bulkEnded(
  client: Client,
  { id }: Pick<BulkOperation, 'id'>,
  { onProgress, signal }: WaitOptions = {},
): Promise<BulkOperation> {
  for (let pauseMs: number = askEveryMs.first; ; pauseMs = Math.min(askEveryMs.last, pauseMs * 1.3)) {
    const bulk = await getBulk(client, id)
    onProgress?.(bulkProgress(bulk))
    if (bulk.endedAt !== null) return bulk
    const soonMs = bulk.etaMs === null ? pauseMs : Math.max(askEveryMs.first, bulk.etaMs)
    await delay(Math.min(pauseMs, soonMs), undefined, { signal })
  }
}

/** Starts an operation, waits for its end and gives the results. Not safe to repeat. @throws ClientError */
export async function runBulk(
  client: Client,
  request: BulkRequest,
  options: WaitOptions = {},
): Promise<{ bulk: BulkOperation; results: BulkResult[] }> {
  const bulk = await bulkEnded(client, await startBulk(client, request), options)
  return { bulk, results: await getBulkResults(client, bulk.id) }
}

export function bulkProgress({ id, done, total, failed, elapsedMs, etaMs }: BulkOperation): BulkProgress {
  return { id, done, total, failed, percent: total === 0 ? 100 : (100 * done) / total, elapsedMs, etaMs }
}
