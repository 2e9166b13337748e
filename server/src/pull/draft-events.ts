/** Drafts of a connector as the events that the log takes: JSON lines, proved by the scanner that proves what senders send. */
import { type EventDraft, isEventType } from '@millrace/event/event'
import { limits } from '@millrace/event/limits'
import { openScanner } from '@millrace/json/scanner'
import type { EventFault } from '../batch.ts'
import { NotRetryable, type PulledDraft } from './connector.ts'
import type { ReceivedEvents } from './subscriber.ts'

const scanner = openScanner(limits)
/** Years 1 to 9999, as at the intake. */
const timeBounds = { first: Date.parse('0001-01-01T00:00:00Z'), last: Date.parse('9999-12-31T23:59:59.999Z') }

/** Lines of JSON, one for each draft. @throws NotRetryable: a draft's data is none that JSON can say. */
export function linesOf(drafts: readonly PulledDraft[]): Buffer[] {
  return drafts.map((draft) => {
    try {
      return draft.line ?? Buffer.from(`${JSON.stringify(draft.data)}\n`)
    } catch (cause) {
      throw new NotRetryable(`A row cannot be written as JSON: ${(cause as Error).message}`, { cause })
    }
  })
}

/** In order, in batches as large as a request may be. */
export function* eventsOf(drafts: readonly EventDraft[], lines: readonly Buffer[]): Generator<ReceivedEvents> {
  for (let start = 0; start < drafts.length; ) {
    let end = start
    for (let bytes = 0; end < drafts.length && end - start < limits.requestEventsMax; end++) {
      bytes += lines[end]!.length
      if (bytes > limits.requestBytesMax && end > start) break
    }
    yield batchOf(drafts.slice(start, end), Buffer.concat(lines.slice(start, end)))
    start = end
  }
}

function batchOf(drafts: readonly EventDraft[], payload: Buffer): ReceivedEvents {
  const records = scanner.scan(payload, 'ndjson')
  const faults = new Map<number, EventFault>(records.faults.map((fault) => [fault.index, fault]))
  for (const [index, draft] of drafts.entries()) {
    const fault = faultOf(draft)
    if (fault !== undefined && !faults.has(index)) faults.set(index, { index, ...fault })
  }
  const types = [...new Set(drafts.map(typeOf))]
  const places = new Map(types.map((type, index) => [type, index]))
  return {
    types,
    ...(types.length > 1 && { typeIndex: drafts.map((draft) => places.get(typeOf(draft))!) }),
    ids: drafts.map((draft) => (isId(draft.id) ? draft.id : null)),
    times: drafts.map(({ time }) => (time !== undefined && isTime(time) ? time : null)),
    ...(faults.size > 0 && { faults: [...faults.values()].toSorted((a, b) => a.index - b.index) }),
    starts: records.starts,
    ends: records.ends,
    payload,
  }
}

function typeOf({ type }: EventDraft): string {
  return isEventType(type) ? type : ''
}

function faultOf({ type, id, time }: EventDraft): Omit<EventFault, 'index'> | undefined {
  if (!isEventType(type))
    return { code: 'invalid_event_type', message: 'The connector gives no event type that can be' }
  if (id !== undefined && !isId(id))
    return { code: 'invalid_request', message: `An id has 1 to ${limits.eventIdCharsMax} characters` }
  if (time !== undefined && !isTime(time))
    return { code: 'invalid_event_time', message: 'A time lies between the years 1 and 9999' }
  return undefined
}

function isId(id: string | undefined): id is string {
  return id !== undefined && id.length >= 1 && id.length <= limits.eventIdCharsMax && id.isWellFormed()
}

function isTime(time: number): boolean {
  return time >= timeBounds.first && time <= timeBounds.last
}
