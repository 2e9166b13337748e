/** What buckets may be called, by Initial State's rules, which hold for every protocol. */
import { MillraceError } from '../errors.ts'
import type { Bucket } from './protocol.ts'

const bucketCharsMax = 250

/** @throws MillraceError `invalid_request`. */
export function bucketOf(key: unknown, name?: unknown): Bucket {
  if (typeof key !== 'string' || key.trim() !== key || !isText(key) || key === '' || /[:"']/.test(key))
    throw new MillraceError(
      'invalid_request',
      `A bucket's key has 1 to ${bucketCharsMax} characters without colon, quotes, control characters and white space at its ends`,
    )
  if (name === undefined || name === null || name === '') return { key }
  if (typeof name === 'string' && isText(name)) return { key, name }
  throw new MillraceError(
    'invalid_request',
    `A bucket's name has at most ${bucketCharsMax} characters and no control characters`,
  )
}

function isText(text: string): boolean {
  return text.length <= bucketCharsMax && text.isWellFormed() && !/\p{Cc}/u.test(text)
}
