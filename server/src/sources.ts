/**
 * The shapes of sources, which are inputs that fetch by themselves, and of their jobs. The control plane keeps them, the data plane
 * runs them. Times are ms since 1970 UTC.
 */
import type { RunState } from './scheduled-queries.ts'

/** By a cron expression of five parts in a time zone (IANA), or every so many minutes from when that was set. */
export type SourceSchedule = { readonly cron: string; readonly timeZone: string } | { readonly everyMinutes: number }

/** Both ends included, `YYYY-MM-DD`. */
export interface DateRange {
  readonly start: string
  readonly end: string
}

/** Of all jobs of a workspace, how many may be under way. */
export const jobsAtOnce = 15

/** Of the jobs that have ended, how many are kept of each source. */
export const jobsKept = 100

/** Of the jobs of a source, how many may wait. */
export const jobsWaitingMax = 1_000

/** Where reading goes on: JSON, as the connector makes it. */
export type SourceState = Readonly<Record<string, unknown>>

export interface Job {
  readonly workspace: string
  readonly id: string
  /** Id of the input. */
  readonly source: string
  readonly state: RunState
  /** Null: it goes on from the state of its source. */
  readonly range: DateRange | null
  readonly queuedAt: number
  /** Pages that are durable. */
  readonly pages: number
  /** Rows of these pages. */
  readonly rowCount: number
  /** How often it was tried again after an error. */
  readonly attempts: number
  /** How often a process began it since its last page. */
  readonly idleStarts: number
}

export interface JobProgress {
  /** In the words of the connector; null where it does not know. */
  readonly loaded: number | null
  readonly total: number | null
  readonly message: string | null
  /** When it will have ended, as far as one can tell. */
  readonly etaAt: number | null
}

export interface JobEnd {
  readonly state: Extract<RunState, 'SUCCESS' | 'FAILURE' | 'CANCELLED'>
  readonly error: { readonly code: string; readonly message: string } | null
}

export interface DueSource {
  readonly workspace: string
  readonly id: string
  readonly schedule: SourceSchedule
  readonly scheduledAt: number
}

/** What running jobs needs kept. */
export interface SourceStore {
  /** Of inputs that are enabled, in workspaces that are open: those that are due. */
  due(now: number): Promise<readonly DueSource[]>
  /** Says when it is due next, and queues a job unless one is under way or waits; both or neither. */
  queue(source: DueSource, at: number, nextAt: number | null): Promise<void>
  /** Of each source the job that has waited longest. */
  waiting(): Promise<readonly Job[]>
  /** What a process before this one left under way. */
  underWay(): Promise<readonly Job[]>
  /** @returns false where it is not in this state any more. */
  begin(job: Job, at: number): Promise<boolean>
  /** Where it goes on; `{}` at first. */
  stateOf(job: Job): Promise<SourceState>
  /** A page is durable in the log: where to go on behind it, and how far the job is. */
  pageDone(job: Job, page: { state: SourceState; pages: number; rowCount: number } & JobProgress): Promise<void>
  progressed(job: Job, progress: JobProgress): Promise<void>
  triedAgain(job: Job, attempts: number): Promise<void>
  /** @returns ids of jobs of the source that are kept no longer. */
  end(job: Job, at: number, end: JobEnd): Promise<readonly string[]>
  /** Over the settings that the source has. @throws MillraceError `invalid_request`. */
  saveSettings(job: Job, change: Readonly<Record<string, unknown>>): Promise<void>
  /** All inputs of a workspace. */
  inputIds(workspace: string): Promise<ReadonlySet<string>>
}

/** A line of a job's log. */
export interface JobLogLine {
  readonly at: number
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, string | number | boolean | null>>
}

/** A page as it was retrieved. */
export interface RawPage {
  /** The file's name, of its number and its name at the source. */
  readonly name: string
  readonly bytes: number
}
