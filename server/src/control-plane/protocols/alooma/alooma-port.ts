/**
 * What the protocol needs beyond its own state: a list of functions, narrow and typed, that `bind-port.ts` binds to our operations.
 */

import type { MappingMode } from '../../../mappings.ts'
import type { Caller } from '../../operations/operation.ts'
import type { MappingDraft, NativeMapping } from './mapping-draft.ts'

export interface AloomaPort {
  /** Event types that have a mapping. */
  mappings(caller: Caller): Promise<readonly NativeMapping[]>
  mapping(caller: Caller, eventType: string): Promise<NativeMapping | undefined>
  /** Puts a whole mapping in force for whatever arrives after it resolves. @throws MillraceError `invalid_mapping`. */
  setMapping(caller: Caller, eventType: string, draft: MappingDraft): Promise<void>
  /** Forgets the mapping; the table stays. @throws MillraceError `not_found`. */
  deleteMapping(caller: Caller, eventType: string): Promise<void>
  /** What was seen in the fields of its events; undefined where nothing was. */
  fieldStatistics(caller: Caller, eventType: string): Promise<EventTypeStatistics | undefined>
  /** Begins to count anew. */
  clearStats(caller: Caller, eventType: string): Promise<void>
  /** Of event types that have none of their own. */
  mappingMode(caller: Caller): Promise<MappingMode>
  setMappingMode(caller: Caller, mode: MappingMode): Promise<void>

  /** @throws MillraceError `conflict`: the name is taken. */
  createTable(caller: Caller, table: TableDraft): Promise<void>
  /** Adds the columns that are missing and changes types where the data allows. */
  alterTable(caller: Caller, table: TableDraft): Promise<void>
  /** @throws MillraceError `not_found`; `conflict`: something fills it, and it is not `isForced`. */
  dropTable(caller: Caller, name: string, isForced: boolean): Promise<void>

  /** Seconds between two runs of an input that fetches; undefined where it does not, or not every so often. */
  sleepTime(caller: Caller, input: string): Promise<number | undefined>
  /** Runs it so often, rounded up to minutes; nothing where it does not fetch. @throws MillraceError `invalid_request`. */
  setSleepTime(caller: Caller, input: string, seconds: number): Promise<void>

  modules(caller: Caller): Promise<readonly CodeModule[]>
  /** Over the modules that there are; live when it resolves. @throws MillraceError `invalid_code`. */
  putModules(caller: Caller, modules: readonly CodeModule[]): Promise<void>
  /** @throws MillraceError `not_found`. */
  deleteModule(caller: Caller, name: string): Promise<void>
  /** Runs one event through `modules` over those deployed; stores nothing. */
  testModules(caller: Caller, modules: readonly CodeModule[], sample: SampleEvent): Promise<TestedCode>

  /** Newest first, ten at most. */
  samples(caller: Caller, filter: { eventType?: string; statuses: readonly string[] }): Promise<readonly Sample[]>
  /** How many there are: by event type, then by status. */
  sampleCounts(caller: Caller): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>>
  /** Ascending, from `from` (ms since 1970 UTC) to now. */
  notifications(caller: Caller, from: number): Promise<readonly Notification[]>
  publishNotification(caller: Caller, notification: Omit<Notification, 'at' | 'count'>): Promise<void>
  /** Who is told of notifications by e-mail; null: nobody. */
  setMailDigest(caller: Caller, digest: MailDigest | null): Promise<void>
  /** Where raw events are archived; null: nowhere. A secret that is left out stays what it was. */
  setRetention(caller: Caller, retention: Retention | null): Promise<void>
  /** Whether they are, and why not. */
  retention(caller: Caller): Promise<{ readonly isRunning: boolean; readonly error: string | null }>
  /** Of each metric asked for, in that order, a point for each step; the last one is under way. */
  metrics(caller: Caller, names: readonly string[], range: MetricRange): Promise<readonly (readonly MetricPoint[])[]>
  /** Events in the last minute, through each stage. */
  throughput(caller: Caller): Promise<Throughput>

