/**
 * The metadata store: what operators configure, kept durably. Whoever changes something says in the same transaction who did
 * what: there is no other way in.
 */
import { createHmac, hkdfSync } from 'node:crypto'
import { newId } from '@millrace/event/id'
import { hasCode } from '../../errors.ts'
import type { AuditEntry, AuditRow, Author } from './audit.ts'
import { appendToChain, type ChainCheck, type ChainHead, chainKey, verifyChain } from './audit-chain.ts'
import { openMergedAudit } from './audit-merging.ts'
import { openDatabase } from './database.ts'
import type { Db, Tx } from './schema.ts'
import { readSecret, type SecretPlace, writeSecret } from './secrets.ts'

export type { AuditEntry, Author }

export interface Store {
  /** For reading only. */
  readonly db: Db
  /**
   * Runs a change and writes the audit row it returns, both or neither.
   * Inside, ask the transaction, never `db`: the database has one connection, which the transaction holds.
   */
  change<T>(author: Author, work: (tx: Tx) => Promise<{ result: T; audit: AuditEntry }>): Promise<T>
  /**
   * Several changes as one: all that is changed by way of the store that `work` is given, with its audit rows, or nothing where it
   * throws. That store reads what it has changed. Everybody else waits meanwhile.
   * @param audit `one row each`: an object that is changed several times has one row, of the first change and with what the others say.
   */
  together<T>(work: (within: Store) => Promise<T>, audit?: 'one row each'): Promise<T>
  /** Within a change, by its transaction. @throws MillraceError `secret_key_wrong`. */
  readSecret(place: SecretPlace, db?: Db): Promise<Buffer | undefined>
  writeSecret(tx: Tx, place: SecretPlace, secret: Uint8Array): Promise<void>
  /** 128 bits in hex by which a secret is told from others, and by which nobody can try out what it may be. */
  fingerprint(text: string): string
  /** Whether every row of the audit is as it was written, none added and none left out; and whether `known` is one of them. */
  verifyAudit(known?: ChainHead): Promise<ChainCheck>
  now(): number
  close(): Promise<void>
}

export interface StoreSettings {
  /** The database's file. Its folder must exist. */
  readonly path: string
  /** 32 bytes. */
  readonly secretKey: Uint8Array
  /** ms since 1970 UTC. */
  readonly now?: () => number
}

/** @throws MillraceError `store_newer`, `secret_key_wrong`. */
export function openStore({ path, secretKey, now = Date.now }: StoreSettings): Store {
  const db = openDatabase(path, secretKey)
  const auditKey = chainKey(secretKey)
  const fingerprintKey = Buffer.from(hkdfSync('sha256', secretKey, '', 'millrace fingerprints', 32))
  const append = (tx: Tx, author: Author, audit: AuditEntry) =>
    appendToChain(tx, auditKey, auditRow(author, audit, now()))
  const changeIn: (tx: Tx, tell?: typeof append) => Store['change'] =
    (tx, tell = append) =>
    async (author, work) => {
      const { result, audit } = await work(tx)
      await tell(tx, author, audit)
      return result
    }
  const within = (tx: Tx, tell: typeof append): Store => {
    const inner: Store = {
      ...store,
      db: tx,
      change: changeIn(tx, tell),
      together: (work) => work(inner),
      readSecret: (place, db = tx) => readSecret(db, secretKey, place),
    }
    return inner
  }
  const store: Store = {
    db,
    change: (author, work) => db.transaction().execute((tx) => changeIn(tx)(author, work)),
    together: (work, audit) =>
      db.transaction().execute(async (tx) => {
        if (audit === undefined) return work(within(tx, append))
        const merged = openMergedAudit()
        const result = await work(within(tx, async (_, author, entry) => merged.add(author, entry)))
        for (const { author, entry } of merged.rows()) await append(tx, author, entry)
        return result
      }),
    readSecret: (place, asked = db) => readSecret(asked, secretKey, place),
    writeSecret: (tx, place, secret) => writeSecret(tx, secretKey, place, secret, now()),
    fingerprint: (text) => createHmac('sha256', fingerprintKey).update(text).digest('hex').slice(0, 32),
    verifyAudit: (known) => verifyChain(db, auditKey, known),
    now,
    close: () => db.destroy(),
  }
  return store
}

/** Waits for a note that reading leaves behind, which a full disk must not keep anybody from. */
export async function unlessFull(note: Promise<unknown>): Promise<void> {
  await note.catch((error: unknown) => {
    if (!hasCode(error, 'storage_full')) throw error
  })
}

function auditRow(author: Author, { workspaceId, action, object, detail = {} }: AuditEntry, at: number): AuditRow {
  return { id: newId(at), workspaceId, at, ...author, action, object, detail: JSON.stringify(detail) }
}
