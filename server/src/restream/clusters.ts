/** Clusters of the queue as they are asked for: by page, one, and how much of a filter waits. None of it looks through the entries. */
import type { RestreamCluster, RestreamFilter } from '../restream.ts'
import { hourMs } from './cluster-changes.ts'
import type { Prepare } from './transaction.ts'

const timelineHours = 48
const namesMax = 20
const examplesMax = 3

/** Drops the hours that no time line shows any more. */
export function forgetHours(prepare: Prepare, now: number): void {
  prepare('DELETE FROM cluster_hours WHERE hour < ?').run(firstHour(now))
}

function firstHour(now: number): number {
  return Math.floor(now / hourMs) - timelineHours + 1
}

export interface ClusterPage {
  /** The last cluster of the page before. */
  readonly after?: { readonly count: number; readonly fingerprint: string }
  readonly limit: number
  /** ms since 1970 UTC: where the time line ends. */
  readonly now: number
}

/** The largest first. */
export function readClusters(prepare: Prepare, { after, limit, now }: ClusterPage): RestreamCluster[] {
  const place = after === undefined ? '' : 'WHERE count <= ? AND (count < ? OR fingerprint > ?)'
  const values = after === undefined ? [] : [after.count, after.count, after.fingerprint]
  return prepare(`SELECT * FROM clusters ${place} ORDER BY count DESC, fingerprint LIMIT ?`)
    .all(...values, limit)
    .map((row) => clusterOf(prepare, row, now))
}

export function readCluster(prepare: Prepare, fingerprint: string, now: number): RestreamCluster | undefined {
  const row = prepare('SELECT * FROM clusters WHERE fingerprint = ?').get(fingerprint)
  return row && clusterOf(prepare, row, now)
}

function clusterOf(prepare: Prepare, row: Record<string, unknown>, now: number): RestreamCluster {
  const fingerprint = row['fingerprint'] as string
  const newest = prepare(newestEntries).all(fingerprint, examplesMax)
  const oldest = prepare(oldestEntry).get(fingerprint)
  const hours = prepare('SELECT hour, count FROM cluster_hours WHERE fingerprint = ? AND hour >= ? ORDER BY hour')
  return {
    fingerprint,
    stage: row['stage'] as RestreamCluster['stage'],
    code: row['code'] as string,
    ...(row['subject'] === null ? {} : { subject: row['subject'] as string }),
    pattern: row['pattern'] as string,
    message: newest[0]?.['message'] as string,
    count: Number(row['count']),
    bytes: Number(row['bytes']),
    sent: Number(row['sent']),
    eventTypes: namesOf(prepare, 'event_type', fingerprint),
    inputs: namesOf(prepare, 'input_label', fingerprint),
    firstFailedAt: Number(oldest?.['failed_at']),
    lastFailedAt: Number(newest[0]?.['failed_at']),
    timeline: hours
      .all(fingerprint, firstHour(now))
      .map(({ hour, count }) => ({ hour: Number(hour) * hourMs, count: Number(count) })),
    examples: newest.map(({ offset }) => offset as bigint),
  }
}

/** Entries are set aside in the order of their offsets, so that the greatest offset is the newest. */
const newestEntries = `SELECT offset, message, failed_at FROM entries INDEXED BY entries_by_fingerprint
  WHERE fingerprint = ? AND seen_offset IS NULL ORDER BY offset DESC LIMIT ?`
const oldestEntry = `SELECT failed_at FROM entries INDEXED BY entries_by_fingerprint
  WHERE fingerprint = ? AND seen_offset IS NULL ORDER BY offset LIMIT 1`

function namesOf(prepare: Prepare, column: 'event_type' | 'input_label', fingerprint: string) {
  return prepare(
    `SELECT ${column} AS name, sum(count) AS total FROM cluster_parts WHERE fingerprint = ?
     GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${namesMax}`,
  )
    .all(fingerprint)
    .map(({ name, total }) => ({ name: name as string, count: Number(total) }))
}

/** How many entries of a filter without offsets wait. */
export function countWaiting(prepare: Prepare, { fingerprint, code, eventType, input }: RestreamFilter): number {
  const conditions = { 'cluster_parts.fingerprint': fingerprint, code, event_type: eventType, input_label: input }
  const given = Object.entries(conditions).filter(([, value]) => value !== undefined)
  const where = given.map(([column]) => ` AND ${column} = ?`).join('')
  const row = prepare(
    `SELECT coalesce(sum(cluster_parts.count - cluster_parts.sent), 0) AS waiting
     FROM cluster_parts JOIN clusters USING (fingerprint) WHERE true${where}`,
  ).get(...given.map(([, value]) => value as string))!
  return Number(row['waiting'])
}