  /** Works in the background. @throws MillraceError `conflict`: nothing to do, or under way. */
  startRestream(caller: Caller): Promise<void>
  stopRestream(caller: Caller): Promise<void>
  isRestreaming(caller: Caller): Promise<boolean>

  queries(caller: Caller): Promise<readonly ScheduledQuery[]>
  createQuery(caller: Caller, query: QueryDraft): Promise<ScheduledQuery>
  deleteQuery(caller: Caller, id: string): Promise<void>
  runQuery(caller: Caller, id: string): Promise<void>

  /** All that the workspace is set to, in our own shapes, without secrets. */
  configuration(caller: Caller): Promise<object>

  /** Names of the secrets that users' code may read. */
  secrets(caller: Caller): Promise<readonly string[]>
  putSecrets(caller: Caller, secrets: Readonly<Record<string, string>>): Promise<void>
  deleteSecret(caller: Caller, name: string): Promise<void>
}

export interface EventTypeStatistics {
  readonly count: number
  readonly fields: readonly FieldStatistics[]
}

/** A field of a tree, as the statistics have it. */
export interface FieldStatistics {
  readonly path: readonly string[]
  readonly count: number
  /** By type of column, how many values would need it. */
  readonly types: Readonly<Record<string, number>>
  /** Texts as they are, all else as its JSON. */
  readonly samples: readonly string[]
  readonly fields: readonly FieldStatistics[]
}

export interface TableDraft {
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly type: string; readonly nonNull: boolean }[]
}

export interface CodeModule {
  readonly name: string
  readonly language: 'python' | 'typescript' | 'javascript'
  readonly code: string
}

/** An event as Alooma's clients know it: its data, with `_metadata`. */
export type SampleEvent = Readonly<Record<string, unknown>>

export interface TestedCode {
  readonly printed: string
  readonly results: readonly SampleEvent[]
  readonly runtimeMs: number
  /** Why there is no result, with the place in the code. */
  readonly error?: string
}

export interface Sample {
  readonly event: SampleEvent
  readonly status: string
  readonly eventType: string
  /** ms since 1970 UTC. */
  readonly at: number
}

export interface Notification {
  readonly severity: 'info' | 'warning' | 'error'
  readonly type: string
  readonly title: string
  readonly message: string
  readonly eventType: string | null
  readonly count: number
  /** ms since 1970 UTC. */
  readonly at: number
}

export interface MailDigest {
  readonly to: readonly string[]
  readonly severityMin: Notification['severity']
  readonly every: 'hourly' | 'daily'
}

export interface Retention {
  readonly bucket: string
  /** Before the name of every object. */
  readonly prefix: string
  readonly accessKeyId: string
  readonly secretAccessKey?: string
  readonly serverSideEncryption: boolean
}

export interface MetricRange {
  /** Minutes before now. */
  readonly minutes: number
  readonly resolutionMinutes: number
}

export interface MetricPoint {
  /** ms since 1970 UTC; of the step's begin. */
  readonly at: number
  readonly value: number | null
}

export interface Throughput {
  readonly received: number
  readonly restreamed: number
  readonly loaded: number
}

export interface QueryDraft {
  readonly eventType: string
  /** A statement; or the newest row of each key of a table. */
  readonly work:
    | { readonly kind: 'sql'; readonly sql: string }
    | { readonly kind: 'newest'; readonly from: string; readonly key: readonly string[] }
  readonly when: { readonly cron: string } | { readonly everyHours: number }
  /** Table that is written; undefined where the statement says it. */
  readonly target: string | undefined
  /** What else the client said. */
  readonly details: Readonly<Record<string, unknown>>
}

export interface ScheduledQuery extends QueryDraft {
  readonly id: string
  readonly isActive: boolean
  readonly isRunning: boolean
  readonly error: string | null
  /** ms since 1970 UTC, as are the others. */
  readonly createdAt: number
  readonly lastStartedAt: number | null
  readonly lastEndedAt: number | null
  readonly lastSucceededAt: number | null
  readonly nextAt: number | null
}
