/** Replacements on their way through the pipeline: their events are kept apart from others, and their end makes them seen. */
import { type Arrival, endOf } from './arrivals.ts'
import type { Load } from './load/load.ts'
import type { RestreamQueue } from './restream/queue.ts'
import { emptyBooks } from './rows.ts'

interface Replacing {
  readonly partition: number
  readonly restream: RestreamQueue
  readonly load: Load
}

/** Neighbouring arrivals that are written alike: those of no replacement, those of one, and each end of one by itself. */
export function stretchesOf(arrivals: readonly Arrival[]): Arrival[][] {
  const stretches: Arrival[][] = []
  for (const arrival of arrivals) {
    const { replacement } = arrival.batch
    const before = stretches.at(-1)?.at(-1)?.batch.replacement
    const isSame = stretches.length > 0 && before?.attempt === replacement?.attempt && !before?.end && !replacement?.end
    if (isSame) stretches.at(-1)!.push(arrival)
    else stretches.push([arrival])
  }
  return stretches
}

/**
 * Lets what came for a replacement take the place of what is there. What waits of these days in the restream queue goes as well: sent
 * again it would come twice. The event that says all this is counted, and discarded. @returns the progress that this is.
 */
export async function endReplacement({ partition, restream, load }: Replacing, arrival: Arrival, start: bigint) {
  const startedAt = performance.now()
  const { input, replacement, receivedAt } = arrival.batch
  const { job, attempt, end: days } = replacement!
  const range = { partition, start, end: endOf(arrival) }
  const books = { ...emptyBooks, received: 1, discarded: 1 }
  restream.append([])
  restream.replace({ source: input.id, ...days! }, attempt)
  // failpoint: pipeline.replacement.purged
  await load.replace({ job, attempt, receivedAt, source: input.id, range: days! }, range, books)
  // failpoint: pipeline.replacement.loaded
  const durable = await load.durablePosition(partition)
  restream.prune(partition, durable)
  const delayMs = Date.now() - receivedAt
  const durationMs = performance.now() - startedAt
  const delays: [number, number][] = [[delayMs, 1]]
  return { range, durable, books, failures: [], delayMs, delays, durationMs }
}
