/** Cursors of lists, `<key of the last item>.<signature>` in base64url: nobody can make one up, nor use it for another list. */
import { createHmac } from 'node:crypto'
import { MillraceError } from '../errors.ts'
import { isSameSecret } from '../same-secret.ts'

export interface Cursors {
  /** @param list what is listed, with its workspace and filter */
  sign(list: string, key: string): string
  /** The key. @throws MillraceError `invalid_request`: no cursor of this list. */
  open(list: string, cursor: string): string
}

/** @param secret 32 bytes, the same as long as cursors shall live */
export function createCursors(secret: Uint8Array): Cursors {
  const signature = (list: string, key: string) =>
    createHmac('sha256', secret)
      .update(JSON.stringify([list, key]))
      .digest()
      .subarray(0, 16)
  return {
    sign: (list, key) => `${Buffer.from(key).toString('base64url')}.${signature(list, key).toString('base64url')}`,
    open(list, cursor) {
      const [text = '', signed = ''] = cursor.split('.')
      const key = Buffer.from(text, 'base64url').toString()
      const given = Buffer.from(signed, 'base64url')
      const right = signature(list, key)
      if (isSameSecret(given, right)) return key
      throw new MillraceError('invalid_request', 'cursor: it is not one of this list', {
        hint: 'Give the nextCursor of the page before, with the same filter.',
      })
    },
  }
}
