/** Sends entries of the restream queue through the log again, a batch at a time. */
import { newIdBase } from '@millrace/event/id'
import { type EventBatch, encodeBatch, type FetchedFor } from '../batch.ts'
import type { RestreamEntry, RestreamFilter } from '../restream.ts'
import type { Range } from './filter.ts'
import type { RestreamQueue } from './queue.ts'

export interface Sending {
  readonly queue: Pick<RestreamQueue, 'take' | 'release'>
  /** Resolves with the first offset, once the events are durable in the log. */
  readonly append: (count: number, body: Uint8Array[]) => Promise<bigint>
  readonly now: () => number
}

/** What a round sent. */
export interface Round {
  readonly count: number
  /** Offset of its last entry. */
  readonly last: bigint
  /** Offset behind its last copy in the log. */
  readonly end: bigint
  /** How long the thread was held up at a stretch, ms. */
  readonly busyMs: number
}

/** Some ms of work, for which nothing else of the thread goes on. */
export const entriesPerRound = 200
/** Of one record of the log, which may be larger by one entry. */
const recordBytesMax = 4 * 1024 * 1024

/**
 * Appends the next waiting entries that the filter means; undefined where there are none. Safe to repeat: the pipeline admits one copy of each.
 * @throws MillraceError `storage_full`, `log_stopped`, `overloaded`: the entries not sent yet go on waiting.
 */
export async function sendRound(
  filter: RestreamFilter,
  range: Range,
  { queue, append, now }: Sending,
): Promise<Round | undefined> {
  const startedAt = performance.now()
  const entries = queue.take(filter, { ...range, now: now() })
  if (entries.length === 0) return undefined
  const busyMs = performance.now() - startedAt
  // failpoint: restream.send.taken
  const records = [...recordsOf(entries)]
  let end = 0n
  while (records.length > 0) {
    const record = records[0]!
    try {
      end = (await append(record.length, encodeBatch(batchOf(record, now())))) + BigInt(record.length)
    } catch (error) {
      // A copy that got through nevertheless is the one that counts, and the next one a duplicate.
      queue.release(records.flat().map(({ offset }) => offset))
      throw error
    }
    records.shift()
  }
  // failpoint: restream.send.appended
  return { count: entries.length, last: entries.at(-1)!.offset, end, busyMs }
}

/** The entries of one record each: all of one input, all fetched by dates or none, and together not too large. */
function* recordsOf(entries: readonly RestreamEntry[]): Generator<RestreamEntry[]> {
  for (const group of Map.groupBy(entries, ({ input, fetchedFor }) =>
    JSON.stringify([input, fetchedFor !== undefined]),
  ).values()) {
    let record: RestreamEntry[] = []
    let bytes = 0
    for (const entry of group) {
      if (bytes > recordBytesMax) {
        yield record
        record = []
        bytes = 0
      }
      record.push(entry)
      bytes += entry.raw.length
    }
    yield record
  }
}

function batchOf(entries: readonly RestreamEntry[], now: number): EventBatch {
  const types = [...new Set(entries.map(({ eventType }) => eventType))]
  const ends = new Uint32Array(entries.length)
  let end = 0
  for (const [index, { raw }] of entries.entries()) {
    end += raw.length
    ends[index] = end
  }
  return {
    input: entries[0]!.input,
    receivedAt: now,
    idBase: newIdBase(now),
    types,
    typeIndex: entries.map(({ eventType }) => types.indexOf(eventType)),
    ids: entries.map(({ eventId }) => eventId),
    times: entries.map(({ time }) => time),
    faults: entries.flatMap(({ stage, code, message }, index) =>
      stage === 'ingest' ? [{ index, code, message }] : [],
    ),
    ...fetchedOf(entries),
    resent: entries.map(({ offset, restreamCount, receivedAt }) => ({
      offset: offset.toString(),
      count: restreamCount + 1,
      receivedAt,
    })),
    starts: Uint32Array.from(ends, (_, index) => (index === 0 ? 0 : ends[index - 1]!)),
    ends,
    payload: Buffer.concat(entries.map(({ raw }) => raw)),
  }
}

/** Of entries that all were fetched by dates, or none of them. */
function fetchedOf(entries: readonly RestreamEntry[]): Pick<EventBatch, 'fetchedFor' | 'fetchedForIndex'> {
  if (entries[0]!.fetchedFor === undefined) return {}
  const numbered = new Map<string, number>()
  const fetchedForIndex = entries.map(({ fetchedFor }) => {
    const key = JSON.stringify(fetchedFor)
    if (!numbered.has(key)) numbered.set(key, numbered.size)
    return numbered.get(key)!
  })
  return { fetchedFor: [...numbered.keys()].map((key) => JSON.parse(key) as FetchedFor), fetchedForIndex }
}
