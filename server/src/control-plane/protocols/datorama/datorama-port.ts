/**
 * What the protocol needs beyond its own state: a list of functions, narrow and typed, that `bind-port.ts` binds to our operations.
 * One that has no operation yet is bound to a refusal, `not_implemented`, that says what is missing.
 */

import type { Readable } from 'node:stream'
import type { PatternRule } from '../../../semantic/model.ts'
import type { DateRange, JobLogLine, SourceSchedule } from '../../../sources.ts'
import type { ShownJob } from '../../operations/jobs.ts'
import type { Caller } from '../../operations/operation.ts'
import type { Attributes } from './kept.ts'

export interface DatoramaPort {
  /** All in which the caller has a role, but archived ones; by id. */
  workspaces(caller: Caller): Promise<readonly NativeWorkspace[]>
  /** The caller's. @throws MillraceError `not_found`. */
  workspace(caller: Caller): Promise<NativeWorkspace>

  /** What a source can be. */
  sourceKinds(caller: Caller): Promise<readonly SourceKind[]>
  /** Of the workspace, by id. */
  sources(caller: Caller): Promise<readonly NativeSource[]>
  /** @throws MillraceError `not_found`. */
  source(caller: Caller, id: string): Promise<NativeSource>
  /** @throws MillraceError `conflict`: the label is taken; `invalid_request`: of a setting. */
  createSource(caller: Caller, draft: { label: string; type: string; settings: Attributes }): Promise<NativeSource>
  /** @throws MillraceError as {@link createSource}. */
  changeSource(caller: Caller, id: string, change: { label?: string; settings?: Attributes }): Promise<void>
  /** One that does not run by its schedule still does what it is asked to. */
  setRunning(caller: Caller, id: string, isRunning: boolean): Promise<void>
  schedule(caller: Caller, id: string, schedule: SourceSchedule | null): Promise<void>
  /** With its jobs; its rows stay. */
  removeSource(caller: Caller, id: string): Promise<void>

  /** Queues jobs for the range, of ten days at most, in order. @throws MillraceError `invalid_request`: of the range. */
  process(caller: Caller, source: string, range: DateRange): Promise<readonly ShownJob[]>
  /** Queues jobs that repeat those given, or all that ended. @throws MillraceError `not_found`. */
  rerun(caller: Caller, source: string, jobs: readonly string[] | 'all'): Promise<readonly ShownJob[]>
  /** Newest first. */
  jobs(caller: Caller, source: string, page: { skip: number; limit: number }): Promise<readonly ShownJob[]>
  /** @throws MillraceError `not_found`. */
  job(caller: Caller, id: string): Promise<ShownJob>
  jobLog(caller: Caller, id: string): Promise<readonly JobLogLine[]>
  /** What it retrieved. */
  jobFile(caller: Caller, id: string, kind: 'zip' | 'csv'): Promise<Readable>

  /** Undefined where the event type has none. */
  mapping(caller: Caller, eventType: string): Promise<NativeMapping | undefined>
  mappings(caller: Caller): Promise<readonly NativeMapping[]>
  /** Puts whole fields in force. @throws MillraceError `invalid_mapping`, `schema_conflict`. */
  setFields(caller: Caller, eventType: string, fields: readonly FieldDraft[]): Promise<void>

  dimensions(caller: Caller): Promise<readonly NativeDimension[]>
  harmonizedDimensions(caller: Caller): Promise<readonly NativeHarmonized[]>
  patterns(caller: Caller): Promise<readonly NativePattern[]>
  /** With `fills`, the id of a harmonised dimension, that becomes what the pattern derives. @throws MillraceError `invalid_request`, `conflict`. */
  createPattern(caller: Caller, draft: PatternDraft): Promise<NativePattern>
  calculatedMeasurements(caller: Caller): Promise<readonly NativeCalculated[]>
  /** Why a text is no formula, whatever there is that it could name; undefined where it is one. */
  formulaFault(formula: string): string | undefined
  /** @throws MillraceError `invalid_request`: of the name, or what the formula names is not there. */
  createCalculatedMeasurement(caller: Caller, draft: { name: string; formula: string }): Promise<NativeCalculated>
}

export interface NativeWorkspace {
  readonly id: string
  readonly name: string
  /** ms since 1970 UTC, as are the others. */
  readonly createdAt: number
}

export interface SourceKind {
  /** Its name in the catalog. */
  readonly type: string
  readonly title: string
  /** Names of its settings. */
  readonly settings: readonly string[]
  readonly isByDate: boolean
}

export interface NativeSource {
  readonly id: string
  readonly label: string
  readonly type: string
  /** Of a secret `{ set: true }`. */
  readonly settings: Attributes
  readonly createdAt: number
  readonly isRunning: boolean
  readonly lastJob: ShownJob | null
}

export interface NativeMapping {
  readonly eventType: string
  readonly table: string
  readonly mode: string
  readonly fields: readonly NativeField[]
}

export interface NativeField {
  /** From the outside in. */
  readonly path: readonly string[]
  readonly column: string
  readonly type: string
}

export type FieldDraft = NativeField

/** A column by which things are told apart. */
export interface NativeDimension {
  readonly id: string
  readonly name: string
  readonly column: string
  readonly table: string
  /** Of the column. */
  readonly type: string
}

interface Made {
  readonly id: string
  readonly name: string
  readonly createdAt: number
  readonly updatedAt: number
}

export type NativeHarmonized = Made

export interface NativePattern extends Made {
  readonly rule: PatternRule
}

export interface PatternDraft {
  readonly name: string
  readonly rule: PatternRule
  /** Id of a dimension that it derives from. */
  readonly from?: string | undefined
  /** Id of a harmonised dimension that it fills. */
  readonly fills?: string | undefined
}

export interface NativeCalculated extends Made {
  readonly formula: string
}
