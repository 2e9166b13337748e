/** What the control plane asks of users' code: deployed, tested on events, run dry over the restream queue. */

import type { QueryValue } from '../query.ts'
import type { RestreamFilter, Stage } from '../restream.ts'
import type { ColumnType } from '../rows.ts'
import type { Deployment, Diagnostic, TransformFault, TransformModule } from '../transform.ts'

/** Users' code, run. Every method throws MillraceError `sandbox_unavailable` where no sandbox can be opened. */
export interface WorkspaceTransforms {
  /**
   * Mistakes that keep code from being deployed: syntax of all modules, called or not; imports; a missing `transform`; and what the
   * called modules throw as they are loaded in a process of their own, with the secrets, lookups and limits that they will have.
   */
  check(
    modules: readonly TransformModule[],
    order: readonly string[],
    loadedWith: Pick<TransformDraft, 'secrets' | 'lookups' | 'limits'>,
  ): Promise<readonly Diagnostic[]>
  /**
   * From the next batch on events go through this code; resolves when it is loaded. Ends a pause. Repeating it changes nothing, and a
   * lower version than the one that runs is ignored: rolling back makes a higher one.
   * @throws MillraceError `invalid_code`: it fails as it is loaded, where only running it shows that. The pipeline then stands until
   * another version is deployed.
   */
  deploy(deployment: Deployment): Promise<void>
  /** Goes on after a pause, with the same code. @throws MillraceError `conflict`: it is not paused. */
  resume(): Promise<void>
  state(): Promise<TransformState>
  /** Of this machine, the same for every workspace. */
  isolation(): Promise<TransformIsolation>
  /** Runs code on a few events, stores nothing. In the order of the events; of none it only loads the code. @throws MillraceError `invalid_code`, `not_found`: of a cluster. */
  test(request: TransformTest): Promise<TestRun>
  /**
   * Runs what waits in the restream queue through code and mapping, changes nothing; `onProgress` hears now and then how far it is.
   * @throws MillraceError `invalid_code`, `invalid_mapping`; what `signal` was aborted with.
   */
  dryRun(
    request: DryRunRequest,
    options: { onProgress: (progress: DryRunProgress) => void; signal: AbortSignal },
  ): Promise<DryRunProgress>
}

export interface TransformState {
  /** `none`: there is no code, events go on as they come; `paused`: it was stopped, and events wait in the log. */
  readonly state: 'none' | 'running' | 'paused'
  /** That runs, or that was paused; null where none was ever deployed. */
  readonly version: number | null
  /** Why it is paused, for a person. */
  readonly reason: string | null
  readonly isolation: TransformIsolation
  /** The end of what the code printed lately. */
  readonly printed?: string
}

/** How well code is kept in, measured at the start by probes that try to get out. */
export interface TransformIsolation {
  readonly level: 'full' | 'partial' | 'none'
  readonly probes: readonly { readonly name: string; readonly isHeld: boolean }[]
}

/** A deployment that is none yet. */
export type TransformDraft = Omit<Deployment, 'version'>

export interface TransformTest {
  readonly code: TransformDraft | 'live'
  readonly source: TestSource
  /** Whether outputs are also mapped to rows. */
  readonly withMapping: boolean
}

export type TestSource =
  | { readonly events: readonly RawEvent[] }
  | { readonly samples: SampleFilter }
  /** Fingerprint of failures that are alike; at most `limit` of them. */
  | { readonly cluster: string; readonly limit: number }

/** An event made up for a test. What it does not say is as of an event that arrived just now. */
export interface RawEvent {
  readonly eventType: string
  /** Its data: a JSON object. */
  readonly raw: Uint8Array
  readonly eventId?: string
  /** ms since 1970 UTC. */
  readonly time?: number
  /** Label of the input. */
  readonly input?: string
  readonly restreamCount?: number
}

export interface SampleFilter {
  readonly eventType?: string
  /** Label of an input. */
  readonly input?: string
  readonly limit: number
}

export interface TestRun {
  /** Of the first events. */
  readonly results: readonly TestedEvent[]
  /** How many events behind those were not tested. */
  readonly leftOut: number
  /** Why: time was up, or the events and what they became were as much as is held at once; null where none was left out. */
  readonly stoppedBy: 'time' | 'bytes' | null
}

export interface TestedEvent {
  readonly event: Required<Pick<RawEvent, 'eventType' | 'eventId' | 'raw'>>
  /** Empty where the code dropped it, or has a fault. */
  readonly outputs: readonly TestOutput[]
  readonly printed: string
  readonly runtimeMs: number
  readonly fault: TransformFault | null
  /** With `withMapping`: one for each output that the mapping lets through. */
  readonly rows?: readonly { readonly table: string; readonly values: Readonly<Record<string, QueryValue>> }[]
  /** With `withMapping`: those that its rows would add to the tables. */
  readonly addedColumns?: readonly { readonly table: string; readonly column: string; readonly type: ColumnType }[]
  /** With `withMapping`: outputs, by their place, that the mapping refuses. */
  readonly refusals?: readonly MappingRefusal[]
}

export interface TestOutput {
  readonly eventType: string
  /** ms since 1970 UTC. */
  readonly time: number
  /** A JSON object, as the code left it. */
  readonly raw: Uint8Array
}

export interface MappingRefusal {
  readonly output: number
  /** A code of `errors.ts`. */
  readonly code: string
  readonly message: string
  /** The field that the reason is about. */
  readonly subject?: string
}

export interface DryRunRequest {
  readonly code: TransformDraft | 'live'
  /** Instead of the mapping that its event type has. */
  readonly mapping?: { readonly eventType: string; readonly mapping: unknown }
  readonly filter: RestreamFilter
}

/** Counts of entries of the restream queue. `passed + dropped + failed = done`. */
export interface DryRunProgress {
  readonly total: number
  readonly done: number
  /** Would become rows, or be discarded by the mapping. */
  readonly passed: number
  readonly dropped: number
  readonly failed: number
  /** Most frequent first. */
  readonly reasons: readonly DryRunReason[]
}

export interface DryRunReason {
  readonly stage: Stage
  /** A code of `errors.ts`. */
  readonly code: string
  /** Of the first one. */
  readonly message: string
  /** The field, or the place in the users' code, that the reason is about. */
  readonly subject?: string
  readonly count: number
  /** A few. */
  readonly examples: readonly DryRunExample[]
}

export interface DryRunExample {
  readonly offset: bigint
  readonly eventId: string
  readonly eventType: string
  readonly message: string
}
