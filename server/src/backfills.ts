/** Back-fills: columns that were mapped when their table had rows already are filled from the events that the log still has. */

export type BackfillState = 'RUNNING' | 'DONE' | 'STOPPED' | 'FAILED'

export interface BackfillRequest {
  readonly eventType: string
  /** Names of columns that the mapping fills; all of them where it is missing. */
  readonly columns?: readonly string[]
}

export interface BackfillProgress {
  /** Offsets of the log that it meant at its start, and how many of them it has looked at. */
  readonly total: number
  readonly done: number
  /** Rows that it filled; at least so many, where it fills more than a few dozen columns. */
  readonly updated: number
  /** Events that the code or the mapping refuses now. */
  readonly failed: number
}

export interface Backfill extends BackfillProgress {
  readonly id: string
  readonly eventType: string
  readonly columns: readonly string[]
  readonly state: BackfillState
  /** ms since 1970 UTC. */
  readonly startedAt: number
  /** null while it runs. */
  readonly endedAt: number | null
  /** Offsets per second; null where nobody knows yet. */
  readonly rate: number | null
  /** ms until it is done, at that rate; null where nobody knows, or it does not run. */
  readonly etaMs: number | null
  /** Why it failed, or why it waits. */
  readonly error: string | null
}
