/** What a subscriber is: an input that goes and listens, for as long as it is enabled, to something that sends by itself. */
import type { EventBatch } from '../batch.ts'
import type { InputSnapshot, InputType } from '../inputs.ts'
import type { Outbound } from '../outbound.ts'
import type { Logger } from '../telemetry.ts'

export interface Subscriber extends InputType {
  /** Connects and stays so, by itself, until it is closed. Returns at once. */
  subscribe(input: InputSnapshot, tools: SubscriberTools): Subscription
}

/** The places of events in bytes that came: what is in `faults` goes to the restream queue. */
export type ReceivedEvents = Pick<
  EventBatch,
  'types' | 'typeIndex' | 'ids' | 'times' | 'faults' | 'starts' | 'ends' | 'payload'
>

export interface SubscriberTools {
  /** Resolves once the events are durable; tries until they are. Rejects only when the subscription is closed. */
  take(events: ReceivedEvents): Promise<void>
  readonly outbound: Outbound
  readonly logger: Logger
  report(state: Omit<ConnectionState, 'since'>): void
}

export interface Subscription {
  /** Resolves when nothing is under way any more. */
  close(): Promise<void>
}

export interface ConnectionState {
  readonly state: 'connecting' | 'connected' | 'failed'
  /** Why, where it is not connected. */
  readonly reason: string | null
  /** ms since 1970 UTC. */
  readonly since: number
}
