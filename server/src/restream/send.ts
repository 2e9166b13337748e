/** Sends entries of the restream queue through the log again, a batch at a time. */
import { newIdBase } from '@millrace/event/id'
import { type EventBatch, encodeBatch } from '../batch.ts'
import type { RestreamEntry, RestreamFilter } from '../restream.ts'
import type { RestreamQueue } from './queue.ts'

interface Sending {
  readonly queue: RestreamQueue
  /** Resolves once the events are durable in the log. */
  readonly append: (count: number, body: Uint8Array[]) => Promise<unknown>
  readonly now: () => number
}

const entriesPerRound = 500
/** Of one record of the log, which may be larger by one entry. */
const recordBytesMax = 4 * 1024 * 1024

/**
 * Appends every waiting entry that the filter means, and returns how many. Safe to repeat: the pipeline admits one copy of each.
 * @throws MillraceError `storage_full`, `log_stopped`: the entries not sent yet go on waiting.
 */
export async function sendAgain(filter: RestreamFilter, { queue, append, now }: Sending): Promise<number> {
  let sent = 0
  let after: bigint | undefined
  for (;;) {
    const entries = queue.take(filter, {
      ...(after === undefined ? {} : { after }),
      limit: entriesPerRound,
      now: now(),
    })
    if (entries.length === 0) return sent
    // failpoint: restream.send.taken
    for (const group of recordsOf(entries)) {
      try {
        await append(group.length, encodeBatch(batchOf(group, now())))
      } catch (error) {
        // A copy that got through nevertheless is the one that counts, and the next one a duplicate.
        queue.release(entries.map(({ offset }) => offset))
        throw error
      }
    }
    // failpoint: restream.send.appended
    sent += entries.length
    after = entries.at(-1)!.offset
  }
}

/** The entries of one record each: all of one input, and together not too large. */
function* recordsOf(entries: readonly RestreamEntry[]): Generator<RestreamEntry[]> {
  for (const group of Map.groupBy(entries, ({ input }) => JSON.stringify(input)).values()) {
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
