/**
 * Batches in memory, first in, first out in each lane. Pure: time is an argument, nothing is sent here. Times are ms of a clock that
 * never jumps. A batch stays counted until it is settled, so that what is under way counts against the bounds too.
 */

import { addTo, cutBatch, newBatch } from './batch.ts'
import type { Backlog, Batch, Contents } from './parts.ts'
import type { Settings } from './settings.ts'
import { never } from './timer.ts'

export type BacklogLimits = Pick<
  Settings,
  'backlogSize' | 'backlogBytes' | 'batchSize' | 'batchBytes' | 'flushInterval'
>

export function openBacklog(limits: BacklogLimits, openContents: () => Contents): Backlog {
  /** None is empty. */
  const lanes = new Map<string, Batch[]>()
  /** Of each lane, the batch that takes more: the last. */
  const open = new Map<string, Batch>()
  const { backlogSize, backlogBytes, batchBytes, flushInterval } = limits
  let { batchSize } = limits
  let [count, readCount, bytes] = [0, 0, 0]

  const dueAt = ([first]: readonly Batch[]) => (first !== open.get(first!.lane) ? -never : first!.at + flushInterval)
  /** The first events of a batch that waits in front of its lane. */
  function takeFirst(batch: Batch, eventsMax: number): Batch {
    if (batch.count > eventsMax) return cutBatch(batch, eventsMax)
    const { lane } = batch
    if (open.get(lane) === batch) open.delete(lane)
    const own = lanes.get(lane)!
    if (own.length > 1) own.shift()
    else lanes.delete(lane)
    return batch
  }
  /** In front of the lane that waits longest, of those that are due by a time. */
  function longestWaiting(now: number): Batch | undefined {
    let found: Batch | undefined
    for (const own of lanes.values()) {
      const [first] = own
      if (dueAt(own) <= now && (!found || first!.at < found.at)) found = first
    }
    return found
  }

  return {
    get count() {
      return count
    },
    get readCount() {
      return readCount
    },
    get bytes() {
      return bytes
    },
    hasRoom: (more) => count < backlogSize && bytes + more <= backlogBytes,
    get isHalfEmpty() {
      return count <= backlogSize / 2 && bytes <= backlogBytes / 2
    },
    add(lane, event, size, at, file) {
      let batch = open.get(lane)
      const isRead = at === -never
      const isFit = batch !== undefined && batch.isRead === isRead && batch.bytes + size <= batchBytes
      if (!isFit || !addTo(batch!, event, size, file)) {
        batch = newBatch(lane, openContents(), at)
        addTo(batch, event, size, file)
        open.set(lane, batch)
        const own = lanes.get(lane)
        if (own === undefined) lanes.set(lane, [batch])
        else own.push(batch)
      }
      bytes += size
      count++
      if (isRead) readCount++
      if (batch!.count >= batchSize || batch!.bytes >= batchBytes) open.delete(lane)
    },
    take(now, isFlush) {
      const first = longestWaiting(isFlush ? never : now)
      return first && takeFirst(first, batchSize)
    },
    dueIn(now) {
      let soonest = never
      for (const own of lanes.values()) soonest = Math.min(soonest, dueAt(own))
      return Math.max(0, soonest - now)
    },
    putBack(batch) {
      batch.at = -never
      lanes.set(batch.lane, [batch, ...(lanes.get(batch.lane) ?? [])])
    },
    settle(batch) {
      batch.isSettled = true
      count -= batch.count
      if (batch.isRead) readCount -= batch.count
      bytes -= batch.bytes
    },
    shift() {
      const first = longestWaiting(never)
      return first && takeFirst(first, 1)
    },
    items: () => [...lanes.values()].flat(),
    limitBatch(events) {
      batchSize = Math.min(batchSize, events)
    },
  }
}
