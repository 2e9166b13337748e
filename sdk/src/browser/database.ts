/**
 * What IndexedDB holds for one server and key: a database `millrace <hash>` with
 *
 *   rows     key: number, in the order of writing   { owner, kind, events, bytes, at }
 *   leases   key: client                            ms since 1970 UTC when it last said that it lives
 *
 * A row belongs to the client that wrote it. One whose client is gone is taken over by changing its owner, in a transaction, which only
 * one of several tabs can be the first to do.
 */
import type { StoredEvent } from '../types.ts'

export interface Row {
  owner: string
  readonly events: readonly StoredEvent[]
  readonly bytes: number
  /** ms since 1970 UTC. */
  readonly at: number
}

export interface Database {
  /** Resolves to the key of the row. @throws whatever the browser says, for instance that the disk is full. */
  put(row: Row): Promise<number>
  get(key: number): Promise<Row | undefined>
  remove(key: number): Promise<void>
  /** Says that a client lives, or, with 0, that it is gone. */
  lease(client: string, at: number): Promise<void>
  /** Gives the rows whose owner is gone to another; returns them, oldest first. */
  adopt(owner: string, isGone: (client: string, leasedAt: number | undefined) => boolean): Promise<Map<number, Row>>
  close(): void
}

/** @throws whatever the browser says: there is no IndexedDB for private pages, or none is allowed. */
export async function openDatabase(address: string): Promise<Database> {
  const opening = indexedDB.open(`millrace ${hashOf(address)}`, 1)
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(rows, { autoIncrement: true })
    opening.result.createObjectStore(leases)
  }
  const database = await answerOf(opening)
  database.onversionchange = () => database.close()
  const write = <T>(store: string, work: (at: IDBObjectStore) => IDBRequest<T>): Promise<T> =>
    committed(database.transaction(store, 'readwrite'), (transaction) => work(transaction.objectStore(store)))

  return {
    put: (row) => write(rows, (store) => store.add(row)) as Promise<number>,
    get: (key) => answerOf<Row | undefined>(database.transaction(rows).objectStore(rows).get(key)),
    remove: (key) => write(rows, (store) => store.delete(key)),
    async lease(client, at) {
      if (at === 0) await write(leases, (store) => store.delete(client))
      else await write(leases, (store) => store.put(at, client))
    },
    async adopt(owner, isGone) {
      const transaction = database.transaction([rows, leases], 'readwrite')
      const [leased, names] = await Promise.all([
        answerOf<number[]>(transaction.objectStore(leases).getAll()),
        answerOf(transaction.objectStore(leases).getAllKeys()),
      ])
      const adopted = new Map<number, Row>()
      const store = transaction.objectStore(rows)
      for (const name of names) {
        if (isGone(String(name), leased[names.indexOf(name)])) transaction.objectStore(leases).delete(name)
      }
      const walk = store.openCursor()
      walk.onsuccess = () => {
        const cursor = walk.result
        if (cursor === null) return
        const row = cursor.value as Row
        if (row.owner !== owner && isGone(row.owner, leased[names.indexOf(row.owner)])) {
          adopted.set(cursor.key as number, row)
          cursor.update({ ...row, owner })
        }
        cursor.continue()
      }
      await committed(transaction)
      return adopted
    },
    close: () => database.close(),
  }
}

const rows = 'rows'
const leases = 'leases'

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** Resolves when it is written, with what the work found. */
function committed<T>(transaction: IDBTransaction, work?: (transaction: IDBTransaction) => IDBRequest<T>): Promise<T> {
  const request = work?.(transaction)
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request?.result as T)
    transaction.onabort = () => reject(transaction.error)
  })
}

/** 32 bits (FNV-1a): `crypto.subtle` is missing in pages that are not served safely. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5
  for (const char of text) hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193)
  return (hash >>> 0).toString(36)
}
