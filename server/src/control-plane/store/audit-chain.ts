/**
 * Chains the audit, so that nobody who can write to the database changes it unseen. All rows, whatever their workspaces, have a
 * `sequence` of 1, 2, 3, … and a `chain_hash`:
 *
 *   HMAC-SHA256(key, JSON of [hash of the row before or '', sequence, id, workspace, at, actor, token, ip, request, action, object, detail])
 *
 * The key is derived from the one that encrypts secrets, which is in no row. Rows that are cut off at the end leave a chain that is
 * whole: who wants to notice that as well keeps a head, the sequence and hash of the newest row, somewhere else.
 */
import { createHmac, hkdfSync } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { AuditRow } from './audit.ts'
import type { Db, Tx } from './schema.ts'

export interface ChainHead {
  readonly sequence: number
  /** Hexadecimal. */
  readonly hash: string
}

export interface ChainCheck {
  readonly rowCount: number
  /** Of the newest row that is right; null where there is none. */
  readonly head: ChainHead | null
  /** The first row that is not as it was written, or does not follow the one before it. */
  readonly broken: { readonly id: string; readonly at: number } | null
  /** Whether the row of the known head is there and as it was; null where none was given. */
  readonly hasKnownHead: boolean | null
}

export function chainKey(secretKey: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secretKey, '', 'millrace audit chain', 32))
}

/** Adds a row at the chain's end. */
export async function appendToChain(tx: Tx, key: Uint8Array, row: AuditRow): Promise<void> {
  const last = await tx
    .selectFrom('audit')
    .select(['sequence', 'chainHash'])
    .where('sequence', 'is not', null)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  const sequence = (last?.sequence ?? 0) + 1
  const chainHash = hashOf(key, last?.chainHash ?? '', sequence, row)
  await tx
    .insertInto('audit')
    .values({ ...row, sequence, chainHash })
    .execute()
}

/** Follows the chain from its beginning, some rows at a time, so that others are served meanwhile. */
export async function verifyChain(db: Db, key: Uint8Array, known?: ChainHead): Promise<ChainCheck> {
  let head: ChainHead | null = null
  let rowCount = 0
  let hasKnownHead = known ? false : null
  const stray = await db.selectFrom('audit').select(['id', 'at']).where('sequence', 'is', null).executeTakeFirst()
  for (;;) {
    const rows = await chainedAfter(db, head?.sequence ?? 0)
    for (const { sequence, chainHash, ...row } of rows) {
      const expected = hashOf(key, head?.hash ?? '', (head?.sequence ?? 0) + 1, row)
      if (chainHash !== expected) return { rowCount, head, broken: { id: row.id, at: row.at }, hasKnownHead }
      head = { sequence: sequence!, hash: expected }
      rowCount++
      if (known?.sequence === sequence) hasKnownHead = known.hash === expected
    }
    if (rows.length < rowsAtOnce) return { rowCount, head, broken: stray ?? null, hasKnownHead }
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

/** Chains the rows of a database that was made before there was a chain, in the order in which they were written. */
export function chainExisting(database: DatabaseSync, key: Uint8Array): void {
  const update = database.prepare('update audit set sequence = ?, chain_hash = ? where id = ?')
  let hash = ''
  let sequence = 0
  for (const row of database.prepare(existingRows).all() as unknown as AuditRow[]) {
    sequence++
    hash = hashOf(key, hash, sequence, row)
    update.run(sequence, hash, row.id)
  }
}

const existingRows = `select id, workspace_id as "workspaceId", at, actor, token_id as "tokenId", ip, request_id as "requestId",
  action, object, detail from audit order by rowid`

const rowsAtOnce = 500

function chainedAfter(db: Db, sequence: number) {
  return db
    .selectFrom('audit')
    .selectAll()
    .where('sequence', '>', sequence)
    .orderBy('sequence')
    .limit(rowsAtOnce)
    .execute()
}

function hashOf(key: Uint8Array, before: string, sequence: number, row: AuditRow): string {
  const { id, workspaceId, at, actor, tokenId, ip, requestId, action, object, detail } = row
  const parts = [before, sequence, id, workspaceId, Number(at), actor, tokenId, ip, requestId, action, object, detail]
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest('hex')
}
