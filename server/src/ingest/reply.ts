/** What protocols answer whose clients expect nothing of their own: JSON that counts, and problem+json. */
import type { MillraceError } from '../errors.ts'
import { problemHeaders, problemOf } from '../problem.ts'
import { acceptedEncodings } from './encoding.ts'
import type { HttpReply, Outcome } from './protocol.ts'

/** 200 `{accepted, duplicates?, restreamed, faults?}`: the first {@link faultsShownMax} faults, by index from 0. */
export function countsReply({ accepted, duplicates, restreamed, faults }: Outcome): HttpReply {
  if (duplicates === 0 && faults.length === 0)
    return { status: 200, headers: jsonHeaders, body: `{"accepted":${accepted},"restreamed":${restreamed}}` }
  const shown = faults.length === 0 ? {} : { faults: faults.slice(0, faultsShownMax) }
  return {
    status: 200,
    headers: jsonHeaders,
    body: JSON.stringify({ accepted, ...(duplicates > 0 ? { duplicates } : {}), restreamed, ...shown }),
  }
}

const jsonHeaders = { 'content-type': 'application/json' }
const faultsShownMax = 20

export function problemReply(error: MillraceError, requestId?: string): HttpReply {
  const { code, status } = error
  return {
    status,
    headers: {
      ...problemHeaders(error),
      ...(code === 'unauthenticated' ? { 'www-authenticate': 'Bearer realm="millrace"' } : {}),
      ...(code === 'unsupported_encoding' ? { 'accept-encoding': acceptedEncodings } : {}),
    },
    body: JSON.stringify(problemOf(error, requestId)),
  }
}
