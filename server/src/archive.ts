/** The shapes of archives: where a workspace's raw events are kept besides its tables, and how far that is. */
import type { S3Place } from './object-store.ts'

export type ArchiveTarget =
  /** Below the folder that the operator allows (MILLRACE_ARCHIVE_ROOT). */
  { readonly kind: 'folder'; readonly folder: string } | ({ readonly kind: 's3' } & S3Place)

export interface ArchiveConfig {
  readonly target: ArchiveTarget
  /** Labels of the inputs whose events are archived; null: of all. */
  readonly inputs: readonly string[] | null
  /** Objects are put as soon as this many bytes wait, before they are compressed … */
  readonly rollBytes: number
  /** … or this long after those before. */
  readonly rollSeconds: number
}

export const rollDefaults = { rollBytes: 16 * 1024 ** 2, rollSeconds: 60 }
export const rollBounds = { bytesMin: 64 * 1024, bytesMax: 64 * 1024 ** 2, secondsMax: 3_600 }

export interface ArchiveStatus {
  /** First offset of the log that is not archived. */
  readonly position: bigint
  /** Events of the log behind it. */
  readonly lagEvents: number
  /** Age of the oldest of them, ms; 0 where there is none. */
  readonly lagMs: number
  /** What was archived so far. Bytes as they are stored. */
  readonly events: number
  readonly objects: number
  readonly bytes: number
  /** Events that the log gave up before they were archived. */
  readonly lost: number
  /** ms since 1970 UTC; undefined: nothing was yet. */
  readonly archivedAt: number | undefined
  /** Why it does not go on at the moment. */
  readonly failure: ArchiveFailure | undefined
}

/** Of one round. */
export interface ArchiveProgress {
  /** Everything before it is archived, or was lost. */
  readonly position: bigint
  readonly events: number
  readonly objects: number
  readonly bytes: number
}

export interface ArchiveFailure {
  readonly code: string
  /** With what can be done about it. */
  readonly message: string
  /** ms since 1970 UTC: since when, and when it was tried last. */
  readonly since: number
  readonly at: number
}
