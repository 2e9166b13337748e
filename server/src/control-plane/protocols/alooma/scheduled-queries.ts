/** Scheduled queries (ALOOMA-56 to 60): the first client knows them as an object by id, the newer one as a list; they are the same. */
import { z } from 'zod'
import { hasCode } from '../../../errors.ts'
import { type Caller, notFound } from '../../operations/operation.ts'
import type { QueryDraft, ScheduledQuery } from './alooma-port.ts'
import { consolidationOf } from './consolidation.ts'
import type { KnownEventType } from './event-type-shape.ts'
import { openEventTypes } from './known-event-types.ts'
import { detailsOf, statusOf } from './query-shapes.ts'
import { type AloomaParts, anyObject, type On, readBody, refused } from './route.ts'

const hoursMax = 744
const when = {
  /** Hours. */
  frequency: z.coerce.number().positive().max(hoursMax).nullish(),
  /** A cron expression of five parts, in UTC. */
  run_at: z.string().trim().min(1).nullish(),
}
const custom = z.looseObject({ custom_query: z.string().trim().min(1), event_type: z.string().min(1), ...when })
const merge = z.looseObject({ event_type: z.string().min(1), custom_variables: anyObject.optional(), ...when })

export function queryRoutes(on: On, parts: AloomaParts): void {
  const { port } = parts
  const eventTypes = openEventTypes(parts)

  const one = async (caller: Caller, id: string): Promise<ScheduledQuery> => {
    const found = (await port.queries(caller)).find((query) => query.id === id)
    if (!found) throw notFound('scheduled query')
    return found
  }
  const eventTypeOf = async (caller: Caller, name: string): Promise<KnownEventType> => {
    try {
      return await eventTypes.get(caller, name)
    } catch (error) {
      if (hasCode(error, 'not_found')) throw refused(`There is no event type ${name}`)
      throw error
    }
  }
  const createCustom = async ({ caller, body }: { caller: Caller; body: unknown }) => {
    const { custom_query: given, event_type, frequency, run_at, ...details } = readBody(custom, body)
    const sql = given.replace(/;\s*$/, '')
    const { name, mapping } = await eventTypeOf(caller, event_type)
    const isRead = /^(select|with|from|values)\b/i.test(sql)
    const target = isRead ? freeTarget(mapping?.table || name, await port.queries(caller)) : undefined
    const draft = {
      eventType: name,
      work: { kind: 'sql', sql },
      when: whenOf(frequency, run_at),
      target,
      details,
    } as const
    return detailsOf(await port.createQuery(caller, draft))
  }

  on('GET', '/consolidation', 'scheduled-queries:read', async ({ caller }) =>
    Object.fromEntries((await port.queries(caller)).map((query) => [query.id, statusOf(query)])),
  )
  on('POST', '/custom-consolidation', 'scheduled-queries:write', createCustom)
  on('POST', '/v2/consolidation/custom', 'scheduled-queries:write', createCustom)
  on('GET', '/v2/consolidation', 'scheduled-queries:read', async ({ caller, query }) => {
    const eventType = query.get('event_type')?.[0]
    const queries = await port.queries(caller)
    return queries.filter((query) => eventType === undefined || query.eventType === eventType).map(detailsOf)
  })
  on('POST', '/v2/consolidation', 'scheduled-queries:write', async ({ caller, body }) => {
    const { event_type, frequency, run_at, ...details } = readBody(merge, body)
    const known = await eventTypeOf(caller, event_type)
    const { from, key, target } = consolidationOf(known)
    const work = { kind: 'newest', from, key } as const
    const draft = { eventType: known.name, work, when: whenOf(frequency, run_at), target, details }
    return detailsOf(await port.createQuery(caller, draft))
  })
  for (const path of ['/consolidation/:id', '/v2/consolidation/:id']) {
    on('DELETE', path, 'scheduled-queries:write', async ({ caller, params }) => {
      await port.deleteQuery(caller, (await one(caller, params['id']!)).id)
      return {}
    })
  }
  on('POST', '/v2/consolidation/:id/run', 'scheduled-queries:write', async ({ caller, params }) => {
    await port.runQuery(caller, (await one(caller, params['id']!)).id)
    return detailsOf(await one(caller, params['id']!))
  })
}

function whenOf(frequency: number | null | undefined, cron: string | null | undefined): QueryDraft['when'] {
  if (typeof cron === 'string') return { cron }
  if (typeof frequency === 'number') return { everyHours: frequency }
  throw refused('Either frequency, in hours, or run_at, a cron expression, has to say when it runs')
}

/** A query that only reads needs a table for its rows: `<table of the event type>_query`, or with a number behind. */
function freeTarget(table: string, queries: readonly ScheduledQuery[]): string {
  const taken = new Set(queries.map(({ target }) => target?.toLowerCase()))
  const names = [`${table.slice(0, 50)}_query`]
  while (taken.has(names.at(-1)!.toLowerCase())) names.push(`${names[0]}_${names.length + 1}`)
  return names.at(-1)!
}
