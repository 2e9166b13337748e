/**
 * Tokens and input keys as text:
 *
 *   mlr_<kind>_<id8>_<secret>_<crc6>
 *
 *   kind     `api`: a token of the API; `key`: a key of an input
 *   id8      8 characters of base62; public, finds the row
 *   secret   43 characters of base62: 32 random bytes
 *   crc6     CRC-32 of everything before it and its underscore, 6 characters of base62, so that scanners and typing errors need no question
 *
 * Only the SHA-256 of the secret is stored: it has 256 bits to guess, a slow hash would protect nothing.
 */
import { hash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { isSameSecret } from '../same-secret.ts'

export type CredentialKind = 'api' | 'key'

export interface Credential {
  readonly id: string
  /** The whole text; shown once, kept nowhere. */
  readonly text: string
  readonly hash: string
}

const format = /^mlr_(api|key)_([0-9A-Za-z]{8})_([0-9A-Za-z]{43})_([0-9A-Za-z]{6})$/
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** Longer ones are refused before they cost a hash. */
const credentialCharsMax = 1024

export function newCredential(kind: CredentialKind): Credential {
  const id = base62(randomBytes(8), 8)
  const secret = base62(randomBytes(32), 43)
  const body = `mlr_${kind}_${id}_${secret}`
  return { id, text: `${body}_${checksum(body)}`, hash: digest(secret).toString('hex') }
}

/** A credential whose text the process's config fixes: any text, found by its hash alone. */
export function fixedCredential(text: string): Credential {
  return { id: base62(randomBytes(8), 8), text, hash: digest(text).toString('hex') }
}

/** The id and the digest of the secret; undefined where the text is not of this kind or mistyped. */
export function parseCredential(kind: CredentialKind, text: string): { id: string; digest: Buffer } | undefined {
  const match = format.exec(text)
  if (match?.[1] !== kind || checksum(text.slice(0, -7)) !== match[4]) return undefined
  return { id: match[2]!, digest: digest(match[3]!) }
}

/** SHA-256. */
export function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}

/** Whether a digest is the one stored in hexadecimal, in a time that does not tell where they differ. */
export function isDigest(candidate: Buffer, storedHex: string): boolean {
  return isSameSecret(candidate, Buffer.from(storedHex, 'hex'))
}

export function isCredentialLength(text: string): boolean {
  return text.length > 0 && text.length <= credentialCharsMax
}

/** With numbers, because it is part of every request to the intake. */
function checksum(text: string): string {
  let value = crc32(text)
  let checked = ''
  for (let place = 0; place < 6; place++) {
    checked = digits[value % 62] + checked
    value = Math.floor(value / 62)
  }
  return checked
}

function base62(bytes: Uint8Array, length: number): string {
  let value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  let text = ''
  for (let place = 0; place < length; place++) {
    text = digits[Number(value % 62n)] + text
    value /= 62n
  }
  return text
}
