/**
 * The shapes of sources, which are inputs that fetch by themselves, and of their jobs. The control plane keeps them, the data plane
 * runs them. Times are ms since 1970 UTC.
 */
import type { RunState } from './scheduled-queries.ts'

/** Days that a job of a schedule has: so many, of which the last was `lagDays` days ago; today in the schedule's time zone, else UTC. */
export interface DateWindow {
  readonly days: number
  readonly lagDays: number
}

/** By a cron expression of five parts in a time zone (IANA), or every so many minutes from when that was set. */
export type SourceSchedule = (
  | { readonly cron: string; readonly timeZone: string }
  | { readonly everyMinutes: number }
) & {
  /** Of a source that fetches by dates; without it its jobs have no ranges. */
  readonly window?: DateWindow | undefined
}

/** Both ends included, `YYYY-MM-DD`. */
export interface DateRange {
  readonly start: string
  readonly end: string
}

/** Of all jobs of a workspace, how many may be under way. */
export const jobsAtOnce = 15

/** How jobs of a source are cut and run; null: as the defaults say, and no quota. */
export interface SourceLimits {
  /** Days of a range that one job has, at most. */
  readonly daysPerJob: number | null
  /** Jobs of different ranges that may be under way at once. */
  readonly jobsAtOnce: number | null
  /** Requests that the source may be sent in a day of UTC. */
  readonly callsPerDay: number | null
}

export const defaultLimits = { daysPerJob: 10, jobsAtOnce: 4 } as const

/** Of the jobs that have ended, how many of each source keep their log and what they retrieved. */
export const jobFilesKept = 100

/** Of the jobs that have ended, which are kept: so many of each source, and those that were queued so many days ago at most. */
export interface JobRetention {
  readonly countMax: number
  readonly ageMaxDays: number
}

export const defaultJobRetention: JobRetention = { countMax: 10_000, ageMaxDays: 800 }

/** Of the jobs of a source, how many may wait. */
export const jobsWaitingMax = 10_000

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
  /** Rows that went on to the tables. */
  readonly rowsLoaded: number
  /** How often it was tried again after an error. */
  readonly attempts: number
  /** How often a process began it since its last page. */
  readonly idleStarts: number
  /** Days that are over, asked for by somebody: it comes behind what is due. */
  readonly isBackFill: boolean
  /** Requests that it sent to the source. */
  readonly calls: number
  /** How far its rows are on their way to the tables; null while it reads. */
  readonly landing: Landing | null
}

/**
 * A job of a range has read all of it, and its rows go to the log as one replacement: `attempt` tells one try from the next, and
 * `end` is the offset behind the last of its events, null until they are all in the log.
 */
export interface Landing {
  readonly attempt: string
  readonly end: string | null
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

export interface PageDone extends JobProgress {
  readonly state: SourceState
  readonly pages: number
  readonly rowCount: number
  readonly rowsLoaded: number
  readonly calls: number
}

export interface DueSource {
  readonly workspace: string
  readonly id: string
  readonly schedule: SourceSchedule
  readonly scheduledAt: number
}

export interface WaitingSource {
  readonly workspace: string
  readonly source: string
  readonly isBackFill: boolean
}

/** Who runs a job, and until when (ms since 1970 UTC) that is believed without hearing of it again. */
export interface Lease {
  readonly owner: string
  readonly until: number
}

/** What running jobs needs kept. Jobs under way are changed by the process that holds them, and by no other. */
export interface SourceStore {
  /** Of inputs that are enabled, in workspaces that are open: those that are due. */
  due(now: number): Promise<readonly DueSource[]>
  /** Says when it is due next, and queues its jobs unless one that was due is under way or waits; both or neither. */
  queue(source: DueSource, at: number, nextAt: number | null): Promise<void>
  /** Sources of which jobs may begin by themselves, but of the workspaces left out; and whether all of them are back-fills. */
  waitingSources(now: number, without: readonly string[]): Promise<readonly WaitingSource[]>
  /** Of a source, the first jobs that may begin by themselves: what is due before back-fills, and what has waited longest first. */
  waiting(source: Pick<WaitingSource, 'workspace' | 'source'>, now: number, limit: number): Promise<readonly Job[]>
  /** Under way in the owner’s name, or in that of a process that was not heard of in time. */
  toRun(owner: string, now: number): Promise<readonly Job[]>
  /** @returns false where it is not in this state any more, or another process has it. */
  begin(job: Job, lease: Lease, at: number): Promise<boolean>
  /** @returns ids of the jobs that the owner still holds, now until then. */
  renew(lease: Lease): Promise<readonly string[]>
  /** Where it is known that no other process lives: what they held, nobody holds. */
  voidOthers(owner: string): Promise<void>
  /** It waits again; where a moment is given, until then. */
  release(job: Job, owner: string, notBefore?: number): Promise<void>
  limitsOf(job: Pick<Job, 'workspace' | 'source'>): Promise<SourceLimits>
  /** Counts requests before they are sent; below 0: gives back those that were not. @returns those of the day, these included. */
  countCalls(job: Pick<Job, 'workspace' | 'source'>, day: string, calls: number): Promise<number>
  /** Where it goes on; `{}` at first. */
  stateOf(job: Job): Promise<SourceState>
  /** A page is durable: where to go on behind it, and how far the job is. @throws MillraceError `not_found`: it is not ours any more. */
  pageDone(job: Job, owner: string, page: PageDone): Promise<void>
  progressed(job: Job, owner: string, progress: JobProgress): Promise<void>
  triedAgain(job: Job, owner: string, attempts: number): Promise<void>
  /** How far the rows of a range are. @throws MillraceError `not_found`: it is not ours any more. */
  landed(
    job: Job,
    owner: string,
    landed: { landing: Landing; rowsLoaded?: number; rowsReplaced?: number },
  ): Promise<void>
  /** @returns ids of jobs of the source whose files are kept no longer. */
  end(job: Job, owner: string, at: number, end: JobEnd & { readonly calls: number }): Promise<readonly string[]>
  /** Over the settings that the source has. @throws MillraceError `invalid_request`. */
  saveSettings(job: Job, change: Readonly<Record<string, unknown>>): Promise<void>
  /** The audit's row of a primary key that a source is about to give an event type. */
  announceKey(workspace: string, source: string, eventType: string, primaryKey: readonly string[]): Promise<void>
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
  /** What its connector says of it. */
  readonly metadata?: RawMetadata
}

export type RawMetadata = Readonly<Record<string, string | number | boolean | null>>

/** A member of rows that tells them apart, and the type of its column. */
export interface KeyMember {
  readonly name: string
  readonly type: 'BIGINT' | 'DOUBLE' | 'VARCHAR' | 'BOOLEAN' | 'TIMESTAMP' | 'DATE'
}

/** @returns `kept`: the event type was mapped already, or people alone map here. @throws MillraceError `destination_unavailable`. */
export type DeclareKey = (
  job: Pick<Job, 'workspace' | 'source'>,
  eventType: string,
  key: readonly KeyMember[],
) => Promise<'declared' | 'kept'>
