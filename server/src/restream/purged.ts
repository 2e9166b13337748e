/**
 * Which offsets were purged. Those at or behind a position that the destination fell back to are not counted any more, as its books
 * do not count their failures; each is again when its event fails again. They are kept under a partition of their own.
 */
import type { Prepare } from './transaction.ts'

/** What the uncounted offsets of a partition are kept under. */
export function uncounted(partition: number): number {
  return -1 - partition
}

/** Counts what was purged at or after `position` no more. */
export function forgetPurged(prepare: Prepare, partition: number, position: bigint): void {
  const { changes } = prepare('UPDATE OR REPLACE purged SET partition = ? WHERE partition = ? AND offset >= ?').run(
    uncounted(partition),
    partition,
    position,
  )
  prepare('UPDATE totals SET purged = purged - ?').run(changes)
}

/** Those of a range of offsets that were purged; from now on all of `failed` among them count. */
export function purgedAmong(
  prepare: Prepare,
  partition: number,
  [from, to]: readonly [bigint, bigint],
  failed: readonly bigint[],
): ReadonlySet<unknown> {
  const select = prepare('SELECT offset FROM purged WHERE partition = ? AND offset BETWEEN ? AND ?')
  const purged = new Set(select.all(partition, from, to).map(({ offset }) => offset))
  const waiting = new Set(select.all(uncounted(partition), from, to).map(({ offset }) => offset))
  if (waiting.size === 0) return purged
  const count = prepare('UPDATE OR REPLACE purged SET partition = ? WHERE partition = ? AND offset = ?')
  for (const offset of failed) {
    if (!waiting.delete(offset)) continue
    count.run(partition, uncounted(partition), offset)
    prepare('UPDATE totals SET purged = purged + 1').run()
    purged.add(offset)
  }
  return purged
}
