/** A workspace's log as batches of events, for those who read what is there and wait for nothing more. */
import { decodeBatch, type EventBatch } from './batch.ts'
import type { FileLog } from './log/files/file-log.ts'

export interface LoggedBatch {
  readonly batch: EventBatch
  /** Offset behind its last event. */
  readonly end: bigint
}

/** A log that was repaired may end in a gap, where a reader would wait for ever. */
const readIdleMs = 2_000

/** From an offset to its end of now. @throws MillraceError `log_corrupt`, `log_trimmed`. */
export async function* readBatches(log: FileLog, from: bigint): AsyncGenerator<LoggedBatch> {
  const { end } = log.status(0)
  if (from >= end) return
  const stop = new AbortController()
  const idle = setTimeout(() => stop.abort(), readIdleMs)
  try {
    for await (const { offset, count, body } of log.read(0, from, stop.signal)) {
      const next = offset + BigInt(count)
      yield { batch: decodeBatch(body), end: next }
      if (next >= end) return
      idle.refresh()
    }
  } finally {
    clearTimeout(idle)
    stop.abort()
  }
}
