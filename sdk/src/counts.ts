/** What became of every event: the sum of its parts is what was taken. */
import type { SdkError } from './errors.ts'
import type { ClientStats, DropReason } from './types.ts'

export class Counts {
  accepted = 0
  acked = 0
  duplicates = 0
  rejected = 0
  filtered = 0
  retries = 0
  bytes = 0
  inFlight = 0
  lastError: SdkError | undefined
  readonly dropped: Partial<Record<DropReason, number>> = {}

  drop(reason: DropReason, count: number): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + count
  }

  stats(pending: number, spooledNow: number): ClientStats {
    const { accepted, acked, duplicates, rejected, filtered, retries, bytes, inFlight, lastError } = this
    return {
      accepted,
      pending,
      inFlight,
      acked,
      duplicates,
      rejected,
      dropped: { ...this.dropped },
      filtered,
      spooledNow,
      retries,
      bytes,
      lastError,
    }
  }
}
