/**
 * Secrets at rest. An envelope is `1.<key id>.<nonce>.<text>.<tag>`, its parts base64url:
 *
 *   key id   first 6 bytes of the SHA-256 of the key, so that a wrong key is called that
 *   nonce    12 random bytes, fresh for each envelope
 *   text     AES-256-GCM of the secret; the authenticated data is `workspace|type|id`, so that an envelope opens in its own row only
 *   tag      16 bytes
 */
import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { MillraceError } from '../../errors.ts'
import type { Db, Tx } from './schema.ts'

/** Where a secret belongs: its row. */
export interface SecretPlace {
  readonly workspaceId: string
  readonly type: string
  readonly id: string
}

/** @throws MillraceError `secret_key_wrong`: it was sealed with another key. */
export async function readSecret(db: Db, key: Uint8Array, place: SecretPlace): Promise<Buffer | undefined> {
  const row = await db
    .selectFrom('secrets')
    .select('envelope')
    .where('workspaceId', '=', place.workspaceId)
    .where('type', '=', place.type)
    .where('id', '=', place.id)
    .executeTakeFirst()
  return row && open(key, place, row.envelope)
}

/** Seals a secret in its row, over one that was there. */
export async function writeSecret(
  tx: Tx,
  key: Uint8Array,
  place: SecretPlace,
  secret: Uint8Array,
  now: number,
): Promise<void> {
  const envelope = seal(key, place, secret)
  await tx
    .insertInto('secrets')
    .values({ ...place, envelope, createdAt: now })
    .onConflict((conflict) => conflict.columns(['workspaceId', 'type', 'id']).doUpdateSet({ envelope, createdAt: now }))
    .execute()
}

/** Safe to repeat. */
export async function deleteSecret(tx: Tx, { workspaceId, type, id }: SecretPlace): Promise<void> {
  await tx
    .deleteFrom('secrets')
    .where('workspaceId', '=', workspaceId)
    .where('type', '=', type)
    .where('id', '=', id)
    .execute()
}

/** Before anything is written by the key. @throws MillraceError `secret_key_wrong`. */
export function refuseOtherKey(database: DatabaseSync, key: Uint8Array): void {
  const envelope = database.prepare('select envelope from secrets limit 1').get()?.['envelope']
  if (envelope !== undefined && String(envelope).split('.')[1] !== keyId(key)) throw wrongKey()
}

function wrongKey(): MillraceError {
  return new MillraceError('secret_key_wrong', 'The stored secrets were encrypted with another key', {
    hint: 'Give the key that this data folder was made with: MILLRACE_SECRET_KEY, or the file secret.key in it.',
  })
}

function seal(key: Uint8Array, place: SecretPlace, secret: Uint8Array): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(boundTo(place))
  const text = Buffer.concat([cipher.update(secret), cipher.final()])
  return ['1', keyId(key), ...[nonce, text, cipher.getAuthTag()].map((part) => part.toString('base64url'))].join('.')
}

function open(key: Uint8Array, place: SecretPlace, envelope: string): Buffer {
  const [version, sealedWith, ...parts] = envelope.split('.')
  const [nonce, text, tag] = parts.map((part) => Buffer.from(part, 'base64url'))
  if (version !== '1' || !nonce || !text || tag?.length !== 16) throw damaged(place)
  if (sealedWith !== keyId(key)) throw wrongKey()
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(boundTo(place)).setAuthTag(tag)
    return Buffer.concat([decipher.update(text), decipher.final()])
  } catch (cause) {
    throw damaged(place, cause)
  }
}

function keyId(key: Uint8Array): string {
  return hash('sha256', key, 'buffer').subarray(0, 6).toString('base64url')
}

function boundTo({ workspaceId, type, id }: SecretPlace): Buffer {
  return Buffer.from([workspaceId, type, id].map(encodeURIComponent).join('|'))
}

function damaged({ workspaceId, type, id }: SecretPlace, cause?: unknown): MillraceError {
  return new MillraceError('internal', `The secret ${type} ${id} of workspace ${workspaceId} is damaged`, { cause })
}
