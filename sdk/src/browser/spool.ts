/**
 * The spool in IndexedDB, shared by the tabs of an origin. An event that is not answered for in 250 ms is copied there, so that a crash
 * loses no older one; what a tab that is gone left behind, another one sends.
 */
import { newClientId } from '../ids.ts'
import type { Spool, SpoolEvents, SpooledEvent } from '../platform.ts'
import type { SpoolOptions, StoredEvent } from '../types.ts'
import { type Database, openDatabase } from './database.ts'
import { leaseMs, openPresence, type Presence } from './presence.ts'

/** Events that are written, and settled, together. */
interface Batch {
  readonly events: StoredEvent[]
  bytes: number
  /** Not settled yet. */
  left: number
  /** Undefined: it is not written yet, or was not. */
  key?: Promise<number | undefined>
}

const copyWaitMs = 250
const batchBytes = 64 * 1024
const bytesMaxDefault = 5 * 1024 * 1024
const ageMaxDefault = 7 * 24 * 3600_000

/** `address`: whom the events are for; others do not send them. */
export function openIndexedSpool(options: SpoolOptions, address: string, events: SpoolEvents): Spool {
  const { mode = 'always', maxBytes = bytesMaxDefault, maxAge = ageMaxDefault } = options
  const client = newClientId(Date.now())
  const batches = new Map<string, Batch>()
  /** Those to be read, oldest first. */
  let queue: string[] = []
  let read: SpooledEvent[] = []
  /** Takes copies until it is written. */
  let open: string | undefined
  let number = 0
  let isClosed = false
  const ready = start()
  const timers = [setInterval(look, leaseMs), setInterval(renew, leaseMs / 3)]

  async function start(): Promise<{ database: Database; presence: Presence } | undefined> {
    try {
      const database = await openDatabase(address)
      const presence = openPresence(client, database)
      await presence.renew()
      return { database, presence }
    } catch (error) {
      events.failed('IndexedDB cannot be used', error)
      return undefined
    }
  }

  /** Uses the database; undefined where it fails. */
  async function use<T>(message: string, work: (database: Database, presence: Presence) => Promise<T>) {
    const place = await ready
    try {
      return place && (await work(place.database, place.presence))
    } catch (error) {
      events.failed(message, error)
      return undefined
    }
  }

  /** Takes over what tabs left behind that are gone. */
  async function look(): Promise<void> {
    if (isClosed) return
    const rows = await use('The spool cannot be read', async (database, presence) =>
      database.adopt(client, await presence.judge()),
    )
    const names: string[] = []
    for (const [key, row] of rows ?? []) {
      const name = String(++number)
      batches.set(name, { events: [], bytes: row.bytes, left: row.events.length, key: Promise.resolve(key) })
      if (Date.now() - row.at > maxAge) lose(name, 'expired')
      else names.push(name)
    }
    if (names.length === 0) return
    queue = [...names, ...queue]
    keepBounds()
    events.found()
  }

  function renew(): void {
    if (batches.size > 0) void use('The spool cannot be kept', (_, presence) => presence.renew())
  }

  function add(list: readonly StoredEvent[]): string {
    const name = String(++number)
    batches.set(name, { events: [...list], bytes: bytesOf(list), left: list.length })
    return name
  }

  async function write(name: string): Promise<boolean> {
    const batch = batches.get(name)
    if (batch === undefined || batch.key !== undefined) return true
    const { bytes } = batch
    renew() // first, lest another tab takes the row for one that was left behind
    batch.key = use('The spool cannot be written', (database) =>
      database.put({ owner: client, events: batch.events.slice(), bytes, at: Date.now() }),
    )
    return (await batch.key) !== undefined
  }

  function writeOut(): boolean {
    if (open !== undefined) void write(open)
    open = undefined
    return true
  }

  async function remove(name: string): Promise<void> {
    const batch = batches.get(name)
    batches.delete(name)
    if (open === name) open = undefined
    const key = await batch?.key
    if (key !== undefined) await use('The spool cannot be cleared', (database) => database.remove(key))
  }

  function lose(name: string, reason: 'full' | 'expired'): void {
    events.lost(reason, batches.get(name)?.left ?? 0)
    void remove(name)
  }

  function keepBounds(): void {
    let bytes = 0
    for (const batch of batches.values()) bytes += batch.bytes
    while (bytes > maxBytes && queue.length > 0) {
      const name = queue.shift()!
      bytes -= batches.get(name)?.bytes ?? 0
      lose(name, 'full')
    }
  }

  async function eventsIn(name: string): Promise<readonly StoredEvent[]> {
    const batch = batches.get(name)
    if (batch === undefined || batch.events.length > 0) return batch?.events.slice() ?? []
    const key = await batch.key
    const row = key === undefined ? undefined : await use('The spool cannot be read', (database) => database.get(key))
    return row?.events ?? []
  }

  void look()
  return {
    mode,
    get count() {
      return queue.reduce((sum, name) => sum + (batches.get(name)?.left ?? 0), read.length)
    },
    queue(list) {
      const name = add(list)
      queue.push(name)
      void write(name).then((isWritten) => {
        if (isWritten) batches.get(name)?.events.splice(0) // they are on disk alone from now on
      })
      keepBounds()
      return true
    },
    copy(list) {
      if (open === undefined) {
        const name = add(list)
        open = name
        setTimeout(() => open === name && writeOut(), copyWaitMs)
        return name
      }
      const name = open
      const batch = batches.get(name)!
      batch.events.push(...list)
      batch.bytes += bytesOf(list)
      batch.left += list.length
      if (batch.bytes >= batchBytes) writeOut()
      return name
    },
    writeOut,
    async read(eventsMax) {
      while (read.length === 0 && queue.length > 0) {
        const name = queue.shift()!
        const list = await eventsIn(name)
        if (list.length === 0) void remove(name)
        read = list.map((event) => ({ event, file: name }))
      }
      return read.splice(0, eventsMax)
    },
    settle(name) {
      const batch = batches.get(name)
      if (batch !== undefined && --batch.left === 0) void remove(name)
    },
    async sync() {
      writeOut()
      await Promise.all([...batches.values()].map(({ key }) => key))
    },
    async close() {
      if (isClosed) return
      isClosed = true
      for (const timer of timers) clearInterval(timer)
      await this.sync()
      await use('The spool cannot be given up', async (database, presence) => {
        await presence.leave()
        database.close()
      })
    },
  }
}

function bytesOf(list: readonly StoredEvent[]): number {
  return list.reduce((sum, { data, stream, id }) => sum + data.length + stream.length + id.length, 0)
}
