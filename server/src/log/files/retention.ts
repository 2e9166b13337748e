/** Which segments may go. Pure. */

export interface RetentionRule {
  /** ms that a record is kept at least; without it, and without `retentionBytes`, until space runs short. */
  readonly retentionAgeMs?: number
  /** Bytes of segments that a partition keeps at most. */
  readonly retentionBytes?: number
}

export interface RetentionState {
  /** Nothing at or past this offset goes. */
  readonly floor: bigint
  readonly now: number
  /** Bytes of all segments of the partition, the active one included. */
  readonly bytes: number
  /** Bytes that must go although the rule would keep them, because the log's budget is nearly used. */
  readonly pressureBytes: number
}

export interface Retained {
  readonly end: bigint
  readonly segmentBytes: number
  readonly newestAt: number | undefined
}

/** How many of the sealed segments, from the oldest on, are no longer kept. */
export function expiredCount(sealed: readonly Retained[], rule: RetentionRule, state: RetentionState): number {
  let freed = 0
  let count = 0
  for (const { end, segmentBytes, newestAt } of sealed) {
    const isOld = rule.retentionAgeMs !== undefined && (newestAt ?? 0) < state.now - rule.retentionAgeMs
    const isOver = rule.retentionBytes !== undefined && state.bytes - freed > rule.retentionBytes
    const isPressed = freed < state.pressureBytes
    if (end > state.floor || !(isOld || isOver || isPressed)) break
    freed += segmentBytes
    count++
  }
  return count
}
