/** A scheduled query as Alooma's clients know it: briefly, by the first one, and with all that the newer one's tools want. */
import type { ScheduledQuery } from './alooma-port.ts'

export function statusOf(query: ScheduledQuery) {
  const { eventType, error, isActive, isRunning, when } = query
  return {
    status: error !== null ? 'error' : isActive || isRunning ? 'active' : 'done',
    event_type: eventType,
    custom_query: sqlOf(query),
    frequency: 'everyHours' in when ? when.everyHours : null,
    run_at: 'cron' in when ? when.cron : null,
    error_message: error,
  }
}

export function detailsOf(query: ScheduledQuery) {
  const { id, eventType, work, when, details, isActive, isRunning, error, target } = query
  const frequency = 'everyHours' in when ? when.everyHours : null
  const isMerge = work.kind === 'newest'
  return {
    id: /^\d{1,15}$/.test(id) ? Number(id) : id,
    event_type: eventType,
    name: eventType,
    query_type: isMerge ? 'incremental' : 'custom',
    service_type: 'CONSOLIDATION',
    generated_by: isMerge ? 'DEFAULT' : 'CUSTOM',
    consolidation_query: sqlOf(query),
    target_table: target,
    configuration: { ...details, run_at: cronOf(query), frequency },
    schedule: { cron: cronOf(query) },
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

function sqlOf({ work }: ScheduledQuery): string | null {
  return work.kind === 'sql' ? work.sql : null
}

/** Of one that runs every so many hours from when it was made, roughly: these tools know no other way to say it. */
function cronOf({ when, createdAt }: ScheduledQuery): string {
  if ('cron' in when) return when.cron
  const minute = new Date(createdAt).getUTCMinutes()
  const hours = Math.max(1, Math.round(when.everyHours))
  return hours < 24 ? `${minute} */${hours} * * *` : `${minute} 0 */${Math.round(hours / 24)} * *`
}

function isoOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
