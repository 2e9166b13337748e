/** Rows of a connector as the events that the log takes: JSON lines, proved by the scanner that proves what senders send. */
import { isEventType } from '@millrace/event/event'
import { limits } from '@millrace/event/limits'
import type { Records } from '@millrace/json/records'
import { openScanner } from '@millrace/json/scanner'
import type { EventFault } from '../batch.ts'
import { NotRetryable, type PackedRows, type Page, type PulledDraft } from './connector.ts'
import type { ReceivedEvents } from './subscriber.ts'

const scanner = openScanner(limits)
/** Years 1 to 9999, as at the intake. */
const timeBounds = { first: Date.parse('0001-01-01T00:00:00Z'), last: Date.parse('9999-12-31T23:59:59.999Z') }
const newline = 0x0a

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

/** The rows of a page, packed if they are not yet. @throws NotRetryable: as {@link linesOf}. */
export function rowsOf(page: Pick<Page<unknown>, 'packed' | 'drafts'>): PackedRows {
  if (page.packed !== undefined) return page.packed
  const { drafts } = page // not before: asking for them makes them
  return {
    type: drafts.map(({ type }) => type),
    payload: Buffer.concat(linesOf(drafts)),
    count: drafts.length,
    ids: drafts.map(({ id }) => id),
    times: drafts.map(({ time }) => time),
    days: drafts.map(({ day }) => day),
  }
}

/** In order, in batches as large as a request may be, their payloads parts of the one that is given. @throws NotRetryable */
export function* eventsOf(rows: PackedRows): Generator<ReceivedEvents> {
  const { payload } = rows
  let first = 0
  for (let start = 0; start < payload.length; ) {
    const { end, count } =
      rows.ends === undefined ? batchFrom(payload, start) : provedBatchFrom(rows.ends, first, start)
    if (count === 0 || first + count > rows.count) throw unlike(rows)
    yield batchOf(rows, first, count, payload.subarray(start, end))
    first += count
    start = end
  }
  if (first < rows.count) throw unlike(rows)
}

/** As many lines as a batch may have, but one at least. */
function batchFrom(payload: Buffer, start: number): { end: number; count: number } {
  let [end, count] = [start, 0]
  while (end < payload.length && count < limits.requestEventsMax) {
    const found = payload.indexOf(newline, end)
    const next = found < 0 ? payload.length : found + 1
    if (next - start > limits.requestBytesMax && count > 0) break
    end = next
    count++
  }
  return { end, count }
}

/** The same of rows whose ends are known. */
function provedBatchFrom(ends: Uint32Array, first: number, start: number): { end: number; count: number } {
  let count = Math.min(limits.requestEventsMax, ends.length - first)
  while (count > 1 && ends[first + count - 1]! - start > limits.requestBytesMax) count--
  return { end: ends[first + count - 1] ?? start, count }
}

/** Where rows lie in a part of the payload that begins with the first of them. */
function provedRecords(ends: Uint32Array, first: number, count: number): Records {
  const before = first === 0 ? 0 : ends[first - 1]!
  const [rowStarts, rowEnds] = [new Uint32Array(count), new Uint32Array(count)]
  for (let row = 0, start = 0; row < count; row++) {
    rowStarts[row] = start
    start = ends[first + row]! - before
    rowEnds[row] = start - 1
  }
  return { count, starts: rowStarts, ends: rowEnds, faults: [] }
}

function batchOf(rows: PackedRows, first: number, count: number, payload: Buffer): ReceivedEvents {
  const records = rows.ends === undefined ? scanner.scan(payload, 'ndjson') : provedRecords(rows.ends, first, count)
  if (records.count !== count) throw unlike(rows) // blank lines are none
  // Of which line of the page is nothing to anybody; where a row stood, its id says.
  const faults = new Map<number, EventFault>(
    records.faults.map((fault) => [fault.index, { ...fault, message: fault.message.replace(/ of line \d+$/, '') }]),
  )
  const fault = (index: number, code: EventFault['code'], message: string) => {
    if (!faults.has(index)) faults.set(index, { index, code, message })
  }
  const types = typesOf(rows.type, first, count)
  for (let index = 0; index < count && types.types.includes(''); index++) {
    const place = types.typeIndex?.[index] ?? 0
    if (types.types[place] === '') fault(index, 'invalid_event_type', 'The connector gives no event type that can be')
  }
  const ids = rows.ids?.slice(first, first + count).map((id, index) => {
    if (id === undefined || isId(id)) return id ?? null
    fault(index, 'invalid_request', `An id has 1 to ${limits.eventIdCharsMax} characters`)
    return null
  })
  const times = rows.times?.slice(first, first + count).map((time, index) => {
    if (time === undefined || isTime(time)) return time ?? null
    fault(index, 'invalid_event_time', 'A time lies between the years 1 and 9999')
    return null
  })
  return {
    ...types,
    ...(ids && { ids }),
    ...(times?.some((time) => time !== null) && { times }),
    ...(faults.size > 0 && { faults: [...faults.values()].toSorted((a, b) => a.index - b.index) }),
    starts: records.starts,
    ends: records.ends,
    payload,
  }
}

/** '' stands for all that is no event type. */
function typesOf(type: PackedRows['type'], first: number, count: number): Pick<ReceivedEvents, 'types' | 'typeIndex'> {
  const known = (name: string | undefined) => (name !== undefined && isEventType(name) ? name : '')
  if (typeof type === 'string') return { types: [known(type)] }
  const places = new Map<string | undefined, number>()
  const types: string[] = []
  const typeIndex = type.slice(first, first + count).map((name) => {
    let place = places.get(name)
    if (place === undefined) {
      place = types.indexOf(known(name))
      if (place < 0) place = types.push(known(name)) - 1
      places.set(name, place)
    }
    return place
  })
  return { types, ...(types.length > 1 && { typeIndex }) }
}

function isId(id: string): boolean {
  return id.length >= 1 && id.length <= limits.eventIdCharsMax && id.isWellFormed()
}

function isTime(time: number): boolean {
  return time >= timeBounds.first && time <= timeBounds.last
}

function unlike({ count }: PackedRows): NotRetryable {
  return new NotRetryable(`A page of ${count} packed rows has another number of lines, or blank ones`)
}
