/**
 * The spool in IndexedDB, shared by the tabs of an origin. An event that is not answered for in 250 ms is copied there, so that a crash
 * loses no older one; what a tab that is gone left behind, another one sends.
 */
import { newClientId } from '../ids.ts'
import type { Spool, SpoolEvents, SpooledEvent } from '../platform.ts'
import type { SpoolOptions, StoredEvent } from '../types.ts'
import { adopt, type Database, openDatabase, type Row } from './database.ts'
import { leaseMs, openPresence, type Presence } from './presence.ts'

/** Events that are written, and settled, together. */
interface Batch {
  /** Empty where the database has them. */
  events: StoredEvent[]
  bytes: number
  /** Not settled yet. */
  left: number
  /** Of its row; undefined: it is not written yet, or could not be. */
  key?: Promise<unknown>
}

const copyWaitMs = 250
const batchBytes = 64 * 1024
const bytesMaxDefault = 5 * 1024 * 1024
const ageMaxDefault = 7 * 24 * 3600_000

/** `address`: whom the events are for; others do not send them. */
export function openIndexedSpool(
  options: SpoolOptions,
  address: string,
  { lost, failed, found }: SpoolEvents,
): Spool<Batch> {
  const { mode = 'always', maxBytes = bytesMaxDefault, maxAge = ageMaxDefault } = options
  const client = newClientId(Date.now())
  const batches = new Set<Batch>()
  /** Those to be read, oldest first. */
  let queue: Batch[] = []
  let read: SpooledEvent<Batch>[] = []
  /** Takes copies until it is written. */
  let open: Batch | undefined
  const place = attempt(async () => [await openDatabase(address), await openPresence(client)] as const)
  const timer = setInterval(look, leaseMs / 3)

  async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      failed(`IndexedDB fails: ${String(error)}`, error)
      return undefined
    }
  }

  /** Uses the database, if there is one. */
  const use = <T>(work: (database: Database, presence: Presence) => Promise<T>) =>
    attempt(async () => {
      const opened = await place
      return opened && work(...opened)
    })

  /** Takes over what tabs left behind that are gone, and says that this one is not. */
  async function look(): Promise<void> {
    const rows = await use(async (database, presence) => {
      if (batches.size > 0) await database.change((_, leases) => void presence.renew(leases))
      return adopt(database, client, await presence.judge())
    })
    const adopted: Batch[] = []
    for (const [key, { bytes, events, at }] of rows ?? []) {
      const batch = { events: [], bytes, left: events.length, key: Promise.resolve(key) }
      if (Date.now() - at > maxAge) lose(batch, 'expired')
      else adopted.push(batch)
    }
    if (adopted.length === 0) return
    for (const batch of adopted) batches.add(batch)
    queue = [...adopted, ...queue]
    keepBounds()
    found()
  }

  function add(list: readonly StoredEvent[], batch: Batch = { events: [], bytes: 0, left: 0 }): Batch {
    batches.add(batch)
    for (const event of list) {
      batch.events.push(event)
      batch.bytes += event.data.length + event.stream.length + event.id.length
    }
    batch.left += list.length
    return batch
  }

  function write(batch: Batch): Promise<unknown> {
    batch.key ??= use((database, presence) =>
      database.change((rows, leases) => {
        presence.renew(leases) // with the row, lest another tab takes it for one that was left behind
        const { events, bytes } = batch
        const added = rows.add({ owner: client, events, bytes, at: Date.now() } satisfies Row)
        rows.transaction.commit() // a page that goes does not live to hear that it is added
        return added
      }),
    )
    return batch.key
  }

  function writeOut(): void {
    if (open) void write(open)
    open = undefined
  }

  async function remove(batch: Batch): Promise<void> {
    batches.delete(batch)
    if (open === batch) open = undefined
    const key = (await batch.key) as IDBValidKey | undefined
    if (key) await use((database) => database.change((rows) => void rows.delete(key)))
  }

  function lose(batch: Batch, reason: 'full' | 'expired'): void {
    lost(reason, batch.left)
    void remove(batch)
  }

  function keepBounds(): void {
    let bytes = 0
    for (const batch of batches) bytes += batch.bytes
    while (bytes > maxBytes && queue[0]) {
      bytes -= queue[0].bytes
      lose(queue.shift()!, 'full')
    }
  }

  async function eventsIn({ events, key }: Batch): Promise<readonly StoredEvent[]> {
    if (events.length > 0) return events
    const found = (await key) as IDBValidKey | undefined
    const row = found && (await use((database) => database.change((rows) => rows.get(found))))
    return (row as Row | undefined)?.events ?? []
  }

  void look()
  return {
    mode,
    get count() {
      return queue.reduce((sum, { left }) => sum + left, read.length)
    },
    queue(list) {
      const batch = add(list)
      queue.push(batch)
      void write(batch).then((key) => {
        if (key) batch.events = [] // they are on disk alone from now on
      })
      keepBounds()
      return true
    },
    copy(list) {
      const batch = add(list, open)
      if (batch !== open) setTimeout(() => open === batch && writeOut(), copyWaitMs)
      open = batch
      if (batch.bytes >= batchBytes) writeOut()
      return batch
    },
    writeOut,
    async read(eventsMax) {
      while (read.length === 0 && queue.length > 0) {
        const file = queue.shift()!
        const events = await eventsIn(file)
        if (events.length === 0) void remove(file)
        read = events.map((event) => ({ event, file }))
      }
      return read.splice(0, eventsMax)
    },
    settle(batch) {
      if (--batch.left === 0) void remove(batch)
    },
    async sync() {
      writeOut()
      await Promise.all([...batches].map(({ key }) => key))
    },
    async close() {
      clearInterval(timer)
      await this.sync()
      await use(async (database, presence) => {
        await database.change((_, leases) => void presence.leave(leases))
        database.close()
      })
    },
  }
}
