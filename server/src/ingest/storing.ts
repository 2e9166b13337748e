/** Stores what a request brought: once, whatever comes again; durable when it resolves. */
import { newIdBase } from '@millrace/event/id'
import { type EventNote, encodeBatch } from '../batch.ts'
import type { InputSnapshot } from '../inputs.ts'
import type { Logger } from '../telemetry.ts'
import type { Clock } from './clock.ts'
import type { AllEventIds } from './event-ids/all-event-ids.ts'
import { type Admission, withoutIds } from './event-ids/event-ids.ts'
import { drawIdBytes } from './id-bytes.ts'
import type { Idempotency } from './idempotency.ts'
import type { MonthlyUsage } from './monthly-usage.ts'
import type { StoredCounts } from './outcome-window.ts'
import type { Bucket, DecodedEvents, DecodedRequest, Outcome } from './protocol.ts'

export interface StoringParts {
  /** Resolves to the offset of its first event once the record is durable in the log of the workspace. */
  append(workspace: string, record: IngestRecord): Promise<bigint>
  /** Finds a bucket of an input, or makes it, durably. */
  findBucket(input: InputSnapshot, bucket: Bucket): Promise<FoundBucket>
  readonly idempotency: Idempotency
  readonly eventIds: Pick<AllEventIds, 'admit'>
  readonly clock: Clock
  readonly logger: Logger
  readonly counters: IngestCounters
  readonly usage: Pick<MonthlyUsage, 'check' | 'add'>
}

export interface FoundBucket {
  /** Of the events that are its values. */
  readonly eventType: string
  readonly isNew: boolean
}

export interface IngestRecord {
  readonly count: number
  readonly body: Uint8Array[]
  readonly tag?: Uint8Array
}

export interface IngestCounters {
  /** A request's events are in the log: `events` good ones and `unreadable` ones. `bytes` after decompression. */
  ingested(request: { workspace: string; input: string; events: number; unreadable: number; bytes: number }): void
  /** Values of so many events could not be stored as they came, and something else was: `what` says it. */
  noted(request: { input: Pick<InputSnapshot, 'id' | 'label' | 'workspace'>; events: number; what: string }): void
  /** A request was refused whole, for a reason of `errors.ts`; by an input where it was known. */
  refused(code: string, input?: Pick<InputSnapshot, 'id' | 'label' | 'workspace'>): void
}

/** @throws MillraceError Nothing is stored. */
export type Store = (input: InputSnapshot, request: DecodedRequest) => Promise<Outcome>

export const nothingStored: Outcome = { accepted: 0, restreamed: 0, duplicates: 0, faults: [], isNewBucket: false }

export function openStoring({
  append,
  findBucket,
  idempotency,
  eventIds,
  clock,
  logger,
  counters,
  usage,
}: StoringParts): Store {
  return async (input, request) => {
    const { bucket, idempotencyKey, isKeyDigest = false } = request
    usage.check(input)
    const found = bucket === undefined ? undefined : await findBucket(input, bucket)
    const isNewBucket = found?.isNew ?? false
    if (request.starts.length === 0) return { ...nothingStored, isNewBucket }
    const brought: DecodedEvents = found === undefined ? request : { ...request, types: [found.eventType] }
    const admission =
      brought.ids === undefined ? withoutIds(brought) : await eventIds.admit(input.workspace, input.id, brought)
    try {
      const key = idempotencyKey === undefined ? undefined : { key: idempotencyKey, isKeyDigest }
      return { ...(await storeAdmitted(input, admission, key)), isNewBucket }
    } catch (error) {
      admission.forget()
      throw error
    }
  }

  async function storeAdmitted(
    input: InputSnapshot,
    { events, duplicates, faults, stored, forget }: Admission,
    keyed: { readonly key: string; readonly isKeyDigest: boolean } | undefined,
  ): Promise<Omit<Outcome, 'isNewBucket'>> {
    const count = events.starts.length
    const restreamed = events.faults?.length ?? 0
    const counts = { accepted: count - restreamed, restreamed }
    const settle = async (tag?: Uint8Array) => stored(count === 0 ? 0n : await appendEvents(input, events, counts, tag))
    if (keyed === undefined) await settle()
    else {
      const content = keyed.isKeyDigest ? undefined : events.payload
      const first = await idempotency.once(input.id, { key: keyed.key, types: events.types, content, counts }, settle)
      if (first.isRepeat) {
        forget()
        return { accepted: first.accepted, restreamed: first.restreamed, duplicates: 0, faults: [] }
      }
    }
    return { ...counts, duplicates, faults }
  }

  /** Returns the log's next offset. */
  async function appendEvents(
    input: InputSnapshot,
    events: DecodedEvents,
    { accepted, restreamed }: StoredCounts,
    tag: Uint8Array | undefined,
  ): Promise<bigint> {
    const { id, label, type, workspace } = input
    const receivedAt = clock.now()
    const count = events.starts.length
    const idBase = newIdBase(receivedAt, drawIdBytes())
    const batch = { ...events, input: { id, label, type }, receivedAt, idBase }
    const bytes = events.payload.length
    const offset = await append(workspace, { count, body: encodeBatch(batch), ...(tag === undefined ? {} : { tag }) })
    counters.ingested({ workspace, input: label, events: accepted, unreadable: restreamed, bytes })
    usage.add(workspace, count, bytes)
    if (events.notes !== undefined && events.notes.length > 0) countNotes(input, events.notes)
    logger.debug('events ingested', { workspace, input: label, eventCount: count, faultCount: restreamed, bytes })
    return offset + BigInt(count)
  }

  function countNotes(input: InputSnapshot, notes: readonly EventNote[]): void {
    const noted = Object.groupBy(notes, ({ message }) => message)
    for (const [what, of = []] of Object.entries(noted)) counters.noted({ input, events: of.length, what })
  }
}
