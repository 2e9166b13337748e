/** Where an event stays until it is answered for: memory while there is room, the spool beyond it and at the end. */
import type { Batch, Waiter } from './batch.ts'
import type { Core } from './core.ts'
import type { ClientOptions, StoredEvent } from './types.ts'

export interface Keeper {
  /** Events that are answered for nowhere yet; those on disk alone left out. */
  readonly pending: number
  /** False: pause, or it was not taken. */
  take(event: StoredEvent, bytes: number): boolean
  settled(batch: Batch): void
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

export function openKeeper(core: Core, onFull: ClientOptions['onFull']): Keeper {
  const { backlog, spool, counts, emitter, wire, settings, drop } = core
  /** Of the backlog, those that came by `take`; the rest was read from the spool. */
  let own = 0
  let readSettled = 0
  let isWaking = false
  let spilling: StoredEvent[] = []
  let spillingBytes = 0
  const waitingForRoom: (() => void)[] = []
  let waitingForSpool: { readonly readSettled: number; readonly resolve: () => void }[] = []

  const hasRoom = () => backlog.isHalfEmpty && spilling.length === 0
  const all = () => [...core.sender.underWay, ...backlog.items()]
  const isSaved = (file: string | undefined) => file !== undefined && spool?.holds?.(file) !== false
  const isSpoolEmpty = () => !spool || spool.count + backlog.count - own === 0
  /** Nobody is to wait for the disk: the server does not answer. */
  const isStuck = () => core.sender.isFailing || !core.sender.isSending

  function wakeSoon(): void {
    if (isWaking) return
    isWaking = true
    queueMicrotask(() => {
      isWaking = false
      spill()
      core.sender.wake()
    })
  }

  function spill(): void {
    const [events, bytes] = [spilling, spillingBytes]
    if (events.length === 0) return
    spilling = []
    spillingBytes = 0
    if (spool!.queue(events)) emitter.emit('spill', { events: events.length, bytes })
    else drop('full', events.length, events[0])
  }

  function keep(event: StoredEvent, bytes: number): void {
    counts.accepted++
    own++
    const file = spool?.mode === 'always' ? spool.copy([event]) : undefined
    backlog.add(wire.lane(event), event, bytes, performance.now(), file)
  }

  /** What there is no room for in memory. */
  function overflow(event: StoredEvent, bytes: number): void {
    if (spool && (onFull ?? 'spill') === 'spill') {
      counts.accepted++
      spillingBytes += bytes
      if (spilling.push(event) >= spillEvents) spill()
      return
    }
    while (onFull === 'drop-oldest' && !backlog.hasRoom(bytes)) {
      const oldest = backlog.shift()
      if (!oldest) break // the rest is under way
      drop('full', 1, oldest.contents.events()[0])
      settled(oldest)
    }
    if (backlog.hasRoom(bytes)) keep(event, bytes)
    else drop('full', 1, event)
  }

  function settled(batch: Batch): void {
    for (const file of batch.files) if (file !== undefined) spool?.settle(file)
    if (batch.isRead) readSettled += batch.count
    else own -= batch.count
    backlog.settle(batch)
    for (const waiter of batch.waiters) if (--waiter.left === 0) waiter.resolve()
    look()
  }

  function look(): void {
    if (hasRoom()) for (const resolve of waitingForRoom.splice(0)) resolve()
    if (!core.sender.isSending) for (const { waiters } of all()) for (const { resolve } of waiters.splice(0)) resolve()
    const isOver = isSpoolEmpty() || isStuck()
    waitingForSpool = waitingForSpool.filter((waiter) => {
      if (!isOver && readSettled < waiter.readSettled) return true
      waiter.resolve()
      return false
    })
  }

  return {
    get pending() {
      return backlog.count + spilling.length
    },
    take(event, bytes) {
      wakeSoon()
      // No event may overtake another, or all of them go there first.
      if (spool && (spool.takesAll || (settings.workers === 1 && spool.count + spilling.length > 0))) {
        const isTaken = spool.queue([event])
        if (isTaken) counts.accepted++
        else drop('full', 1, event)
        return isTaken
      }
      const isRoom = backlog.hasRoom(bytes)
      if (isRoom) keep(event, bytes)
      else overflow(event, bytes)
      return isRoom && backlog.hasRoom(bytes)
    },
    settled,
    ready: () => (hasRoom() ? Promise.resolve() : new Promise((resolve) => waitingForRoom.push(resolve))),
    async settledUpToNow() {
      spill()
      if (!core.sender.isSending) return
      const target = readSettled + backlog.count - own + (spool?.count ?? 0)
      await new Promise<void>((resolve) => {
        const waiter: Waiter = { left: 0, resolve }
        for (const { isRead, waiters } of all()) {
          if (isRead) continue
          waiters.push(waiter)
          waiter.left++
        }
        if (waiter.left === 0) resolve()
      })
      if (isSpoolEmpty() || isStuck()) return
      const emptied = new Promise<void>((resolve) => waitingForSpool.push({ readSettled: target, resolve }))
      core.sender.wake()
      await emptied
    },
    look,
    spoolRest() {
      spill()
      const places = all().flatMap(({ contents, files }) =>
        contents.events().map((event, index) => ({ event, files, index })),
      )
      const unsaved = () => places.filter(({ files, index }) => !isSaved(files[index]))
      spool?.writeOut() // only then it is known what is saved
      const rest = unsaved()
      if (rest.length > 0) {
        const file = spool?.copy(rest.map(({ event }) => event))
        for (const { files, index } of rest) files[index] = file
        spool?.writeOut()
      }
      const lost = unsaved().map(({ event }) => event)
      return { spooled: places.length - lost.length, lost }
    },
  }
}
