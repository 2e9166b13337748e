/** Metrics in Graphite's shape (ALOOMA-50, 51), and how much was loaded into each table (74). */
import { MillraceError } from '../../../errors.ts'
import { metricDaysMax, metricNames } from '../../../minute-metrics.ts'
import type { Caller } from '../../operations/operation.ts'
import type { MetricPoint } from './alooma-port.ts'
import { type AloomaParts, type On, refused } from './route.ts'

const minutesMax = metricDaysMax * 24 * 60
const tablesMax = 10_000

export function metricRoutes(on: On, { port, operations }: AloomaParts): void {
  on('GET', '/metrics', 'metrics:read', async ({ caller, query }) => {
    const names = (query.get('metrics')?.[0] ?? '').split(',').filter((name) => name !== '')
    if (names.length === 0) throw refused('metrics names none')
    const unknown = names.find((name) => !metricNames.some((known) => known === name))
    if (unknown !== undefined) throw refused(`There is no metric ${unknown}: there are ${metricNames.join(', ')}`)
    const minutes = minutesOf(query.get('from')?.[0] ?? '-60min', /^-(\d+)min$/, 'from')
    const resolutionMinutes = minutesOf(query.get('resolution')?.[0] ?? '1min', /^(\d+)min$/, 'resolution')
    const series = await port.metrics(caller, names, { minutes, resolutionMinutes })
    const from = Date.now() - minutes * 60_000
    return names.map((target, index) => ({ target, datapoints: datapointsOf(series[index] ?? [], from) }))
  })

  on('GET', '/events/loaded-events-per-table/summary', 'query:run', async ({ caller, query }) => {
    const from = timeOf(query.get('from')?.[0], 'from')
    const to = query.has('to') ? timeOf(query.get('to')?.[0], 'to') : new Date()
    const tables = await operations.tables.list(caller, { limit: tablesMax })
    const counted = await Promise.all(tables.map(({ name }) => countOf(caller, name, { from, to })))
    return counted.filter(({ count }) => count > 0)
  })

  async function countOf(caller: Caller, table: string, { from, to }: { from: Date; to: Date }) {
    const sql = `SELECT count(*) AS count, max(_received_at) AS last FROM ${quoted(table)} WHERE _received_at >= ?::TIMESTAMP AND _received_at < ?::TIMESTAMP`
    const parameters = [from, to].map((time) => time.toISOString().slice(0, -1))
    const { rows } = await operations.query.run(caller, { sql, parameters, limit: 1 }).catch(noneWhereRefused)
    const [count = 0, last = null] = rows[0] ?? []
    return {
      count: Number(count),
      from_date: plainTime(from),
      to_date: plainTime(to),
      instance_name: caller.workspace,
      last: last === null ? null : String(last).slice(0, 19),
      precision: 'SECOND',
      table_name: table,
    }
  }
}

/** A table that somebody else made has no such column. */
function noneWhereRefused(error: unknown): { rows: readonly (readonly unknown[])[] } {
  if (error instanceof MillraceError && error.code === 'invalid_sql') return { rows: [] }
  throw error
}

/** Two of them at least: one tool reads the last but one. */
function datapointsOf(points: readonly MetricPoint[], from: number): [number | null, number][] {
  const pairs = points.map(({ at, value }): [number | null, number] => [value, Math.floor(at / 1000)])
  while (pairs.length < 2) pairs.unshift([null, Math.floor(from / 1000) - 60 * (2 - pairs.length)])
  return pairs
}

function minutesOf(text: string, shape: RegExp, name: string): number {
  const minutes = Number(shape.exec(text)?.[1])
  if (minutes >= 1 && minutes <= minutesMax) return minutes
  throw refused(`${name} has to be minutes, from 1 to ${minutesMax}: ${name === 'from' ? '-60min' : '1min'}`)
}

function timeOf(text: string | undefined, name: string): Date {
  const time = new Date(text === undefined ? Number.NaN : /[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`)
  if (Number.isFinite(time.getTime())) return time
  throw refused(`${name} has to be a time: 2026-01-31T12:00:00`)
}

function plainTime(time: Date): string {
  return time.toISOString().slice(0, 19)
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
