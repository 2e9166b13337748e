/**
 * Whether what somebody sent is the secret that we know: keys, digests and signatures are compared here and nowhere else
 * (test/secret-comparisons.test.ts), in a time that does not tell where they differ.
 */
import { hash, timingSafeEqual } from 'node:crypto'

/** Of different lengths, or as texts, their digests are compared, which are as long as each other. */
export function isSameSecret(given: string | Uint8Array, known: string | Uint8Array): boolean {
  if (typeof given !== 'string' && typeof known !== 'string' && given.length === known.length) {
    return timingSafeEqual(given, known)
  }
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', known, 'buffer'))
}
