/** The SQL of users' code: versions, never changed again, and the texts they consist of, each kept once. */
import { hash } from 'node:crypto'
import type { Db, Schema, Tx } from './schema.ts'

export type TransformVersionRow = Schema['transformVersions']

/** What a list of versions tells: all but what is in them. */
export type TransformVersionHead = Omit<TransformVersionRow, 'workspaceId' | 'content'>

export function newestVersion(db: Db, workspaceId: string): Promise<TransformVersionRow | undefined> {
  return db
    .selectFrom('transformVersions')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
}

export function findVersion(db: Db, workspaceId: string, version: number): Promise<TransformVersionRow | undefined> {
  return db
    .selectFrom('transformVersions')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('version', '=', version)
    .executeTakeFirst()
}

/** Newest first, those before `before`. */
export function listVersions(
  db: Db,
  workspaceId: string,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<TransformVersionHead[]> {
  return db
    .selectFrom('transformVersions')
    .select(['version', 'createdAt', 'author', 'message', 'changed', 'rolledBackTo'])
    .where('workspaceId', '=', workspaceId)
    .$if(before !== undefined, (query) => query.where('version', '<', before!))
    .orderBy('version', 'desc')
    .limit(limit)
    .execute()
}

export async function insertVersion(tx: Tx, row: TransformVersionRow): Promise<void> {
  await tx.insertInto('transformVersions').values(row).execute()
}

/** Long texts by their hash. */
export type Texts = ReadonlyMap<string, string>

export function hashOfCode(code: string): string {
  return hash('sha256', code)
}

/** Never that of code: old lookups are forgotten, code is not. */
export function hashOfLookup(json: string): string {
  return hash('sha256', `lookup ${hash('sha256', json)}`)
}

/** Those that are kept already stay. */
export async function keepTexts(tx: Tx, workspaceId: string, texts: Texts): Promise<void> {
  for (const [hash, text] of texts) {
    await tx
      .insertInto('transformTexts')
      .values({ workspaceId, hash, text })
      .onConflict((conflict) => conflict.columns(['workspaceId', 'hash']).doNothing())
      .execute()
  }
}

export async function forgetTexts(tx: Tx, workspaceId: string, hashes: readonly string[]): Promise<void> {
  if (hashes.length === 0) return
  await tx.deleteFrom('transformTexts').where('workspaceId', '=', workspaceId).where('hash', 'in', hashes).execute()
}

/** What the versions from one on consist of. */
export async function contentsSince(tx: Tx, workspaceId: string, version: number): Promise<{ content: string }[]> {
  return tx
    .selectFrom('transformVersions')
    .select('content')
    .where('workspaceId', '=', workspaceId)
    .where('version', '>=', version)
    .execute()
}

/** By hash. */
export async function readTexts(db: Db, workspaceId: string, hashes: readonly string[]): Promise<Map<string, string>> {
  if (hashes.length === 0) return new Map()
  const rows = await db
    .selectFrom('transformTexts')
    .select(['hash', 'text'])
    .where('workspaceId', '=', workspaceId)
    .where('hash', 'in', [...new Set(hashes)])
    .execute()
  return new Map(rows.map(({ hash, text }) => [hash, text]))
}
