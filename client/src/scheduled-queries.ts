/** Statements that run by themselves, into a table of their own. */
import { setTimeout as delay } from 'node:timers/promises'
import { bodyOf, type Client, pausesMs } from './client.ts'
import { listItems } from './lists.ts'
import type { components, paths } from './openapi.ts'

export type ScheduledQueryRun = components['schemas']['ScheduledQueryRun']

type Body = paths['/api/v1/scheduled-queries']['post']['requestBody']['content']['application/json']

/** A SELECT and what becomes of the rows that the target has; a statement that writes; or the newest row of each key. */
export type Statement = Body['statement']

/** `{cron: '0 3 * * *', timeZone: 'Europe/Prague'}`, UTC where no zone is named, or `{everyHours: 6}`. */
export type Schedule = Body['schedule']

export type ScheduledQuery = components['schemas']['ScheduledQuery']

export interface ScheduledQueryDraft {
  readonly label: string
  readonly statement: Statement
  readonly schedule: Schedule
  /** The table that is written, never one that events fill; may be left out where the statement names it. */
  readonly target?: string
  /** 600 where missing. */
  readonly timeLimitSeconds?: number
  readonly isEnabled?: boolean
}

/** @throws ClientError */
export function getScheduledQueries(client: Client): Promise<ScheduledQuery[]> {
  return list(client)
}

/** Those whose last run failed. @throws ClientError */
export function getScheduledQueriesInError(client: Client): Promise<ScheduledQuery[]> {
  return list(client, 'error')
}

function list(client: Client, state?: 'error'): Promise<ScheduledQuery[]> {
  return listItems((page) => {
    const query = { ...page, ...(state && { state }) }
    return bodyOf(client.GET('/api/v1/scheduled-queries', { params: { query } }))
  })
}

/** @throws ClientError `invalid_request`, `invalid_sql`; `conflict`: the label or the target is taken. */
export function scheduleQuery(client: Client, draft: ScheduledQueryDraft): Promise<ScheduledQuery> {
  return bodyOf(client.POST('/api/v1/scheduled-queries', { body: draft }))
}

/** Changes what is given; its target stays. @throws ClientError `not_found`, `invalid_request`, `invalid_sql`. */
export function editScheduledQuery(
  client: Client,
  id: string,
  change: Partial<Omit<ScheduledQueryDraft, 'target'>>,
): Promise<ScheduledQuery> {
  const params = { path: { id } }
  return bodyOf(client.PATCH('/api/v1/scheduled-queries/{id}', { params, body: change }))
}

/** Runs it once, now; where a run waits or is under way, it is that one. @throws ClientError `not_found`. */
export function runScheduledQuery(client: Client, id: string): Promise<ScheduledQueryRun> {
  return bodyOf(client.POST('/api/v1/scheduled-queries/{id}/run', { params: { path: { id } } }))
}

/** Waits until a run has ended, well or not. @throws ClientError `not_found`. */
export async function queryRunEnded(
  client: Client,
  id: string,
  { id: run }: Pick<ScheduledQueryRun, 'id'>,
  { signal }: { signal?: AbortSignal } = {},
): Promise<ScheduledQueryRun> {
  const pauses = pausesMs()
  for (;;) {
    const params = { path: { id, run } }
    const found = await bodyOf(client.GET('/api/v1/scheduled-queries/{id}/runs/{run}', { params }))
    if (found.endedAt !== null) return found
    await delay(pauses.next().value, undefined, { signal })
  }
}

/** With its history; its table stays. @throws ClientError `not_found`. */
export async function removeScheduledQuery(client: Client, id: string): Promise<void> {
  await client.DELETE('/api/v1/scheduled-queries/{id}', { params: { path: { id } } })
}
