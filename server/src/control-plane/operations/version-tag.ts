/** Version tags, HTTP's ETags: whoever changes what they read before can say so, and learns when somebody else was quicker. */
import { hash } from 'node:crypto'
import { MillraceError } from '../../errors.ts'

/** Changes whenever the resource does. */
export function versionTagOf(resource: object): string {
  return `"${hash('sha256', JSON.stringify(resource), 'base64url').slice(0, 22)}"`
}

/**
 * To be asked in the transaction of the change.
 * @param expected the tag of what the caller has seen; `*` or undefined where they do not care
 * @throws MillraceError `precondition_failed`
 */
export function refuseStale(resource: object, expected: string | undefined): void {
  if (expected === undefined || expected === '*' || expected === versionTagOf(resource)) return
  throw new MillraceError('precondition_failed', 'Somebody else changed it in the meantime', {
    hint: 'Read it again, and send the ETag of that answer as If-Match.',
  })
}
