/** Where an event stays until it is answered for: memory while there is room, the spool beyond it and at the end. */

import { isAnswered } from './batch.ts'
import type { Batch, Core, Keeper } from './parts.ts'
import type { SpoolFile } from './platform.ts'
import type { ClientOptions, StoredEvent } from './types.ts'

/** Events that are written to the spool in one go. */
const spillEvents = 100

export function openKeeper(core: Core, onFull: ClientOptions['onFull'] = 'spill'): Keeper {
  const { backlog, spool, counts, emit, wire, settings, drop } = core
  let readSettled = 0
  let isWaking = false
  let spilling: StoredEvent[] = []
  let spillingBytes = 0
  let waiting: { isDone(): boolean; resolve(): void }[] = []

  /** With one worker no event may overtake another: what waits on disk, or is about to, goes first. */
  const queued = () => (spool && !spool.takesAll && settings.workers === 1 ? spool.count + spilling.length : 0)
  const hasRoom = () => backlog.isHalfEmpty && spilling.length === 0 && queued() <= settings.backlogSize / 2
  const all = () => [...core.sender.underWay, ...backlog.items()]
  const isSaved = (file: SpoolFile | undefined) => file !== undefined && spool?.holds?.(file) !== false

  function until(isDone: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      waiting.push({ isDone, resolve })
      look()
    })
  }

  function look(): void {
    waiting = waiting.filter(({ isDone, resolve }) => {
      if (!isDone()) return true
      resolve()
      return false
    })
  }

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
    if (spool!.queue(events)) emit('spill', { events: events.length, bytes })
    else drop('full', events.length, events[0])
  }

  function keep(event: StoredEvent, bytes: number): void {
    counts.accepted++
    const file = spool?.mode === 'always' ? spool.copy([event]) : undefined
    backlog.add(wire.lane(event), event, bytes, performance.now(), file)
  }

  function spillSoon(event: StoredEvent, bytes: number): void {
    counts.accepted++
    spillingBytes += bytes
    if (spilling.push(event) >= spillEvents) spill()
  }

  /** What there is no room for in memory. */
  function overflow(event: StoredEvent, bytes: number): void {
    if (spool && onFull === 'spill') {
      spillSoon(event, bytes)
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
    for (const file of batch.files) if (file) spool?.settle(file)
    if (batch.isRead) readSettled += batch.count
    backlog.settle(batch)
    look()
  }

  return {
    get pending() {
      return backlog.count + spilling.length
    },
    take(event, bytes) {
      wakeSoon()
      if (spool?.takesAll) {
        const isTaken = spool.queue([event])
        if (isTaken) counts.accepted++
        else drop('full', 1, event)
        return isTaken
      }
      if (queued() > 0) {
        spillSoon(event, bytes)
        return queued() < settings.backlogSize
      }
      const isRoom = backlog.hasRoom(bytes)
      if (isRoom) keep(event, bytes)
      else overflow(event, bytes)
      return isRoom && backlog.hasRoom(bytes)
    },
    settled,
    ready: () => until(() => hasRoom() || !core.sender.isSending),
    async settledUpToNow() {
      spill()
      const own = all().filter(({ isRead }) => !isRead)
      const target = readSettled + backlog.readCount + (spool?.count ?? 0)
      await until(() => {
        while (own[0] && isAnswered(own[0])) own.shift()
        return own.length === 0 || !core.sender.isSending
      })
      core.sender.wake()
      await until(() => {
        const { isFailing, isSending } = core.sender
        return readSettled >= target || isFailing || !isSending || backlog.readCount + (spool?.count ?? 0) === 0
      })
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
