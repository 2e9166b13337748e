/**
 * The metadata store: what operators configure, kept durably. Whoever changes something says in the same transaction who did
 * what: there is no other way in.
 */
import { newId } from '@millrace/event/id'
import { hasCode } from '../../errors.ts'
import type { AuditRow } from './audit.ts'
import { appendToChain, type ChainCheck, type ChainHead, chainKey, verifyChain } from './audit-chain.ts'
import { openDatabase } from './database.ts'
import type { Db, Tx } from './schema.ts'
import { readSecret, type SecretPlace, writeSecret } from './secrets.ts'

/** Who changes something: what the audit says of them. */
export type Author = Pick<AuditRow, 'actor' | 'tokenId' | 'ip' | 'requestId'>

/** What a change did, for its audit row. */
export interface AuditEntry {
  readonly workspaceId: string | null
  /** `input.created` and the like. */
  readonly action: string
  /** Id of what was changed. */
  readonly object: string
  /** What a reader wants to know beyond that; never a secret. */
  readonly detail?: Record<string, unknown>
}

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
   */
  together<T>(work: (within: Store) => Promise<T>): Promise<T>
  /** Within a change, by its transaction. @throws MillraceError `secret_key_wrong`. */
  readSecret(place: SecretPlace, db?: Db): Promise<Buffer | undefined>
  writeSecret(tx: Tx, place: SecretPlace, secret: Uint8Array): Promise<void>
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
  const changeIn: (tx: Tx) => Store['change'] = (tx) => async (author, work) => {
    const { result, audit } = await work(tx)
    await appendToChain(tx, auditKey, auditRow(author, audit, now()))
    return result
  }
  const within = (tx: Tx): Store => {
    const inner: Store = {
      ...store,
      db: tx,
      change: changeIn(tx),
      together: (work) => work(inner),
      readSecret: (place, db = tx) => readSecret(db, secretKey, place),
    }
    return inner
  }
  const store: Store = {
    db,
    change: (author, work) => db.transaction().execute((tx) => changeIn(tx)(author, work)),
    together: (work) => db.transaction().execute((tx) => work(within(tx))),
    readSecret: (place, asked = db) => readSecret(asked, secretKey, place),
    writeSecret: (tx, place, secret) => writeSecret(tx, secretKey, place, secret, now()),
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
