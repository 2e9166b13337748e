/**
 * When DuckDB moves what was committed from its write-ahead log into the file. It costs as much as loading, since that is when
 * rows are compressed, and more for each row the fewer they are; but until then a power cut may take them back, Millrace's log
 * has to keep them, and a restart replays them.
 */

/** Bytes of rows, and ms since the first of them, after which a checkpoint is due. */
export const checkpointLimits = { bytes: 128 * 1024 * 1024, ageMs: 60_000 }

export interface CheckpointSchedule {
  /** Tells that so many bytes of rows were committed. */
  committed(bytes: number): void
  /** Tells that a checkpoint was made: the next is due after as much again. */
  done(): void
  /** Tells that a checkpoint could not be made: it is tried again after a while. */
  failed(): void
  close(): void
}

/** Calls `checkpoint` when it is due; once, until it is done or has failed. */
export function scheduleCheckpoints(checkpoint: () => void): CheckpointSchedule {
  let bytes = 0
  let timer: NodeJS.Timeout | undefined
  let isDue = false
  const due = () => {
    if (isDue) return
    isDue = true
    checkpoint()
  }
  const forget = () => {
    clearTimeout(timer)
    timer = undefined
    bytes = 0
    isDue = false
  }
  const committed = (more: number) => {
    bytes += more
    timer ??= setTimeout(due, checkpointLimits.ageMs).unref()
    if (bytes >= checkpointLimits.bytes) due()
  }
  return {
    committed,
    done: forget,
    failed() {
      forget()
      committed(0)
    },
    close: forget,
  }
}
