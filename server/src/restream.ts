/** The shapes in which what could not go on is spoken of, by the stages that set it aside and by those who look at it. */

import type { FetchedFor } from './batch.ts'

export type Stage = 'ingest' | 'transform' | 'map' | 'load'

/** An event that could not go on, whole, as it arrived. */
export interface Failure {
  readonly partition: number
  readonly offset: bigint
  readonly eventId: string
  readonly eventType: string
  readonly input: { readonly id: string; readonly label: string; readonly type: string }
  /** ms since 1970 UTC, as is `time`. */
  readonly receivedAt: number
  readonly time: number
  readonly stage: Stage
  /** A code of `errors.ts`. */
  readonly code: string
  readonly message: string
  /** Version of the mapping that refused it, where one did. */
  readonly mappingVersion?: number
  /** Version of the users' code that ran on it, where one did. */
  readonly transformVersion?: number
  /** The field, or the place in the users' code, that the reason is about. */
  readonly subject?: string
  /** Where a source fetched it by dates. */
  readonly fetchedFor?: FetchedFor
  /** How often it was sent through again before it failed here. */
  readonly restreamCount: number
  readonly raw: Uint8Array
}

/** A failure in the queue. */
export interface RestreamEntry extends Failure {
  /** When this event was first set aside, also before it was sent through again; ms since 1970 UTC, as is `failedAt`. */
  readonly firstFailedAt: number
  /** When it was last set aside. */
  readonly failedAt: number
  /** How often it failed: at first, and each time it was sent through again. */
  readonly attempts: number
  /** Of its reason: the cluster it belongs to. 16 hexadecimal digits. */
  readonly fingerprint: string
  /** Whether it is on its way through the pipeline again. */
  readonly isSent: boolean
}

/** Which entries are meant; all of them where nothing is given. */
export interface RestreamFilter {
  readonly offsets?: readonly string[]
  readonly fingerprint?: string
  readonly code?: string
  readonly eventType?: string
  readonly input?: string
}

/** Entries that failed for the same reason: same stage, code, subject, and message but for its numbers and quoted values. */
export interface RestreamCluster {
  readonly fingerprint: string
  readonly stage: Stage
  readonly code: string
  readonly subject?: string
  /** The message with `<n>`, `<text>`, `<uuid>` and `<hex>` for what differs. */
  readonly pattern: string
  /** The message of the newest entry. */
  readonly message: string
  /** Entries in the queue, and their bytes. */
  readonly count: number
  readonly bytes: number
  /** Those of them that are on their way through the pipeline again. */
  readonly sent: number
  /** The most frequent ones first; 20 at most. */
  readonly eventTypes: readonly NamedCount[]
  /** By label, likewise. */
  readonly inputs: readonly NamedCount[]
  /** When the oldest and the newest entry were set aside, ms since 1970 UTC. */
  readonly firstFailedAt: number
  readonly lastFailedAt: number
  /** Entries set aside in each of the last 48 hours, oldest first; hours without any are left out. `hour` is its start in ms since 1970 UTC. */
  readonly timeline: readonly { readonly hour: number; readonly count: number }[]
  /** Offsets of the newest entries, 3 at most. */
  readonly examples: readonly bigint[]
}

export interface NamedCount {
  readonly name: string
  readonly count: number
}

export interface RestreamStatus {
  /** Entries in the queue; those of which a copy was admitted by the pipeline are not among them. */
  readonly count: number
  readonly bytes: number
  /** Those of them that are on their way through the pipeline again. */
  readonly sent: number
  /** Entries thrown away since the workspace exists. */
  readonly purged: number
  readonly limits: RestreamLimits
  /** Whether as much waits as may: the pipeline is held. */
  readonly isFull: boolean
}

/** How much may wait in the queue, without what is on its way again. One batch of the pipeline may go beyond. */
export interface RestreamLimits {
  readonly eventsMax: number
  readonly bytesMax: number
}

export type RestreamRunState = 'RUNNING' | 'DONE' | 'STOPPED' | 'FAILED'

/** Entries being sent through again in the background: those of the filter that waited when it began. */
export interface RestreamRun {
  readonly id: number
  readonly filter: RestreamFilter
  readonly eventsPerSecondMax?: number
  readonly state: RestreamRunState
  /** Entries that it meant at its start. */
  readonly total: number
  /** Entries in the log again. */
  readonly sent: number
  /** ms since 1970 UTC. */
  readonly startedAt: number
  /** null while it runs. */
  readonly endedAt: number | null
  /** Events per second, of the last seconds while it runs, else of the whole; null where nobody knows yet. */
  readonly rate: number | null
  /** ms until it is done, at that rate; null where nobody knows, or it does not run. */
  readonly etaMs: number | null
  /** Why it ended before it was done, or why it waits. */
  readonly error: string | null
}
