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
  readonly raw: Uint8Array
  readonly metadata: EventMetadata
}

/** Which events are meant; all of them where nothing is given. */
export interface LiveFilter {
  readonly stage?: LiveStage | undefined
  readonly eventType?: string | undefined
  /** Label of an input. */
  readonly input?: string | undefined
}

export interface LiveListener {
  readonly filter: LiveFilter
  /** `dropped`: events that were meant but left out since the last call, because there were too many. */
  onEvents(events: readonly LiveEvent[], dropped: number): void
}
