/** The shapes of the live tail: events as they go by, for whoever watches just now. */
import type { EventMetadata } from './samples.ts'

/** Where an event is seen: as it arrived, as the users' code left it, as it became a row, as it was set aside. */
export const liveStages = ['ingested', 'transformed', 'loaded', 'failed'] as const
export type LiveStage = (typeof liveStages)[number]

export interface LiveEvent {
  readonly stage: LiveStage
  /** When it was received, ms since 1970 UTC. */
  readonly receivedAt: number
  readonly eventType: string
  /** Label of the input. */
  readonly input: string
  /** `VALID` or a code of `errors.ts`, and the reason. */
  readonly status: string
  readonly message: string | null
  /** Its first 16 KiB. */
  readonly raw: Uint8Array
  /** Whether that is all of it. */
  readonly isWhole: boolean
  readonly metadata: EventMetadata
}

/** Which events are meant; all of them where nothing is given. */
export interface LiveFilter {
  readonly stage?: LiveStage | undefined
  readonly eventType?: string | undefined
  /** Label of an input. */
  readonly input?: string | undefined
}

/** A listener as the pipeline's thread knows it. */
export interface LiveWatcher {
  readonly id: number
  readonly filter: LiveFilter
}

/** What one batch had for a listener. */
export interface LivePick {
  readonly id: number
  readonly events: readonly LiveEvent[]
  /** Further events that were meant. */
  readonly dropped: number
}

export interface LiveListener {
  readonly filter: LiveFilter
  readonly onEvents: (events: readonly LiveEvent[], dropped: number) => void
  /** Told when nothing more will come. */
  readonly onClosed: () => void
}

/** Of all workspaces together. */
export const liveListenersMax = 20
