/** A backlog of the user's own in the place of a spool: everything goes into it first, is read from it, and removed when it is answered for. */
import type { Spool, SpooledEvent } from './platform.ts'
import type { EventStorage, StoredEvent } from './types.ts'

/** `failed` is told what the storage throws. */
export function openStorageSpool(storage: EventStorage, failed: (message: string, cause: unknown) => void): Spool {
  const streams = new Set<string>(storage.streams?.() ?? [])
  /** Streams of which a batch is under way, with the ids that are not answered for yet. */
  const underWay = new Map<string, { left: number; readonly ids: string[] }>()
  let count = streams.size > 0 ? 1 : 0

  const add = (event: StoredEvent): boolean => {
    streams.add(event.stream)
    const added = storage.addEvent(event)
    if (added === false) return false
    count++
    if (added === true) return true
    added.then(
      (isTaken) => isTaken || failed('The storage is full', undefined),
      (error: unknown) => failed('The storage could not take an event', error),
    )
    return true
  }
  const readFrom = async (stream: string, eventsMax: number): Promise<SpooledEvent[]> => {
    const events = await storage.getEvent(stream, eventsMax)
    if (events.length === 0) return []
    underWay.set(stream, { left: events.length, ids: events.map(({ id }) => id) })
    return events.map((event) => ({ event, file: stream }))
  }

  return {
    mode: 'lazy',
    get count() {
      return [...streams].some((stream) => !underWay.has(stream)) ? count : 0
    },
    queue: (events) => events.every(add),
    copy: () => undefined,
    writeOut() {},
    async read(eventsMax) {
      for (const stream of streams) {
        if (underWay.has(stream)) continue // what is there stands in the storage still and would be sent twice
        const events = await readFrom(stream, eventsMax)
        if (events.length > 0) return events
        streams.delete(stream)
      }
      if (await storage.isEmpty()) count = 0
      return []
    },
    settle(stream) {
      const batch = underWay.get(stream)
      if (batch === undefined || --batch.left > 0) return
      count = Math.max(0, count - batch.ids.length)
      Promise.resolve(storage.removeEvent(stream, batch.ids)).then(
        () => underWay.delete(stream),
        (error: unknown) => failed('The storage could not remove events', error),
      )
    },
    sync: async () => {},
    close: () => void storage.close?.(),
  }
}
