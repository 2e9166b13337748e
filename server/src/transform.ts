/** The shapes in which users' code is spoken of: by whoever stores and deploys it, and by the stage that runs it. */

export const languages = ['typescript', 'javascript', 'python'] as const
export type Language = (typeof languages)[number]

/** The module that is called with each event, where no order of modules says otherwise. */
export const mainModule = 'main'

export interface TransformModule {
  /** As it is imported: letters, digits and `_`, no digit first. */
  readonly name: string
  readonly language: Language
  readonly code: string
}

/** All code of a workspace at one moment. Immutable: every change is a new version. */
export interface Deployment {
  /** From 1, rising. What rows say in `_transform_version`. */
  readonly version: number
  readonly modules: readonly TransformModule[]
  /** Names of the modules whose `transform` is called, one after the other; each may have its own language. */
  readonly order: readonly string[]
  /** What `secrets.get(name)` gives. */
  readonly secrets: Readonly<Record<string, string>>
  /** What `lookups.get(table, key)` gives. */
  readonly lookups: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly limits: TransformLimits
}

export interface TransformLimits {
  /** Of the code on one event. */
  readonly eventMs: number
  /** Of the code on one chunk of events (`chunkEventsMax`). */
  readonly chunkMs: number
  /** What the code may hold. */
  readonly memoryBytes: number
  /** Of what one event becomes, as JSON. */
  readonly outputBytesMax: number
  /** Events that one event may become. */
  readonly outputEventsMax: number
  /** Of what the code prints for one chunk; what is beyond is left out and said so. */
  readonly printedBytesMax: number
}

export const defaultTransformLimits: TransformLimits = {
  eventMs: 1_000,
  chunkMs: 5_000,
  memoryBytes: 256 * 1024 * 1024,
  outputBytesMax: 4 * 1024 * 1024,
  outputEventsMax: 1_000,
  printedBytesMax: 64 * 1024,
}

/** Events that cross the border of a sandbox at once. */
export const chunkEventsMax = 1_000

/** Why an event did not get through the users' code; `code` is one of `errors.ts`. */
export interface TransformFault {
  readonly code: 'transform_error' | 'transform_timeout' | 'transform_memory' | 'transform_output'
  /** The error's own message, without a path of this machine. */
  readonly message: string
  /** Where in the users' code, as the user wrote it; both from 1. */
  readonly module?: string
  readonly line?: number
  readonly column?: number
}

/** A mistake found before code runs. */
export interface Diagnostic {
  readonly module: string
  /** From 1, as is `column`; absent where it concerns the module as a whole. */
  readonly line?: number
  readonly column?: number
  readonly message: string
}
