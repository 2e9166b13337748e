/** The shapes in which what could not go on is spoken of, by the stages that set it aside and by those who look at it. */

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
  /** How often it was sent through again before it failed here. */
  readonly restreamCount: number
  readonly raw: Uint8Array
}

/** A failure in the queue. */
export interface RestreamEntry extends Failure {
  /** When it was set aside, ms since 1970 UTC. */
  readonly failedAt: number
  /** Whether it is on its way through the pipeline again. */
  readonly isSent: boolean
}

/** Which entries are meant; all of them where nothing is given. */
export interface RestreamFilter {
  readonly offsets?: readonly string[]
  readonly code?: string
  readonly eventType?: string
  readonly input?: string
}

export interface RestreamStatus {
  /** Entries that wait: those on their way again are not among them. */
  readonly count: number
  readonly bytes: number
  /** Entries thrown away since the workspace exists. */
  readonly purged: number
}
