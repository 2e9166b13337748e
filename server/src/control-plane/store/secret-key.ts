/** The key that secrets are encrypted with: given by the config, or made once and kept in a file of mode 0600. */
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { MillraceError } from '../../errors.ts'

const keyBytes = 32

/**
 * The key of the file, 32 bytes; made where there is none. Durable before it returns: what it encrypts would be lost without it.
 * @throws MillraceError `secret_key_wrong`.
 */
export function openSecretKey(path: string): Uint8Array {
  if (!existsSync(path)) createKeyFile(path)
  return parseKey(path, readFileSync(path, 'utf8').trim())
}

function createKeyFile(path: string): void {
  const draft = `${path}.new`
  const file = openSync(draft, 'w', 0o600)
  writeSync(file, `${randomBytes(keyBytes).toString('base64')}\n`)
  fsyncSync(file)
  closeSync(file)
  renameSync(draft, path)
  const folder = openSync(dirname(path), 'r')
  fsyncSync(folder)
  closeSync(folder)
}

function parseKey(path: string, text: string): Uint8Array {
  const key = Buffer.from(text, 'base64')
  if (/^[A-Za-z0-9+/]{43}=$/.test(text) && key.length === keyBytes) return key
  throw new MillraceError('secret_key_wrong', `The file ${path} holds no key of 32 bytes in base64`, {
    hint: 'Put the file back from a backup: without it the stored secrets cannot be read.',
  })
}
