/** Gathers log records into batches: large ones under load, prompt ones when there is little. */
import { setTimeout as delay } from 'node:timers/promises'
import type { LogRecord } from './log/log.ts'

interface BatchLimits {
  readonly eventsMax: number
  /** A batch may exceed it by one record. */
  readonly bytesMax: number
  /** How long the first record of a batch waits for company at least. */
  readonly lingerMs: number
  /** How far apart the ends of batches are at least, as long as none is full. */
  readonly intervalMs: number
  /** One that holds so many events by then waits as long once more, since it may well be filled. */
  readonly eventsPromising: number
}

/** Batches of at least one record each, in order. Ends or fails as the records do; a batch begun is told before. */
export async function* batches(
  records: AsyncIterable<LogRecord>,
  { eventsMax, bytesMax, lingerMs, intervalMs, eventsPromising }: BatchLimits,
  signal: AbortSignal,
): AsyncGenerator<LogRecord[]> {
  const source = records[Symbol.asyncIterator]()
  let next: Promise<IteratorResult<LogRecord>> | undefined
  let endedAt = Number.NEGATIVE_INFINITY
  try {
    while (!signal.aborted) {
      const first = await (next ?? source.next())
      next = undefined
      if (first.done) return
      const batch = [copyOf(first.value)]
      let events = first.value.count
      let bytes = first.value.body.length
      let deadline = deadlineIn(Math.max(lingerMs, endedAt + intervalMs - performance.now()))
      let isPatient = false
      while (events < eventsMax && bytes < bytesMax) {
        next ??= source.next()
        const record = await Promise.race([next, deadline.passed]).catch(() => undefined) // told behind this batch
        if (record === undefined && !signal.aborted && !isPatient && events >= eventsPromising) {
          isPatient = true
          deadline = deadlineIn(intervalMs)
          continue
        }
        if (record === undefined || record.done) break
        if (events + record.value.count > eventsMax) break // it opens the next batch
        next = undefined
        batch.push(copyOf(record.value))
        events += record.value.count
        bytes += record.value.body.length
      }
      deadline.cancel()
      endedAt = performance.now()
      yield batch
    }
  } finally {
    const returned = source.return?.()
    // A reader that waits at the tail goes when its signal aborts; whoever leaves because of an error does not wait for that.
    if (next === undefined) await returned
    for (const pending of [next, returned]) pending?.catch(() => {})
  }
}

/** A record's body is the reader's to reuse as soon as the next one is asked for. */
function copyOf(record: LogRecord): LogRecord {
  return { ...record, body: new Uint8Array(record.body) }
}

function deadlineIn(ms: number): { passed: Promise<undefined>; cancel: () => void } {
  const timer = new AbortController()
  const passed = delay(ms, undefined, { signal: timer.signal }).catch(() => undefined)
  return { passed, cancel: () => timer.abort() }
}
