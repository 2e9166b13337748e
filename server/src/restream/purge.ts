/** Throws away a part of the queue that may be large, a little at a time. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RestreamFilter } from '../restream.ts'
import { patiently } from './patience.ts'
import type { RestreamQueue } from './queue.ts'

const entriesPerStep = 1_000

/**
 * Purges what waits of the filter at offsets before `end` and returns how many. Cut short, it has purged a part.
 * @param queue should not wait for other threads
 */
export async function purgeBefore(
  end: bigint,
  filter: RestreamFilter,
  queue: Pick<RestreamQueue, 'purge'>,
): Promise<number> {
  let events = 0
  let after = -1n
  for (;;) {
    const range = { after, before: end, limit: entriesPerStep }
    const { count, last } = await patiently(() => queue.purge(filter, range))
    events += count
    if (last === undefined) return events
    after = last
    await nextTurn()
  }
}
