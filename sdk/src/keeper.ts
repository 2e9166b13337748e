/** Where an event stays until it is answered for: memory while there is room, the spool beyond it and at the end. */
import type { Backlog, Waiting } from './backlog.ts'
import type { Counts } from './counts.ts'
import type { Emitter } from './emitter.ts'
import { openFlushes } from './flush.ts'
import type { Spool } from './platform.ts'
import type { Sender } from './sender.ts'
import type { ClientOptions, DropReason, StoredEvent, Wire } from './types.ts'

interface KeeperParts {
  readonly backlog: Backlog
  readonly spool: Spool | undefined
  readonly counts: Counts
  readonly emitter: Emitter
  readonly wire: Wire
  /** A clock that never jumps. */
  readonly monotonic: () => number
  readonly onFull: NonNullable<ClientOptions['onFull']>
  /** Everything goes into the spool first. */
  readonly isAllSpooled: boolean
  /** No event may overtake another. */
  readonly isOrdered: boolean
  readonly tellDrop: (reason: DropReason, count: number, sample?: Partial<StoredEvent>) => void
  /** It is made after the keeper. */
  readonly sender: () => Pick<Sender, 'wake' | 'isFailing' | 'isSending' | 'underWay'>
}

export interface Keeper {
  /** Events that are answered for nowhere yet; those on disk alone left out. */
  readonly pending: number
  /** False: pause, or it was not taken. */
  take(event: StoredEvent, bytes: number): boolean
  settled(batch: readonly Waiting[]): void
  /** Resolves when there is room. */
  ready(): Promise<void>
  /** Resolves when all taken so far is settled, what was on disk too unless the server does not answer; at once where nothing is sent. */
  settledUpToNow(): Promise<void>
  /** Something changed that somebody may wait for. */
  look(): void
  /** Writes copies of what is in memory or under way to the spool, at once. */
  spoolRest(): { readonly spooled: number; readonly lost: readonly StoredEvent[] }
}

/** Events that are written to the spool in one go. */
const spillEvents = 512

export function openKeeper(parts: KeeperParts): Keeper {
  const { backlog, spool, counts, emitter, wire, monotonic, onFull, tellDrop, sender } = parts
  const flushes = openFlushes()
  let seq = 0
  /** Of the backlog, those that came by `take`; the rest was read from the spool. */
  let own = 0
  let readSettled = 0
  let isWaking = false
  let spilling: { event: StoredEvent; bytes: number }[] = []
  let waitingForRoom: (() => void)[] = []
  let waitingForSpool: { readonly readSettled: number; readonly resolve: () => void }[] = []

  const hasRoom = () => backlog.isHalfEmpty && spilling.length === 0
  const isSaved = ({ spooledIn }: Waiting) => spooledIn !== undefined && spool?.holds?.(spooledIn) !== false

  function wakeSoon(): void {
    if (isWaking) return
    isWaking = true
    queueMicrotask(() => {
      isWaking = false
      spill()
      sender().wake()
    })
  }

  function spill(): void {
    if (spilling.length === 0 || spool === undefined) return
    const events = spilling
    spilling = []
    if (spool.queue(events.map(({ event }) => event))) {
      emitter.emit('spill', { events: events.length, bytes: events.reduce((sum, { bytes }) => sum + bytes, 0) })
    } else tellDrop('full', events.length, events[0]!.event)
  }

  function keep(event: StoredEvent, bytes: number): void {
    counts.accepted++
    own++
    const spooledIn = spool?.mode === 'always' ? spool.copy([event]) : undefined
    backlog.add(wire.lane(event), { event, bytes, spooledIn, seq: ++seq, at: monotonic() })
  }

  /** What there is no room for in memory. */
  function overflow(event: StoredEvent, bytes: number): void {
    if (onFull === 'spill' && spool !== undefined) {
      counts.accepted++
      spilling.push({ event, bytes })
      if (spilling.length >= spillEvents) spill()
      return
    }
    while (onFull === 'drop-oldest' && !backlog.hasRoom(bytes)) {
      const oldest = backlog.shift()
      if (oldest === undefined) break // the rest is under way
      tellDrop('full', 1, oldest.event)
      settled([oldest])
    }
    if (!backlog.hasRoom(bytes)) tellDrop('full', 1, event)
    else keep(event, bytes)
  }

  function settled(batch: readonly Waiting[]): void {
    for (const { spooledIn, seq } of batch) {
      if (spooledIn !== undefined) spool?.settle(spooledIn)
      if (seq === 0) readSettled++
      else own--
    }
    backlog.settle(batch)
    flushes.settled(batch)
    look()
  }

  function look(): void {
    if (waitingForRoom.length > 0 && hasRoom()) {
      const waiters = waitingForRoom
      waitingForRoom = []
      for (const resolve of waiters) resolve()
    }
    if (!sender().isSending) flushes.release()
    if (waitingForSpool.length === 0) return
    const isOver = isSpoolEmpty() || sender().isFailing || !sender().isSending
    const done = waitingForSpool.filter((waiter) => isOver || readSettled >= waiter.readSettled)
    waitingForSpool = waitingForSpool.filter((waiter) => !done.includes(waiter))
    for (const { resolve } of done) resolve()
  }

  const isSpoolEmpty = () => spool === undefined || spool.count + backlog.count - own === 0

  return {
    get pending() {
      return backlog.count + spilling.length
    },
    take(event, bytes) {
      wakeSoon()
      const mustQueue =
        parts.isAllSpooled || (parts.isOrdered && spool !== undefined && spool.count + spilling.length > 0)
      if (mustQueue && spool !== undefined) {
        const isTaken = spool.queue([event])
        if (isTaken) counts.accepted++
        else tellDrop('full', 1, event)
        return isTaken
      }
      if (!backlog.hasRoom(bytes)) {
        overflow(event, bytes)
        return false
      }
      keep(event, bytes)
      return backlog.hasRoom(bytes)
    },
    settled,
    ready: () => (hasRoom() ? Promise.resolve() : new Promise((resolve) => waitingForRoom.push(resolve))),
    async settledUpToNow() {
      spill()
      if (!sender().isSending) return
      const target = readSettled + backlog.count - own + (spool?.count ?? 0)
      await flushes.wait(seq, own)
      if (isSpoolEmpty() || sender().isFailing || !sender().isSending) return
      const emptied = new Promise<void>((resolve) => waitingForSpool.push({ readSettled: target, resolve }))
      sender().wake()
      await emptied
    },
    look,
    spoolRest() {
      spill()
      const all = [...[...sender().underWay].flat(), ...backlog.items()]
      spool?.writeOut() // only then it is known what is saved
      const rest = all.filter((item) => !isSaved(item))
      if (rest.length > 0) {
        const file = spool?.copy(rest.map(({ event }) => event))
        for (const item of rest) item.spooledIn = file
        spool?.writeOut()
      }
      const lost = rest.filter((item) => !isSaved(item)).map(({ event }) => event)
      return { spooled: all.length - lost.length, lost }
    },
  }
}
