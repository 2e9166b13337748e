/**
 * Clusters of the queue and its totals, kept beside the entries: they are asked often, and the queue may hold millions.
 *
 * Every change of entries notes what it adds and takes away, and applies the sum within its transaction.
 */
import type { Reason } from './fingerprint.ts'
import type { Prepare } from './transaction.ts'

/** SQL of what a cluster counts of an entry. */
export const countedColumns =
  'offset, fingerprint, event_type, input_label, length(raw) AS bytes, failed_at, sent_at IS NOT NULL AS is_sent'

export const hourMs = 3_600_000

interface Sums {
  count: number
  bytes: number
  sent: number
  sentBytes: number
}

interface ClusterSums extends Sums {
  /** Given where entries are added: the cluster may be new. */
  reason: Reason | undefined
  readonly parts: Map<string, { eventType: string; input: string; count: number; sent: number }>
  readonly hours: Map<number, number>
}

export interface ClusterChanges {
  /** An entry that waits was added. */
  add(reason: Reason, entry: Facts): void
  /** An entry that was counted is gone, or was admitted. */
  remove(row: Record<string, unknown>): void
  /** A counted entry was marked as sent, or waits again. */
  mark(row: Record<string, unknown>, isSent: boolean): void
  /** Writes the sums; to be called once, in the transaction that changed the entries. */
  apply(): void
}

export interface Facts {
  readonly eventType: string
  readonly input: string
  readonly bytes: number
  /** ms since 1970 UTC. */
  readonly failedAt: number
}

export function openChanges(prepare: Prepare): ClusterChanges {
  const clusters = new Map<string, ClusterSums>()
  const sumsOf = (fingerprint: string): ClusterSums => {
    let sums = clusters.get(fingerprint)
    if (sums === undefined) {
      sums = { count: 0, bytes: 0, sent: 0, sentBytes: 0, reason: undefined, parts: new Map(), hours: new Map() }
      clusters.set(fingerprint, sums)
    }
    return sums
  }
  const note = (sums: ClusterSums, { eventType, input, bytes }: Facts, count: number, sent: number) => {
    sums.count += count
    sums.bytes += count * bytes
    sums.sent += sent
    sums.sentBytes += sent * bytes
    const key = `${eventType}\0${input}`
    const part = sums.parts.get(key)
    if (part === undefined) sums.parts.set(key, { eventType, input, count, sent })
    else {
      part.count += count
      part.sent += sent
    }
  }
  const noteHour = ({ hours }: ClusterSums, failedAt: number, count: number) => {
    const hour = Math.floor(failedAt / hourMs)
    hours.set(hour, (hours.get(hour) ?? 0) + count)
  }

  return {
    add(reason, facts) {
      const sums = sumsOf(reason.fingerprint)
      sums.reason = reason
      note(sums, facts, 1, 0)
      noteHour(sums, facts.failedAt, 1)
    },
    remove(row) {
      const sums = sumsOf(row['fingerprint'] as string)
      const facts = factsOf(row)
      note(sums, facts, -1, row['is_sent'] === 1n ? -1 : 0)
      noteHour(sums, facts.failedAt, -1)
    },
    mark: (row, isSent) => note(sumsOf(row['fingerprint'] as string), factsOf(row), 0, isSent ? 1 : -1),
    apply() {
      for (const [fingerprint, sums] of clusters) applyCluster(prepare, fingerprint, sums)
      const all = [...clusters.values()]
      const total = (name: keyof Sums) => all.reduce((sum, sums) => sum + sums[name], 0)
      if (all.length === 0) return
      prepare(
        'UPDATE totals SET count = count + ?, bytes = bytes + ?, sent = sent + ?, sent_bytes = sent_bytes + ?',
      ).run(total('count'), total('bytes'), total('sent'), total('sentBytes'))
    },
  }
}

/** An entry that waits, as a row of {@link countedColumns}. */
export function rowCounted(fingerprint: string, { eventType, input, bytes, failedAt }: Facts): Record<string, unknown> {
  return { fingerprint, event_type: eventType, input_label: input, bytes, failed_at: failedAt, is_sent: 0n }
}

export function factsOf(row: Record<string, unknown>): Facts {
  return {
    eventType: row['event_type'] as string,
    input: row['input_label'] as string,
    bytes: Number(row['bytes']),
    failedAt: Number(row['failed_at']),
  }
}

function applyCluster(prepare: Prepare, fingerprint: string, sums: ClusterSums): void {
  const { reason, count, bytes, sent, parts, hours } = sums
  if (reason !== undefined) {
    const { stage, code, subject, pattern } = reason
    prepare('INSERT OR IGNORE INTO clusters VALUES (?, ?, ?, ?, ?, 0, 0, 0)').run(
      fingerprint,
      stage,
      code,
      subject,
      pattern,
    )
  }
  prepare('UPDATE clusters SET count = count + ?, bytes = bytes + ?, sent = sent + ? WHERE fingerprint = ?').run(
    count,
    bytes,
    sent,
    fingerprint,
  )
  if (count < 0) prepare('DELETE FROM clusters WHERE fingerprint = ? AND count <= 0').run(fingerprint)
  for (const part of parts.values()) applyPart(prepare, fingerprint, part)
  for (const [hour, change] of hours) applyHour(prepare, fingerprint, hour, change)
}

function applyPart(
  prepare: Prepare,
  fingerprint: string,
  { eventType, input, count, sent }: { eventType: string; input: string; count: number; sent: number },
): void {
  prepare(
    `INSERT INTO cluster_parts VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT DO UPDATE SET count = count + ?4, sent = sent + ?5`,
  ).run(fingerprint, eventType, input, count, sent)
  if (count >= 0) return
  prepare('DELETE FROM cluster_parts WHERE fingerprint = ? AND event_type = ? AND input_label = ? AND count <= 0').run(
    fingerprint,
    eventType,
    input,
  )
}

/** What is taken away from an hour that is forgotten already changes nothing. */
function applyHour(prepare: Prepare, fingerprint: string, hour: number, change: number): void {
  if (change > 0) {
    prepare(`INSERT INTO cluster_hours VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET count = count + ?3`).run(
      fingerprint,
      hour,
      change,
    )
  } else if (change < 0) {
    prepare('UPDATE cluster_hours SET count = count + ? WHERE fingerprint = ? AND hour = ?').run(
      change,
      fingerprint,
      hour,
    )
    prepare('DELETE FROM cluster_hours WHERE fingerprint = ? AND hour = ? AND count <= 0').run(fingerprint, hour)
  }
}
