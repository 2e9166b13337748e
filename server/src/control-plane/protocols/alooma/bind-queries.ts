/** Scheduled queries: bound to the operations of those. A consolidation is the newest row of each key of the event type's table. */
import type { StatementWork } from '../../../query.ts'
import type { Schedule } from '../../../scheduled-queries.ts'
import type { Operations } from '../../operations/operations.ts'
import type { ShownQuery } from '../../operations/shown-queries.ts'
import type { AloomaPort, QueryDraft, ScheduledQuery } from './alooma-port.ts'

type QueryPort = Pick<AloomaPort, 'queries' | 'createQuery' | 'deleteQuery' | 'runQuery'>

const queriesMax = 1_000
const timeLimitMs = 3_600_000

export function bindQueries({ scheduledQueries: queries }: Operations): QueryPort {
  return {
    queries: async (caller) => (await queries.list(caller, {}, { limit: queriesMax })).map(queryOf),
    async createQuery(caller, { eventType, work, when, target, details }) {
      const draft = {
        label: eventType,
        work: workOf(work),
        ...(target !== undefined && { target }),
        schedule: scheduleOf(when),
        timeLimitMs,
        isEnabled: true,
        eventType,
        details,
      }
      return queryOf(await queries.create(caller, draft))
    },
    deleteQuery: (caller, id) => queries.delete(caller, id),
    async runQuery(caller, id) {
      await queries.run(caller, id)
    },
  }
}

function workOf(work: QueryDraft['work']): StatementWork {
  if (work.kind === 'newest') return { ...work, by: null }
  return /^\s*(select|with|from|values)\b/i.test(work.sql)
    ? { kind: 'select', sql: work.sql, mode: 'replace' }
    : { kind: 'write', sql: work.sql }
}

function scheduleOf(when: QueryDraft['when']): Schedule {
  return 'cron' in when ? { cron: when.cron, timeZone: 'UTC' } : when
}

function queryOf({ id, eventType, work, schedule, target, details, ...query }: ShownQuery): ScheduledQuery {
  const { openRun, lastRun } = query
  const newest = openRun ?? lastRun
  return {
    id,
    eventType: eventType ?? '',
    work: work.kind === 'newest' ? { kind: 'newest', from: work.from, key: work.key } : { kind: 'sql', sql: work.sql },
    when: 'cron' in schedule ? { cron: schedule.cron } : schedule,
    target,
    details,
    isActive: query.disabledAt === null,
    isRunning: openRun !== null,
    error: lastRun?.state === 'FAILURE' ? (lastRun.error?.message ?? 'It failed') : null,
    createdAt: query.createdAt,
    lastStartedAt: newest?.startedAt ?? null,
    lastEndedAt: lastRun?.endedAt ?? null,
    lastSucceededAt: query.lastSuccessAt,
    nextAt: query.nextAt,
  }
}
