/** Failures become entries of the queue, within a transaction. */
import type { Failure } from '../restream.ts'
import { type ClusterChanges, countedColumns, rowCounted } from './cluster-changes.ts'
import { insertEntry, rowOf } from './entries.ts'
import type { openReasons } from './fingerprint.ts'
import { purgedAmong } from './purged.ts'
import type { Prepare } from './transaction.ts'

interface Adding {
  readonly prepare: Prepare
  readonly reasonFor: ReturnType<typeof openReasons>
  readonly changes: ClusterChanges
}

/** Adds failures of one partition, those that were purged excepted; one at an offset that is kept already replaces it. */
export function addFailures(
  { prepare, reasonFor, changes }: Adding,
  failures: readonly Failure[],
  failedAt: number,
): void {
  const { partition } = failures[0]!
  const [from, to] = rangeOf(failures)
  const within = 'partition = ? AND offset BETWEEN ? AND ?'
  const purged = purgedAmong(
    prepare,
    partition,
    [from, to],
    failures.map(({ offset }) => offset),
  )
  const kept = new Map<unknown, Record<string, unknown>>()
  const counted = prepare(`SELECT ${countedColumns} FROM entries WHERE ${within} AND seen_offset IS NULL`)
  for (const row of counted.iterate(partition, from, to)) kept.set(row['offset'], row)
  const before = prepare('SELECT first_failed_at FROM entries WHERE partition = ? AND seen_offset = ?')
  const insert = prepare(insertEntry)
  for (const failure of failures) {
    const { offset, restreamCount, eventType, input, raw } = failure
    if (purged.has(offset)) continue
    const reason = reasonFor(failure)
    const replaced = kept.get(offset)
    if (replaced !== undefined) changes.remove(replaced)
    // Of an event that was sent through again, the entry it came from is there until this one is durable.
    const first = restreamCount > 0 ? before.get(partition, offset)?.['first_failed_at'] : undefined
    insert.run(
      ...rowOf(failure, { fingerprint: reason.fingerprint, failedAt, firstFailedAt: Number(first ?? failedAt) }),
    )
    const facts = { eventType, input: input.label, bytes: raw.length, failedAt }
    changes.add(reason, facts)
    kept.set(offset, rowCounted(reason.fingerprint, facts)) // should the batch have the offset again
  }
}

function rangeOf(failures: readonly Failure[]): [from: bigint, to: bigint] {
  let [from, to] = [failures[0]!.offset, failures[0]!.offset]
  for (const { offset } of failures) {
    if (offset < from) from = offset
    if (offset > to) to = offset
  }
  return [from, to]
}
