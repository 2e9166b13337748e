/** Scheduled queries (ALOOMA-56 to 60): the first client knows them as an object by id, the newer one as a list; they are the same. */
import { z } from 'zod'
import { type Caller, notFound } from '../../operations/operation.ts'
import type { QueryDraft, ScheduledQuery } from './alooma-port.ts'
import { type AloomaParts, anyObject, type On, readBody, refused } from './route.ts'

const custom = z.object({
  custom_query: z.string().min(1),
  event_type: z.string().min(1),
  /** Hours. */
  frequency: z.coerce.number().positive().nullish(),
  run_at: z.string().nullish(),
})
const merge = z.looseObject({
  event_type: z.string().min(1),
  frequency: z.coerce.number().positive().nullish(),
  run_at: z.string().nullish(),
  query_type: z.string().default('incremental'),
  custom_variables: anyObject.optional(),
})

export function queryRoutes(on: On, { port }: AloomaParts): void {
  const one = async (caller: Caller, id: string): Promise<ScheduledQuery> => {
    const found = (await port.queries(caller)).find((query) => query.id === id)
    if (!found) throw notFound('scheduled query')
    return found
  }
  const create = async (caller: Caller, draft: QueryDraft) => {
    if ((await port.mapping(caller, draft.eventType)) === undefined) {
      throw refused(`There is no event type ${draft.eventType}`)
    }
    return detailsOf(await port.createQuery(caller, draft))
  }
  const createCustom = (caller: Caller, body: unknown) => {
    const { custom_query: sql, event_type: eventType, ...when } = readBody(custom, body)
    return create(caller, { eventType, sql, cron: cronOf(when), details: {} })
  }

  on('GET', '/consolidation', 'scheduled-queries:read', async ({ caller }) =>
    Object.fromEntries((await port.queries(caller)).map((query) => [query.id, briefOf(query)])),
  )
  on('POST', '/custom-consolidation', 'scheduled-queries:write', ({ caller, body }) => createCustom(caller, body))
  on('POST', '/v2/consolidation/custom', 'scheduled-queries:write', ({ caller, body }) => createCustom(caller, body))
  on('GET', '/v2/consolidation', 'scheduled-queries:read', async ({ caller, query }) => {
    const eventType = query.get('event_type')?.[0]
    const queries = await port.queries(caller)
    return queries.filter((query) => eventType === undefined || query.eventType === eventType).map(detailsOf)
  })
  on('POST', '/v2/consolidation', 'scheduled-queries:write', ({ caller, body }) => {
    const { event_type: eventType, frequency, run_at, ...details } = readBody(merge, body)
    return create(caller, { eventType, sql: null, cron: cronOf({ frequency, run_at }), details })
  })
  for (const path of ['/consolidation/:id', '/v2/consolidation/:id']) {
    on('DELETE', path, 'scheduled-queries:write', async ({ caller, params }) => {
      await port.deleteQuery(caller, (await one(caller, params['id']!)).id)
      return {}
    })
  }
  on('POST', '/v2/consolidation/:id/run', 'scheduled-queries:write', async ({ caller, params }) => {
    await port.runQuery(caller, (await one(caller, params['id']!)).id)
    return {}
  })
}

/** Every so many hours, from midnight on; or whatever the cron expression says. */
function cronOf({
  frequency,
  run_at,
}: {
  frequency?: number | null | undefined
  run_at?: string | null | undefined
}): string {
  if (typeof run_at === 'string' && run_at.trim() !== '') return run_at.trim()
  if (typeof frequency !== 'number') throw refused('Either frequency or run_at has to say when it runs')
  if (frequency < 1) return `*/${Math.max(1, Math.round(frequency * 60))} * * * *`
  const hours = Math.round(frequency)
  if (hours < 24) return hours === 1 ? '0 * * * *' : `0 */${hours} * * *`
  return `0 0 */${Math.max(1, Math.round(hours / 24))} * *`
}

function briefOf({ eventType, sql, cron, isActive, isRunning, error }: ScheduledQuery) {
  const status = error !== null ? 'error' : isActive || isRunning ? 'active' : 'done'
  return { status, event_type: eventType, custom_query: sql, run_at: cron, frequency: null, error_message: error }
}

/** The newer client's tool wants every one of these. */
function detailsOf(query: ScheduledQuery) {
  const { id, eventType, sql, cron, details, isActive, isRunning, error } = query
  return {
    id: /^\d+$/.test(id) ? Number(id) : id,
    event_type: eventType,
    name: eventType,
    query_type: sql === null ? 'incremental' : 'custom',
    service_type: 'CONSOLIDATION',
    generated_by: sql === null ? 'DEFAULT' : 'CUSTOM',
    consolidation_query: sql,
    configuration: { ...details, run_at: cron },
    schedule: { cron },
    is_active: isActive,
    is_running: isRunning,
    error_message: error,
    start_time: isoOf(query.createdAt),
    enqueue_time: isoOf(query.lastStartedAt),
    last_run_start_time: isoOf(query.lastStartedAt),
    last_run_end_time: isoOf(query.lastEndedAt),
    last_success_time: isoOf(query.lastSucceededAt),
    last_run_return_code: query.lastEndedAt === null ? null : error === null ? 0 : 1,
    next_run_time: isoOf(query.nextAt),
    time_limit: null,
    docker_tag: null,
    docker_img: null,
    docker_cmd: null,
  }
}

function isoOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
