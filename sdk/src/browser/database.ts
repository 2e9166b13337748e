/**
 * What IndexedDB holds for one server and key: a database `millrace <endpoint> <key>` with
 *
 *   rows     key: number, in the order of writing   { owner, events, bytes, at }
 *   leases   key: client                            ms since 1970 UTC when it last said that it lives
 *
 * A row belongs to the client that wrote it. One whose client is gone is taken over by changing its owner, in a transaction, which only
 * one of several tabs can be the first to do.
 */
import type { StoredEvent } from '../types.ts'

export interface Row {
  readonly owner: string
  readonly events: readonly StoredEvent[]
  readonly bytes: number
  /** ms since 1970 UTC. */
  readonly at: number
}

type Work = (rows: IDBObjectStore, leases: IDBObjectStore) => IDBRequest | undefined

export interface Database {
  /** Resolves when it is written, with what the work found. @throws whatever the browser says, for instance that the disk is full. */
  change(work: Work): Promise<unknown>
  close(): void
}

/** @throws whatever the browser says: some have no IndexedDB for private pages, or none is allowed. */
export function openDatabase(address: string): Promise<Database> {
  const opening = indexedDB.open(`millrace ${address}`, 1)
  return new Promise((resolve, reject) => {
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore('rows', { autoIncrement: true })
      opening.result.createObjectStore('leases')
    }
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
      const database = opening.result
      database.onversionchange = () => database.close()
      resolve({ change: (work) => changed(database, work), close: () => database.close() })
    }
  })
}

function changed(database: IDBDatabase, work: Work): Promise<unknown> {
  const transaction = database.transaction(['rows', 'leases'], 'readwrite')
  const request = work(transaction.objectStore('rows'), transaction.objectStore('leases'))
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request?.result)
    transaction.onabort = () => reject(transaction.error)
  })
}

/** Gives the rows whose owner is gone to another; returns them with their keys, oldest first. */
export async function adopt(
  { change }: Database,
  owner: string,
  isGone: (client: string, leasedAt: number | undefined) => boolean,
): Promise<[IDBValidKey, Row][]> {
  const adopted: [IDBValidKey, Row][] = []
  await change((rows, leases) => {
    const [names, times, walk] = [leases.getAllKeys(), leases.getAll(), rows.openCursor()]
    const isLeft = (name: IDBValidKey) => isGone(String(name), times.result[names.result.indexOf(name)])
    walk.onsuccess = () => {
      const cursor = walk.result
      if (cursor) {
        const row: Row = cursor.value
        if (row.owner !== owner && isLeft(row.owner)) {
          adopted.push([cursor.key, row])
          cursor.update({ ...row, owner })
        }
        cursor.continue()
      } else for (const name of names.result) if (isLeft(name)) leases.delete(name)
    }
    return undefined
  })
  return adopted
}
