/**
 * The shapes of scheduled queries: statements that run by themselves into tables of their own. The control plane keeps them and their
 * runs; the scheduler runs them.
 */
import type { StatementWork } from './query.ts'

/** By a cron expression of five parts in a time zone (IANA), or every so many hours from when it was made. */
export type Schedule = { readonly cron: string; readonly timeZone: string } | { readonly everyHours: number }

export interface ScheduledQuery {
  readonly workspace: string
  readonly id: string
  readonly label: string
  readonly target: string
  readonly work: StatementWork
  readonly schedule: Schedule
  readonly timeLimitMs: number
  /** ms since 1970 UTC. */
  readonly createdAt: number
}

export const runStates = ['QUEUED', 'RUNNING', 'SUCCESS', 'FAILURE', 'CANCELLED'] as const
export type RunState = (typeof runStates)[number]

/** Of the runs that have ended, how many are kept of each query. */
export const runsKept = 100

/** Of all runs of a workspace, how many may be under way. */
export const runsAtOnce = 2

export interface WaitingRun {
  readonly id: string
  readonly query: ScheduledQuery
}

export interface RunEnd {
  readonly state: 'SUCCESS' | 'FAILURE' | 'CANCELLED'
  readonly rowCount: number | null
  readonly error: { readonly code: string; readonly message: string } | null
}

/** What the scheduler needs kept. Times are ms since 1970 UTC. */
export interface ScheduleStore {
  /** Of workspaces that are open, those that are switched on and due. */
  due(now: number): Promise<readonly ScheduledQuery[]>
  /** Says when it is due next, and queues a run unless one is under way or waits; both or neither. */
  queue(query: ScheduledQuery, at: number, nextAt: number | null): Promise<void>
  /** Runs that wait, oldest first. */
  waiting(): Promise<readonly WaitingRun[]>
  /** @returns false where it does not wait any more. */
  begin(run: WaitingRun, at: number): Promise<boolean>
  end(run: WaitingRun, at: number, end: RunEnd): Promise<void>
  /** The runs that a process before this one left under way. */
  lost(): Promise<readonly WaitingRun[]>
}
