/** The key that secrets are encrypted with: given by the config, or made once and kept in a file of mode 0600. */
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { MillraceError } from '../../errors.ts'

const keyBytes = 32

/** 32 bytes from their base64 text. @throws MillraceError `invalid_request`: it is not that. */
export function parseSecretKey(text: string): Uint8Array {
  const isBase64 = /^[A-Za-z0-9+/_-]{43}=?$/.test(text.trim())
  const key = Buffer.from(text.trim(), 'base64')
  if (!isBase64 || key.length !== keyBytes) {
    throw new MillraceError('invalid_request', 'The secret key is not 32 bytes in base64', {
      hint: 'Make one with: openssl rand -base64 32',
    })
  }
  return key
}

/** The key of the file, which is made where there is none. Durable before it returns: what it encrypts would be lost without it. */
export function openSecretKey(path: string): Uint8Array {
  if (!existsSync(path)) createKeyFile(path)
  return parseSecretKey(readFileSync(path, 'utf8'))
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
