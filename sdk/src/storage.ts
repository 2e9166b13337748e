/** A backlog of the user's own in the place of a spool: everything goes into it first, is read from it, and removed when it is answered for. */
import type { Spool, SpoolEvents, SpooledEvent } from './platform.ts'
import { unheld } from './timer.ts'
import type { EventStorage, StoredEvent } from './types.ts'

/** A storage as the option `storage` takes it where every byte counts: in pages and workers. */
export type StorageSpool = (events: SpoolEvents) => Spool

/** What failed is tried again after so many ms. */
const againMs = 1000

export function storageSpool(storage: EventStorage): StorageSpool {
  return (events) => openStorageSpool(storage, events)
}

export function openStorageSpool(storage: EventStorage, { failed, lost, found }: SpoolEvents): Spool<string> {
  const streams = new Set<string>(storage.streams?.() ?? [])
  /** Streams of which a batch is under way, with the ids that are not answered for yet. */
  const underWay = new Map<string, { left: number; readonly ids: string[] }>()
  let count = streams.size > 0 ? 1 : 0
  /** Events that the storage has not said yet whether it takes. */
  let adding = 0
  let isClosed = false

  const again = (work: () => void) => unheld(() => isClosed || work(), againMs)
  const taken = (event: StoredEvent): void => {
    streams.add(event.stream)
    count++
  }
  const refused = (error: unknown): false => {
    failed('The storage could not take an event', error)
    return false
  }
  const add = (event: StoredEvent): boolean => {
    try {
      const added = storage.addEvent(event)
      if (typeof added === 'boolean') {
        if (added) taken(event)
        return added
      }
      adding++
      void added.catch(refused).then((isTaken) => {
        adding--
        if (isTaken) taken(event)
        else lost('full', 1, event)
        found()
      })
      return true
    } catch (error) {
      return refused(error)
    }
  }
  const readFrom = async (stream: string, eventsMax: number): Promise<SpooledEvent<string>[]> => {
    streams.delete(stream) // whoever adds to it meanwhile puts it in again
    const events = await storage.getEvent(stream, eventsMax)
    if (events.length === 0) return []
    streams.add(stream)
    underWay.set(stream, { left: events.length, ids: events.map(({ id }) => id) })
    count = Math.max(0, count - events.length)
    return events.map((event) => ({ event, file: stream }))
  }
  async function remove(stream: string, ids: readonly string[]): Promise<void> {
    try {
      await storage.removeEvent(stream, ids)
    } catch (error) {
      failed('The storage could not remove events that were sent', error)
      // The stream stands still until then: what is there would be sent again and again.
      again(() => void remove(stream, ids))
      return
    }
    underWay.delete(stream)
    if (count === 0) count = 1 // it may hold more than was added here
    found()
  }

  return {
    mode: 'lazy',
    takesAll: true,
    get count() {
      return count + adding
    },
    get isBlocked() {
      for (const stream of streams) if (!underWay.has(stream)) return false
      return true
    },
    queue: (events) => events.every(add),
    copy: () => undefined,
    writeOut() {},
    async read(eventsMax) {
      for (const stream of [...streams]) {
        if (underWay.has(stream)) continue // what is there stands in the storage still and would be sent twice
        try {
          const events = await readFrom(stream, eventsMax)
          if (events.length > 0) return events
        } catch (error) {
          failed('The storage could not be read', error)
          again(() => {
            streams.add(stream)
            count = Math.max(1, count)
            found()
          })
        }
      }
      if (streams.size === 0) count = 0
      return []
    },
    settle(stream) {
      const batch = underWay.get(stream)
      if (batch === undefined || --batch.left > 0) return
      void remove(stream, batch.ids)
    },
    sync: async () => {},
    async close() {
      isClosed = true
      try {
        await storage.close?.()
      } catch (error) {
        failed('The storage could not be closed', error)
      }
    },
  }
}
