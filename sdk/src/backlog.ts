/**
 * Events that wait in memory, first in, first out in each lane. Pure: time is an argument, nothing is sent here.
 * Times are ms of a clock that never jumps.
 * An event stays counted until it is settled, so that what is under way counts against the bounds too.
 */
import type { StoredEvent } from './types.ts'

export interface BacklogLimits {
  readonly events: number
  readonly bytes: number
}

export interface BatchLimits {
  readonly events: number
  readonly bytes: number
  /** ms that an event waits for company at most. */
  readonly waitMs: number
}

/** An event in the backlog; `bytes` of its data and what surrounds it. */
export interface Waiting {
  readonly event: StoredEvent
  readonly bytes: number
  /** Which file of the spool holds it too. */
  spooledIn?: string | undefined
  /** Order of arrival in this client, from 1; 0 for one that was read from the spool. */
  readonly seq: number
  /** When it came; -Infinity: it has waited enough. */
  at: number
}

interface Lane {
  readonly name: string
  events: Waiting[]
  /** Where in `events` the first one is that waits. */
  head: number
  bytes: number
}

export interface Backlog {
  /** Events, those under way included. */
  readonly count: number
  readonly bytes: number
  /** Without those under way. */
  readonly waiting: number
  hasRoom(bytes: number): boolean
  /** Less than half of the room is taken. */
  readonly isHalfEmpty: boolean
  add(lane: string, waiting: Waiting): void
  /** Takes a batch of a lane that is due, the longest waiting lane first; any lane that has something where `isFlush`. */
  take(now: number, isFlush: boolean): Waiting[]
  /** ms until a lane is due; Infinity where nothing waits. */
  dueIn(now: number): number
  /** Puts a batch back where it came from, in front. */
  putBack(lane: string, batch: readonly Waiting[]): void
  /** These are no longer to be remembered. */
  settle(batch: readonly Waiting[]): void
  /** Takes the oldest event that waits. */
  shift(): Waiting | undefined
  /** Everything that waits, in the order of its lanes. */
  items(): Waiting[]
  /** A request may hold no more than this: learnt from the server. */
  limitBatch(limits: Partial<Pick<BatchLimits, 'events' | 'bytes'>>): void
}

export function openBacklog(limits: BacklogLimits, batchLimits: BatchLimits): Backlog {
  const lanes = new Map<string, Lane>()
  let { events: batchEvents, bytes: batchBytes } = batchLimits
  const { waitMs } = batchLimits
  let [count, bytes, waiting] = [0, 0, 0]

  /** When its oldest event came; no lane is empty. */
  const since = ({ events, head }: Lane) => events[head]!.at
  const isDue = (lane: Lane, now: number) =>
    lane.events.length - lane.head >= batchEvents || lane.bytes >= batchBytes || now - since(lane) >= waitMs
  const longestWaiting = (now: number, isFlush: boolean): Lane | undefined => {
    let found: Lane | undefined
    for (const lane of lanes.values()) {
      if ((isFlush || isDue(lane, now)) && (found === undefined || since(lane) < since(found))) found = lane
    }
    return found
  }
  const laneOf = (name: string): Lane => {
    const known = lanes.get(name)
    if (known !== undefined) return known
    const made: Lane = { name, events: [], head: 0, bytes: 0 }
    lanes.set(name, made)
    return made
  }
  /** Takes the first events of a lane, at least one, within the limits of a batch. */
  const takeFrom = (lane: Lane, eventsMax: number): Waiting[] => {
    const start = lane.head
    let taken = 0
    while (lane.head < lane.events.length && lane.head - start < eventsMax) {
      const next = lane.events[lane.head]!
      if (taken > 0 && taken + next.bytes > batchBytes) break
      taken += next.bytes
      lane.head++
    }
    const batch = lane.events.slice(start, lane.head)
    waiting -= batch.length
    lane.bytes -= taken
    if (lane.head === lane.events.length) lanes.delete(lane.name)
    else if (lane.head > 1024 && lane.head * 2 > lane.events.length) {
      lane.events = lane.events.slice(lane.head)
      lane.head = 0
    }
    return batch
  }

  return {
    get count() {
      return count
    },
    get bytes() {
      return bytes
    },
    get waiting() {
      return waiting
    },
    hasRoom: (more) => count < limits.events && bytes + more <= limits.bytes,
    get isHalfEmpty() {
      return count <= limits.events / 2 && bytes <= limits.bytes / 2
    },
    add(name, item) {
      const lane = laneOf(name)
      lane.events.push(item)
      lane.bytes += item.bytes
      count++
      waiting++
      bytes += item.bytes
    },
    take(now, isFlush) {
      const lane = longestWaiting(now, isFlush)
      return lane === undefined ? [] : takeFrom(lane, batchEvents)
    },
    dueIn(now) {
      let soonest = Number.POSITIVE_INFINITY
      for (const lane of lanes.values()) {
        soonest = Math.min(soonest, isDue(lane, now) ? 0 : Math.max(0, since(lane) + waitMs - now))
      }
      return soonest
    },
    putBack(name, batch) {
      const lane = laneOf(name)
      for (const item of batch) item.at = Number.NEGATIVE_INFINITY
      lane.events = [...batch, ...lane.events.slice(lane.head)]
      lane.head = 0
      lane.bytes += batch.reduce((sum, item) => sum + item.bytes, 0)
      waiting += batch.length
    },
    settle(batch) {
      count -= batch.length
      for (const item of batch) bytes -= item.bytes
    },
    shift() {
      let oldest: Lane | undefined
      for (const lane of lanes.values()) {
        if (oldest === undefined || lane.events[lane.head]!.seq < oldest.events[oldest.head]!.seq) oldest = lane
      }
      return oldest && takeFrom(oldest, 1)[0]
    },
    items: () => [...lanes.values()].flatMap(({ events, head }) => events.slice(head)),
    limitBatch({ events = batchEvents, bytes: most = batchBytes }) {
      batchEvents = Math.max(1, Math.min(batchEvents, events))
      batchBytes = Math.max(1, Math.min(batchBytes, most))
    },
  }
}
